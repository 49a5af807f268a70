import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Images of one kind that are named alike. Lists are separated by blanks; what does not apply is absent. */
export interface Release {
  readonly version: string;
  readonly processor?: string;
  readonly scope?: string;
  readonly baseFrameworkVersion?: string;
  readonly pythonVersion?: string;
  readonly registry: string;
  readonly repository: string;
  /** With `{version}` and the like to fill in. Absent: the image has no tag. */
  readonly tag?: string;
}

/** AWS account that holds the images, by region. */
export type Accounts = Readonly<Record<string, string>>;

interface Registry {
  readonly accounts: Accounts;
  /** Smaller sets of the same accounts, by name: the regions that each lacks. */
  readonly without?: Readonly<Record<string, string>>;
}

const files = new Map<string, unknown>();

/** Every release of one image. Nothing is read before it is asked for: the whole catalogue would slow down each synth. */
export function releasesOf(image: string): readonly Release[] {
  return read(`${image}.json`) as readonly Release[];
}

/** The accounts of a registry, such as `neo`, or of one of its smaller sets, such as `deep-learning/38`. */
export function accountsOf(registry: string): Accounts {
  const [name, set] = registry.split('/');
  const { accounts, without = {} } = read(join('registries', `${name ?? ''}.json`)) as Registry;
  const missing = words(set && without[set]);
  return Object.fromEntries(Object.entries(accounts).filter(([region]) => !missing.includes(region)));
}

export function words(list: string | undefined): string[] {
  return list ? list.split(' ') : [];
}

function read(file: string): unknown {
  const known = files.get(file);
  if (known !== undefined) {
    return known;
  }
  const content: unknown = JSON.parse(readFileSync(join(__dirname, 'catalogue', file), 'utf8'));
  files.set(file, content);
  return content;
}
