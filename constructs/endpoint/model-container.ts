import { Token } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';
import type { ContainerImage } from '../images';
import { grantReadUnder } from '../roles';
import type { Check } from './check';
import {
  checkArchive,
  checkPrefix,
  readableArchive,
  type ModelArtifact,
  type ModelCollection,
  type UncompressedArtifact,
} from './model-artifact';
import { checkEnvironment } from './model-environment';
import type { ModelSource, ModelSourceConfig } from './model-source';

interface AnyContainer {
  /**
   * Environment variables: at most 100, values of at most 1024 characters, 32 KiB in all, no secrets. They come on top of those
   * of a model package or a source.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A model from the registry. */
export interface RegisteredContainer extends AnyContainer {
  /**
   * ARN of a version in the model registry, or a token. Image and artifact are those of the version: let the role pull and
   * read them (`image.grantPull(this, model.role)`, `bucket.grantRead(model.role)`).
   */
  readonly modelPackageArn: string;
  readonly image?: never;
  readonly artifact?: never;
  readonly models?: never;
  readonly modelCacheSetting?: never;
  readonly source?: never;
}

/** A model made from an image. */
export interface ImageContainer extends AnyContainer {
  /** Image with the inference code. The role may pull it. */
  readonly image: ContainerImage;

  /**
   * Model archive, unpacked to `/opt/ml/model`, or the files of the model as they are. The role may read them, and use the key
   * of their bucket.
   *
   * @default - the image holds the model
   */
  readonly artifact?: ModelArtifact | UncompressedArtifact;
  readonly modelPackageArn?: never;
  readonly models?: never;
  readonly modelCacheSetting?: never;
  readonly source?: never;
}

/** Many models in one container, loaded when they are asked for: a client names one with `TargetModel`. */
export interface MultiModelContainer extends AnyContainer {
  /** Image that can load and unload models, such as XGBoost, scikit-learn or Triton. The role may pull it. */
  readonly image: ContainerImage;

  /** Archives to choose from; more can come at any time. The role may read and list them, and use the key of their bucket. */
  readonly models: ModelCollection;

  /**
   * Keeps models in memory and on disk after a request. `Disabled` suits many models that are asked for once each.
   *
   * @default 'Enabled'
   */
  readonly modelCacheSetting?: 'Enabled' | 'Disabled';
  readonly artifact?: never;
  readonly modelPackageArn?: never;
  readonly source?: never;
}

/** A model from somewhere else: compiled by Neo, or from a hub. */
export interface SourcedContainer extends AnyContainer {
  /** Where image and artifact come from. */
  readonly source: ModelSource;
  readonly image?: never;
  readonly artifact?: never;
  readonly modelPackageArn?: never;
  readonly models?: never;
  readonly modelCacheSetting?: never;
}

export type Container = RegisteredContainer | ImageContainer | MultiModelContainer | SourcedContainer;

/** Describes a container, and lets the role pull and read what it needs. */
export function bindContainer(scope: Construct, role: iam.IRole, container: Container): ModelSourceConfig {
  const { container: base, isolateNetwork } = sourceOf(container).bind(scope, role);
  const { environment } = container;
  const inherited = base.environment as Readonly<Record<string, string>> | undefined;
  return {
    isolateNetwork,
    container: { ...base, environment: inherited ? { ...inherited, ...environment } : environment },
  };
}

export function checkContainer(checkProp: Check, container: Container): void {
  const { modelPackageArn, artifact, models, environment } = container;
  if (modelPackageArn !== undefined && !Token.isUnresolved(modelPackageArn)) {
    const isArn = /^arn:[a-z-]+:sagemaker:[a-z0-9-]*:\d{12}:model-package\/./.test(modelPackageArn);
    checkProp('modelPackageArn', isArn, 'be the ARN of a model package', modelPackageArn);
  }
  if (artifact?.key !== undefined) {
    checkArchive(checkProp, 'artifact', artifact);
  }
  if (artifact?.prefix !== undefined) {
    checkPrefix(checkProp, 'artifact', artifact);
  }
  if (models) {
    checkPrefix(checkProp, 'models', models);
  }
  checkEnvironment(checkProp, environment);
}

function sourceOf(container: Container): ModelSource {
  if (container.source) {
    return container.source;
  }
  if (container.modelPackageArn !== undefined) {
    const { modelPackageArn: modelPackageName } = container;
    return { bind: () => ({ container: { modelPackageName } }) };
  }
  const { image } = container;
  return {
    bind: (scope, role) => {
      image.grantPull(scope, role);
      return { container: { image: image.bind(scope).imageUri, ...readableData(role, container) } };
    },
  };
}

function readableData(
  role: iam.IRole,
  { artifact, models, modelCacheSetting }: ImageContainer | MultiModelContainer,
): sagemaker.CfnModel.ContainerDefinitionProperty {
  if (models) {
    return {
      mode: 'MultiModel',
      modelDataUrl: readablePrefix(role, models),
      multiModelConfig: modelCacheSetting && { modelCacheSetting },
    };
  }
  if (artifact?.prefix !== undefined) {
    const s3DataSource = { s3Uri: readablePrefix(role, artifact), s3DataType: 'S3Prefix', compressionType: 'None' };
    return { modelDataSource: { s3DataSource } };
  }
  return { modelDataUrl: artifact && readableArchive(role, artifact) };
}

function readablePrefix(role: iam.IRole, { bucket, prefix }: ModelCollection): string {
  grantReadUnder(role, bucket, prefix);
  // Without the slash, a prefix 'a' would take the files of 'ab' too, and SageMaker refuses it.
  return bucket.s3UrlForObject(`${prefix}/`);
}
