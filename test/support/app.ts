import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { createApp, type Stacks } from '../../lib/app';
import { presets, type Settings } from '../../lib/settings';

interface CdkConfig {
  readonly app: string;
  readonly context: Readonly<Record<string, unknown>>;
}

/** The project's cdk.json. */
export const cdkConfig = JSON.parse(readFileSync(join(__dirname, '..', '..', 'cdk.json'), 'utf8')) as CdkConfig;

/** The app as the CDK command line would build it, with the feature flags of cdk.json. */
export function appOf(
  preset: keyof typeof presets = 'sandbox',
  overrides: Partial<Settings> = {},
): { readonly app: App; readonly stacks: Stacks } {
  const app = new App({ context: cdkConfig.context, analyticsReporting: false });
  return { app, stacks: createApp(app, { ...presets[preset], ...overrides }) };
}

const made = new Map<string, ReturnType<typeof appOf>>();

/** The same, made once in a test file: for tests that only read it. */
export function sharedAppOf(...given: Parameters<typeof appOf>): ReturnType<typeof appOf> {
  const key = JSON.stringify(given);
  const app = made.get(key) ?? appOf(...given);
  made.set(key, app);
  return app;
}

/** A template as plain data. */
export function templateOf(stack: Stack): TemplateJson {
  return Template.fromStack(stack).toJSON() as TemplateJson;
}

export interface TemplateJson {
  readonly Parameters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, ResourceJson>>;
}

export interface ResourceJson {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
  readonly Properties: Readonly<Record<string, unknown>>;
}
