import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib/core';
import type { Settings } from '../../lib/settings';
import { appOf, templateOf } from '../support/app';
import type { Definition } from '../support/definition';
import { Deployment, type Templates } from '../support/deployment';
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
  public readonly templates: Templates;
  public readonly deployment: Deployment;
  public readonly containers: Containers;
  public readonly registry: Registry;

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

function missing(what: string): never {
  throw new Error(`there is no pipeline ${what}`);
}
