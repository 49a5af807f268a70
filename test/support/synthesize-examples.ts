import { writeFileSync } from 'node:fs';
import { App, type Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { SynthesizedExample } from './example-projects';

/** A program: synthesizes the examples it is told about, with feature flags and without, and writes down what became of them. */
interface Request {
  readonly examples: readonly { readonly path: string; readonly example: string }[];
  readonly flags: object;
  readonly outdir: string;
  readonly output: string;
}

interface ExampleModule {
  readonly Example: new (scope: Construct, id: string) => Stack;
}

const { examples, flags, outdir, output } = JSON.parse(process.argv[2] ?? '') as Request;

async function synthesize(path: string, context: object, validation: boolean): Promise<number> {
  const { Example } = (await import(path)) as ExampleModule;
  process.env.CDK_VALIDATION = String(validation);
  const app = new App({ outdir, context: { ...context }, analyticsReporting: false });
  const stack = new Example(app, 'Example');
  const { template, messages } = app.synth().getStackByName(stack.stackName) as {
    template: { Resources?: object };
    messages: { entry: { data: unknown } }[];
  };
  if (messages.length > 0) {
    throw new Error(messages.map(({ entry }) => String(entry.data)).join('\n'));
  }
  return Object.keys(template.Resources ?? {}).length;
}

async function outcomeOf(path: string, example: string): Promise<SynthesizedExample> {
  try {
    await synthesize(path, {}, false);
    return { example, resources: await synthesize(path, flags, true) };
  } catch (error) {
    return { example, resources: 0, problem: String(error) };
  }
}

async function main(): Promise<void> {
  const outcomes: SynthesizedExample[] = [];
  for (const { path, example } of examples) {
    outcomes.push(await outcomeOf(path, example));
  }
  writeFileSync(output, JSON.stringify(outcomes));
}

void main();
