import * as ts from 'typescript';

/** Headings of the README of a construct folder, in order. */
export const README_HEADINGS = [
  'What it is',
  'Smallest use',
  'What it creates and what it costs',
  'Permissions and defaults worth knowing',
  'Copying it',
];

/** Second-level headings, those in code blocks left out. */
export function headingsOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[^]*?^```/gm, '');
  return [...prose.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading.trim());
}

/** Folders that "Copying it" names, such as `roles`. */
export function foldersNamedIn(markdown: string): string[] {
  const [, line = ''] = /^- Folders: (.*)$/m.exec(markdown) ?? [];
  return [...line.matchAll(/`constructs\/([a-z0-9-]+)`/g)].map(([, folder = '']) => folder);
}

/** Packages that "Copying it" names, with their least versions. */
export function packagesNamedIn(markdown: string): Record<string, string> {
  const [, line = ''] = /^- Packages: (.*)$/m.exec(markdown) ?? [];
  return Object.fromEntries(
    [...line.matchAll(/`([@a-z0-9/-]+)` (\d+\.\d+\.\d+) or later/g)].map(([, name = '', version = '']) => [
      name,
      version,
    ]),
  );
}

/** The `ts` code blocks. */
export function examplesIn(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code = '']) => code);
}

/** A module with a stack, `Example`, whose constructor runs a code block. */
export function moduleOf(example: string): string {
  const source = ts.createSourceFile('example.ts', example, ts.ScriptTarget.ESNext, true);
  const textOf = (imports: boolean) =>
    source.statements
      .filter(statement => ts.isImportDeclaration(statement) === imports)
      .map(line => line.getFullText());
  return [
    "import { Stack as ExampleStack } from 'aws-cdk-lib/core';",
    "import type { Construct as ExampleScope } from 'constructs';",
    ...textOf(true),
    'export class Example extends ExampleStack {',
    '  constructor(scope: ExampleScope, id: string) {',
    '    super(scope, id);',
    ...textOf(false),
    '  }',
    '}',
    '',
  ].join('\n');
}
