import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib/core';
import type { Settings } from '../../lib/settings';
import { appOf, templateOf, type TemplateJson } from '../support/app';
import type { Definition } from '../support/definition';
import { Deployment, type Templates } from '../support/deployment';
import { isObject } from '../support/request-schema';
import { Containers } from './containers';
import { Registry } from './registry';

interface AssetManifest {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string };
        readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
      }
    >
  >;
}

/** The app with everything on and no managed checks, as if it were deployed to this machine: its assets are uploaded. */
export class DeployedApp {
  public deployment: Deployment;
  public readonly containers: Containers;
  public readonly registry: Registry;

  private readonly templates: Templates;

  constructor(overrides: Partial<Settings> = {}) {
    const { app, stacks } = appOf('showcase', { managedChecks: false, ...overrides });
    const all = Object.values<Stack>({ ...stacks });
    this.templates = Object.fromEntries(all.map(stack => [stack.stackName, templateOf(stack)]));
    this.deployment = new Deployment(this.templates);
    this.containers = new Containers(this.deployment.region);
    this.registry = new Registry(this.containers);
    const { directory } = app.synth();
    for (const { stackName } of all) this.upload(directory, `${stackName}.assets.json`);
  }

  /** The definition of a pipeline whose logical id begins like this. */
  public pipeline(beginning: string): Definition {
    const found = this.deployment.resources('AWS::SageMaker::Pipeline').filter(({ id }) => id.startsWith(beginning));
    const [{ stack, resource } = missing(beginning)] = found;
    const definition = this.deployment.resolve(stack, resource.Properties.PipelineDefinition);
    return JSON.parse((definition as { PipelineDefinitionBody: string }).PipelineDefinitionBody) as Definition;
  }

  /** Updates the stacks, with parameters of these defaults having values. */
  public update(values: Readonly<Record<string, string>>): void {
    const given = ({ Parameters = {} }: TemplateJson) =>
      Object.entries(Parameters).flatMap(([name, { Default }]) => {
        const value = values[String(Default)];
        return value === undefined ? [] : [[name, value] as const];
      });
    const updated = Object.entries(this.templates).map(([stack, template]) => {
      const known = new Map(given(template));
      const replaced = JSON.stringify(template, (_, value: unknown) => known.get(refIn(value)) ?? value);
      return [stack, JSON.parse(replaced) as TemplateJson] as const;
    });
    this.deployment = new Deployment(Object.fromEntries(updated));
  }

  private upload(directory: string, manifest: string): void {
    const { files } = JSON.parse(readFileSync(join(directory, manifest), 'utf8')) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      for (const { bucketName, objectKey } of Object.values(destinations)) {
        const { account, region } = this.deployment;
        const bucket = bucketName.replace('${AWS::AccountId}', account).replace('${AWS::Region}', region);
        this.containers.upload(join(directory, source.path), `s3://${bucket}/${objectKey}`);
      }
    }
  }
}

/** Name of the parameter or resource that a value refers to, if it does. */
function refIn(value: unknown): string {
  return isObject(value) && typeof value.Ref === 'string' ? value.Ref : '';
}

function missing(what: string): never {
  throw new Error(`there is no pipeline ${what}`);
}
