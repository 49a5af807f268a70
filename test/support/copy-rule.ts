import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { importsOf, otherThanNamedExports, type Import } from './imports';
import { foldersNamedIn, headingsOf, packagesNamedIn, README_HEADINGS } from './readme';
import type { SourceFiles } from './source-files';

/** Folders that every other folder may use, and that use none. */
export const GROUND_FLOOR = ['analyzer', 'assets', 'clarify', 'cleanup', 'images', 'instances', 'roles'];

/** Packages of which a folder may use the types alone. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  'constructs/pipeline': ['@aws-sdk/client-sagemaker'],
  lib: ['@aws-sdk/client-sagemaker'],
};

/** Generated data, which may be longer than anybody reads. */
const GENERATED = ['constructs/images/versions.ts'];
const MAX_LINES = 350;

/**
 * Where the sources break the architecture: a folder of `constructs/` can be copied with the ground floor it names, `lib/` composes
 * folders through their index, and `bin/` calls `lib/`.
 */
export function copyRuleProblems(files: SourceFiles): string[] {
  return [
    ...Object.entries(files).flatMap(([path, text]) => (isCode(path) ? fileProblems(path, text) : [])),
    ...foldersOf(files).flatMap(folder => folderProblems(files, folder)),
  ];
}

/** Folders below `constructs/`. */
export function foldersOf(files: SourceFiles): string[] {
  return [...new Set(Object.keys(files).flatMap(path => /^constructs\/([^/]+)\//.exec(path)?.[1] ?? []))];
}

/** A folder and all that it takes to copy it. */
export function foldersToCopy(files: SourceFiles, folder: string): string[] {
  const needed = new Set([folder]);
  for (const each of needed) {
    importsOfFolder(files, each).forEach(([path, { module }]) => {
      const other = module?.startsWith('.') ? folderOf(posix.join(posix.dirname(path), module)) : '';
      if (other.startsWith('constructs/')) needed.add(other.slice('constructs/'.length));
    });
  }
  return [...needed].sort();
}

/** Packages that a folder and what is copied with it ask for. */
export function packagesToInstall(files: SourceFiles, folder: string): string[] {
  const modules = foldersToCopy(files, folder).flatMap(each => importsOfFolder(files, each).map(([, found]) => found));
  const packages = modules.flatMap(({ module = '.' }) =>
    module.startsWith('.') || isBuiltin(module) ? [] : (/^(@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? []),
  );
  // aws-cdk-lib does not install without its peer.
  return [...new Set([...packages, 'aws-cdk-lib', 'constructs'])].sort();
}

function importsOfFolder(files: SourceFiles, folder: string): [string, Import][] {
  return Object.entries(files)
    .filter(([path]) => path.startsWith(`constructs/${folder}/`) && isCode(path) && !isHandler(path))
    .flatMap(([path, text]) => importsOf(path, text).map((found): [string, Import] => [path, found]));
}

function fileProblems(path: string, text: string): string[] {
  const lines = text.trimEnd().split('\n').length;
  const tooLong = lines > MAX_LINES && !GENERATED.includes(path);
  return [
    ...(tooLong ? [`${path}: must have at most ${MAX_LINES} lines, got: ${lines}`] : []),
    ...importsOf(path, text).flatMap(found => {
      const rule = brokenRule(path, found);
      return rule === undefined ? [] : [`${path}: an import must ${rule}, got: ${found.module ?? 'a computed name'}`];
    }),
  ];
}

/** The rule that an import breaks, in words that follow "must". */
function brokenRule(path: string, { module, typeOnly }: Import): string | undefined {
  if (module === undefined) return 'name its module';
  if (module === 'aws-cdk-lib') return 'take aws-cdk-lib/core instead of the barrel';
  if (module.startsWith('.')) return brokenRuleOfFolders(path, posix.join(posix.dirname(path), module));
  if (isBuiltin(module) || module === 'constructs' || /^aws-cdk-lib\/[a-z0-9-]+$/.test(module)) return undefined;
  if (isHandler(path) && module.startsWith('@aws-sdk/')) return undefined; // The Lambda runtime brings the SDK.
  if (TYPES_ONLY[folderOf(path)]?.includes(module)) {
    return typeOnly ? undefined : 'be an `import type` as a whole for a package that is used for its types';
  }
  return path.startsWith('bin/') ? undefined : 'be of aws-cdk-lib, constructs, Node.js or the project';
}

function brokenRuleOfFolders(path: string, target: string): string | undefined {
  const [from, to] = [folderOf(path), folderOf(target)];
  if (from === to) return undefined;
  if (to.startsWith('constructs/') && target !== to) return 'take another folder through its index';
  if (from === 'bin') return to === 'lib' ? undefined : 'call lib/';
  if (from === 'lib') return to.startsWith('constructs/') ? undefined : 'compose constructs/';
  if (!to.startsWith('constructs/')) return 'stay within constructs/';
  const isGround = (folder: string) => GROUND_FLOOR.includes(folder.slice('constructs/'.length));
  if (isGround(from)) return 'stay within its folder, which is on the ground floor';
  return isGround(to) ? undefined : `take ground-floor folders only (${GROUND_FLOOR.join(', ')})`;
}

function folderProblems(files: SourceFiles, folder: string): string[] {
  const at = `constructs/${folder}`;
  const index = files[`${at}/index.ts`];
  const readme = files[`${at}/README.md`];
  return [
    ...(index === undefined
      ? [`${at}: must have an index.ts`]
      : otherThanNamedExports(index).map(got => `${at}/index.ts: must have named exports only, got: ${got}`)),
    ...(readme === undefined
      ? [`${at}: must have a README.md`]
      : readmeProblems(files, folder, readme).map(problem => `${at}/README.md: ${problem}`)),
  ];
}

function readmeProblems(files: SourceFiles, folder: string, readme: string): string[] {
  const differences: [string, readonly string[], readonly string[]][] = [
    ["must have the headings '{}', in this order", README_HEADINGS, headingsOf(readme)],
    ["'Folders' must be exactly {}", foldersToCopy(files, folder), foldersNamedIn(readme).sort()],
    ["'Packages' must be exactly {}", packagesToInstall(files, folder), Object.keys(packagesNamedIn(readme)).sort()],
  ];
  return differences
    .filter(([, expected, got]) => expected.join() !== got.join())
    .map(([rule, expected, got]) => `${rule.replace('{}', expected.join(', '))}, got: ${got.join(', ')}`);
}

/** `constructs/<folder>`, or the first part of any other path. */
function folderOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('constructs/') ? 2 : 1)
    .join('/');
}

const isCode = (path: string) => /\.[cm]?[jt]sx?$/.test(path);
const isHandler = (path: string) => /^(?:constructs|lib)\/[^/]+\/handler\//.test(path);
