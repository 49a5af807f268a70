import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** Text of each file by its path from the root of the project, with forward slashes. */
export type SourceFiles = Readonly<Record<string, string>>;

/** The files below folders of the project whose names end in one of the extensions. */
export function sourceFilesIn(folders: readonly string[], extensions: readonly string[]): SourceFiles {
  const paths = folders.flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter(path => extensions.some(extension => path.endsWith(extension))),
  );
  return Object.fromEntries(paths.sort().map(path => [path, readFileSync(join(ROOT, path), 'utf8')]));
}
