import * as fs from 'node:fs';
import { join } from 'node:path';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { accountsOf, type Release, releasesOf, words } from '../../constructs/images/catalogue';
import { type ImageRequest, selectRelease } from '../../constructs/images/release';
import fixture from '../fixtures/image-uris.json';

const folder = join(__dirname, '../../constructs/images');
const namesIn = (path: string) =>
  fs
    .readdirSync(join(folder, path))
    .filter(file => file.endsWith('.json'))
    .map(file => file.replace('.json', ''));
const images = namesIn('catalogue');
const distinct = (values: string[]) => [...new Set(values)].sort();

/** Every request that a release answers, with each choice made. */
function requestsFor(image: string, release: Release): ImageRequest[] {
  const choices = ['version', 'processor', 'scope', 'baseFrameworkVersion', 'pythonVersion'] as const;
  return choices.reduce<ImageRequest[]>(
    (requests, choice) =>
      release[choice] === undefined
        ? requests
        : requests.flatMap(request => words(release[choice]).map(value => ({ ...request, [choice]: value }))),
    [{ image, containerVersion: '1.3' }],
  );
}

test('each release is found by what it lists, and by nothing else', () => {
  for (const image of images) {
    for (const release of releasesOf(image)) {
      for (const request of requestsFor(image, release)) {
        const { registry, repository, tag } = selectRelease('Test', request);
        expect([registry, repository]).toEqual([release.registry, release.repository]);
        expect(tag).toBe(
          release.tag?.replace(/\{(\w+)\}/g, (_, name: keyof ImageRequest) => request[name] ?? 'not given'),
        );
      }
    }
  }
});

test.each(Object.entries(fixture.names))('%s: the repositories and tags that exist', (image, names) => {
  const published = fixture.published.map(({ uri }) => uri.slice(uri.indexOf('/') + 1));
  const found = releasesOf(image).flatMap(release =>
    requestsFor(image, release).map(request => {
      const { repository, tag } = selectRelease('Test', request);
      return tag === undefined ? repository : `${repository}:${tag}`;
    }),
  );
  expect(distinct(found).filter(name => !published.includes(name))).toEqual([...names].sort());
});

test('no two releases answer the same request', () => {
  for (const image of images) {
    const requests = releasesOf(image).flatMap(release =>
      requestsFor(image, release).map(request => JSON.stringify(request)),
    );
    expect(requests).toEqual([...new Set(requests)]);
  }
});

test('every registry that is used exists, and every registry is used', () => {
  const used = images.flatMap(image => releasesOf(image).map(({ registry }) => registry));
  expect(distinct(used.map(registry => registry.split('/')[0] ?? ''))).toEqual(namesIn('catalogue/registries').sort());
  for (const registry of new Set(used)) {
    const accounts = accountsOf(registry);
    const size = /\/(\d+)/.exec(registry)?.[1];
    // A smaller set is named for the number of its regions.
    expect(Object.keys(accounts)).toHaveLength(size === undefined ? Object.keys(accounts).length : Number(size));
    for (const [region, account] of Object.entries(accounts)) {
      expect(account).toMatch(/^\d{12}$/);
      expect(RegionInfo.get(region).domainSuffix).toMatch(/^[a-z0-9.-]+$/);
    }
  }
});

describe('the types agree with the catalogue', () => {
  const source = fs.readFileSync(join(folder, 'versions.ts'), 'utf8');
  const literalsAfter = (start: string) => {
    const [declaration = ''] = source.slice(source.indexOf(start) + start.length).split(';');
    return distinct([...declaration.matchAll(/'([^']+)'/g)].map(([, literal]) => literal ?? ''));
  };
  const membersOf = (name: string) => {
    const [body = ''] = (source.split(`export interface ${name} {`)[1] ?? '').split('\n}');
    return [...body.matchAll(/^ {2}(?:'([\w-]+)'|(\w+)):([^;]*);/gm)].map(([, quoted, plain, type]) => ({
      name: quoted ?? plain ?? '',
      versions: distinct([...(type ?? '').matchAll(/'([^']+)'/g)].map(([, literal]) => literal ?? '')),
    }));
  };
  const listed = (image: string, choice: 'version' | 'baseFrameworkVersion' | 'pythonVersion' = 'version') =>
    distinct(releasesOf(image).flatMap(release => words(release[choice])));

  test.each([
    ['XgboostVersion', 'xgboost'],
    ['ScikitLearnVersion', 'scikit-learn'],
    ['SparkVersion', 'spark'],
    ['DataWranglerVersion', 'data-wrangler'],
    ['SagemakerDistributionVersion', 'sagemaker-distribution'],
    ['PytorchVersion', 'pytorch'],
    ['TensorflowVersion', 'tensorflow'],
    ['MxnetVersion', 'mxnet'],
    ['AutogluonVersion', 'autogluon'],
    ['HuggingFaceVersion', 'huggingface'],
  ])('%s', (type, image) => {
    expect(literalsAfter(`export type ${type} =`)).toEqual(listed(image));
  });

  test('BaseFrameworkVersion and PythonVersion', () => {
    expect(literalsAfter('export type BaseFrameworkVersion =')).toEqual(listed('huggingface', 'baseFrameworkVersion'));
    expect(literalsAfter('export type PythonVersion =')).toEqual(
      distinct(images.flatMap(image => listed(image, 'pythonVersion'))),
    );
  });

  test('BuiltInAlgorithm: the images of one version, which is 1', () => {
    expect(literalsAfter('export type BuiltInAlgorithm =')).toEqual(
      images.filter(image => listed(image).join() === '1').sort(),
    );
  });

  test.each([
    ['ModelServerVersions', ''],
    ['NeoVersions', 'neo-'],
  ])('%s', (type, prefix) => {
    const members = membersOf(type);
    expect(members.length).toBeGreaterThan(4);
    for (const { name, versions } of members) {
      expect(versions).toEqual(listed(`${prefix}${name}`));
    }
  });
});

test('nothing of the catalogue is read before it is asked for, and then once', () => {
  const read = jest.spyOn(jest.requireActual<typeof fs>('node:fs'), 'readFileSync');
  const filesRead = () =>
    read.mock.calls.map(([path]) => String(path)).filter(path => path.startsWith(join(folder, 'catalogue') + '/'));
  try {
    jest.isolateModules(() => {
      const { ContainerImage } =
        jest.requireActual<typeof import('../../constructs/images')>('../../constructs/images');
      const { App, Stack } = jest.requireActual<typeof import('aws-cdk-lib/core')>('aws-cdk-lib/core');
      const image = ContainerImage.xgboost();
      expect(filesRead()).toEqual([]);

      image.bind(new Stack(new App(), 'One'));
      image.bind(new Stack(new App(), 'Two'));
      expect(filesRead()).toEqual([
        join(folder, 'catalogue/xgboost.json'),
        join(folder, 'catalogue/registries/frameworks.json'),
      ]);
    });
  } finally {
    read.mockRestore();
  }
});
