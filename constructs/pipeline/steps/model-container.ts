import { Annotations } from 'aws-cdk-lib/core';
import type { StepContext } from '../context';
import { Expression, isPlainObject, type Value } from '../expression';
import { type Image, imageUri } from '../job';
import { count, isUnknown, resourceName, rule, type Rule, s3Uri } from '../problem';

/**
 * A model that lies in S3 as files and not in an archive. Endpoints take it; batch transforms, and serverless and multi-model
 * endpoints do not.
 */
export interface UncompressedModel {
  /** S3 URI of the prefix that all files begin with; it ends with a slash. */
  readonly prefix: Value<string>;
}

/** A container that answers requests. */
export interface ModelContainer {
  /** Image of the container. */
  readonly image: Image;

  /**
   * S3 URI of the `model.tar.gz`, or the files of a model.
   *
   * @default - the image holds the model
   */
  readonly modelData?: Value<string> | UncompressedModel;

  /**
   * Environment variables of the container: up to 100.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, Value<string>>>;

  /**
   * Name of the container in requests, logs and metrics: 1 to 63 letters, digits and hyphens. Either all containers have one,
   * or none has.
   *
   * @default - by the service, from the place in the list
   */
  readonly hostname?: Value<string>;
}

/** Members of a container that CreateModel and CreateModelPackage share. */
export function renderContainer({ image, modelData, environment, hostname }: ModelContainer) {
  return {
    ContainerHostname: hostname,
    Image: imageUri(image),
    ...renderModelData(modelData),
    Environment: environment,
  };
}

function renderModelData(data: ModelContainer['modelData']) {
  if (!isUncompressed(data)) return { ModelDataUrl: data };
  const source = { S3Uri: data.prefix, S3DataType: 'S3Prefix', CompressionType: 'None' } as const;
  return { ModelDataSource: { S3DataSource: source } };
}

export function isUncompressed(data: ModelContainer['modelData']): data is UncompressedModel {
  return typeof data === 'object' && !(data instanceof Expression);
}

/** Rules for one container, `at` being the way to its props. */
export function containerRules({ modelData, environment, hostname }: ModelContainer, at = ''): readonly Rule[] {
  return [
    ...(isUncompressed(modelData)
      ? prefixRules(`${at}modelData.prefix`, modelData.prefix)
      : [s3Uri(`${at}modelData`, modelData)]),
    count(`${at}environment`, environment, 100),
    resourceName(`${at}hostname`, hostname),
  ];
}

function prefixRules(prop: string, prefix: Value<string>): readonly Rule[] {
  return [s3Uri(prop, prefix), rule(prefix, uri => String(uri).endsWith('/'), `'${prop}' must end with a slash`)];
}

/** Rules for a list of containers. */
export function containersRules(containers: readonly ModelContainer[]): readonly Rule[] {
  const hostnames = containers.flatMap(({ hostname }) => (hostname === undefined ? [] : [hostname]));
  const known = hostnames.filter(hostname => !isUnknown(hostname)).map(String);
  const twice = known.filter((hostname, index) => known.indexOf(hostname) !== index);
  return [
    count('containers', containers, 15, 1),
    ...containers.flatMap((container, index) => containerRules(container, `containers[${index}].`)),
    [
      [0, containers.length].includes(hostnames.length),
      `'containers' must all have a 'hostname', or none of them, got: ${hostnames.length} of ${containers.length}`,
    ],
    [twice.length === 0, `'containers' must have different hostnames, got: ${twice.join(', ')} twice`],
  ];
}

/** Says that a pipeline may refuse a member of containers that the API takes. */
export function warnOfAdditionalData({ scope }: StepContext, step: string, request: unknown): void {
  if (!mentions(request, 'AdditionalModelDataSources')) return;
  Annotations.of(scope).addWarningV2(
    `sagemaker-cdk:additional-model-data-${step}`,
    `step '${step}': pipelines were reported to refuse AdditionalModelDataSources (https://github.com/aws/sagemaker-python-sdk/issues/4994); put all files into one model`,
  );
}

function mentions(value: unknown, member: string): boolean {
  if (Array.isArray(value)) return value.some(item => mentions(item, member));
  return isPlainObject(value) && (Object.hasOwn(value, member) || Object.values(value).some(v => mentions(v, member)));
}
