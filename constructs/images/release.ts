import { Token } from 'aws-cdk-lib/core';
import { type Release, releasesOf, words } from './catalogue';
import { type Processor, processorOf } from './processor';

/** What a factory of `ContainerImage` was asked for. */
export interface ImageRequest {
  /** Name of the image's file in `catalogue/`. */
  readonly image: string;
  readonly version?: string;
  readonly processor?: Processor;
  readonly instanceType?: string;
  readonly scope?: string;
  readonly baseFrameworkVersion?: string;
  readonly pythonVersion?: string;
  readonly containerVersion?: string;
}

/** The one image that fits a request. */
export interface SelectedRelease {
  /** Image and version, for messages. */
  readonly label: string;
  readonly registry: string;
  readonly repository: string;
  /** Undefined when the image has no tag. */
  readonly tag: string | undefined;
}

// In the order in which they are decided, so that a message names the choice that left nothing.
const CHOICES = ['version', 'processor', 'scope', 'baseFrameworkVersion', 'pythonVersion'] as const;
type Choice = (typeof CHOICES)[number];

/** Finds the release that fits a request, or fails with what exists. */
export function selectRelease(path: string, request: ImageRequest): SelectedRelease {
  const wanted = { ...request, processor: wantedProcessor(path, request) };
  const chosen: Record<string, string | undefined> = { containerVersion: wantedContainerVersion(path, request) };
  let releases = releasesOf(request.image);
  let described = request.image;
  for (const choice of CHOICES) {
    releases = narrow(path, described, releases, choice, wanted[choice], request.instanceType);
    chosen[choice] = wanted[choice] ?? releases[0]?.[choice];
    described += wanted[choice] === undefined ? '' : ` ${wanted[choice]}`;
  }

  // Exactly one is left: a test goes through everything that can be asked for.
  const [{ registry, repository, tag }] = releases as [Release];
  return {
    label: `${request.image} ${chosen.version ?? ''}`,
    registry,
    repository,
    tag: tag?.replace(/\{(\w+)\}/g, (_, name: string) => chosen[name] ?? ''),
  };
}

/** The releases that fit one choice. */
function narrow(
  path: string,
  described: string,
  releases: readonly Release[],
  choice: Choice,
  value: string | undefined,
  instanceType: string | undefined,
): readonly Release[] {
  const fitting = releases.filter(release =>
    value === undefined ? release[choice] === undefined : words(release[choice]).includes(value),
  );
  if (fitting.length > 0) {
    return fitting;
  }

  const options = [...new Set(releases.flatMap(release => words(release[choice])))].sort(byVersion);
  // The only option need not be given; and a release that names no scope serves both.
  if (value === undefined ? options.length === 1 : choice === 'scope' && options.length === 0) {
    return releases;
  }

  const [prop, got] = choice === 'processor' && instanceType ? ['instanceType', instanceType] : [choice, value];
  const allowed =
    prop === 'instanceType' ? `have one of the processors ${options.join(', ')}` : `be one of ${options.join(', ')}`;
  const rule =
    options.length > 0 ? `${allowed} for ${described}` : `be left out for ${described}, which is built one way`;
  throw new Error(`${path}: '${prop}' must ${rule}, got: ${got ?? 'nothing'}`);
}

function wantedProcessor(path: string, { processor, instanceType }: ImageRequest): Processor | undefined {
  if (instanceType === undefined) {
    return processor;
  }
  if (Token.isUnresolved(instanceType)) {
    throw new Error(`${path}: 'instanceType' must be known at synth (give 'processor' instead), got: a token`);
  }
  const found = processorOf(instanceType);
  if (found === undefined) {
    throw new Error(
      `${path}: 'instanceType' must be one whose processor images are built for, such as ml.m5.xlarge, got: ${instanceType}`,
    );
  }
  return found;
}

function wantedContainerVersion(path: string, { containerVersion }: ImageRequest): string | undefined {
  if (
    containerVersion !== undefined &&
    !Token.isUnresolved(containerVersion) &&
    !/^\d+(\.\d+)*$/.test(containerVersion)
  ) {
    throw new Error(`${path}: 'containerVersion' must be digits and dots, such as 1.3, got: ${containerVersion}`);
  }
  return containerVersion;
}

function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
