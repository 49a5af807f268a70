import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Fn, Resource, Token } from 'aws-cdk-lib/core';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { freezeTags } from './frozen-tags';
import { nameFor } from './names';

/** App that runs in a private space. */
export type StudioApp = 'JupyterLab' | 'CodeEditor';

interface LifecycleConfigurationBase {
  /** App whose start runs the script. */
  readonly app: StudioApp;
}

/** A script is given either as text or as a file. It starts with `#!`, and has up to 16,384 characters in base64: 12,288 bytes. */
export type LifecycleConfigurationProps = LifecycleConfigurationBase &
  (
    | {
        /** Text of the script. */
        readonly script: string;
        readonly scriptFile?: never;
      }
    | {
        readonly script?: never;

        /** Path of a file with the script. */
        readonly scriptFile: string;
      }
  );

/** Limit of the API for the encoded script. */
const MAX_ENCODED = 16_384;

/**
 * A script that runs whenever an app starts.
 *
 * Creates the configuration, which is free. It cannot be changed: another script is another configuration, made before the old one goes.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/jl-lcc.html
 */
export class LifecycleConfiguration extends Resource implements refs.IStudioLifecycleConfigRef {
  public readonly studioLifecycleConfigRef: refs.StudioLifecycleConfigReference;

  /** App whose start runs the script. */
  public readonly app: StudioApp;

  constructor(scope: Construct, id: string, props: LifecycleConfigurationProps) {
    super(scope, id);
    this.app = props.app;
    const script = this.read(props);

    // A name that follows the content lets CloudFormation make the new configuration while the old one still has its own.
    const resource = new sagemaker.CfnStudioLifecycleConfig(this, 'Resource', {
      studioLifecycleConfigName: nameFor(this, props.app, script),
      studioLifecycleConfigAppType: props.app,
      studioLifecycleConfigContent: Token.isUnresolved(script)
        ? Fn.base64(script)
        : Buffer.from(script).toString('base64'),
    });
    freezeTags(resource);
    this.studioLifecycleConfigRef = resource.studioLifecycleConfigRef;
  }

  private read({ script, scriptFile }: LifecycleConfigurationProps): string {
    if (scriptFile !== undefined && !statSync(scriptFile, { throwIfNoEntry: false })?.isFile()) {
      throw new Error(`${this.node.path}: 'scriptFile' must name a file, got: ${scriptFile}`);
    }
    const prop = scriptFile === undefined ? 'script' : 'scriptFile';
    // A checkout on Windows may have put CRLF into the file, which a shell on Linux does not understand.
    const text = scriptFile === undefined ? script : readFileSync(scriptFile, 'utf8').replaceAll('\r\n', '\n');
    if (Token.isUnresolved(text)) {
      return text;
    }
    if (!text.startsWith('#!')) {
      throw new Error(
        `${this.node.path}: '${prop}' must start with #!, which names its shell, got: ${scriptFile === undefined ? text.slice(0, 40) : basename(scriptFile)}`,
      );
    }
    const encoded = Buffer.from(text).toString('base64').length;
    if (encoded > MAX_ENCODED) {
      throw new Error(
        `${this.node.path}: '${prop}' must have up to ${MAX_ENCODED} characters in base64, got: ${encoded}`,
      );
    }
    return text;
  }
}
