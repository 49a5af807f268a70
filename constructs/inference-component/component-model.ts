import { Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnInferenceComponent } from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import type { ContainerImage } from '../images';
import type { Check } from './check';

/** A model of SageMaker and its name. */
export interface NamedModelRef extends refs.IModelRef {
  readonly modelName: string;
}

/** A component of a model that exists as a resource, such as that of a version in the registry. */
export interface HostedModel {
  /** Model of one container. Let it run under the role of the host, which then pulls and reads what it needs. */
  readonly model: NamedModelRef;
  readonly image?: never;
  readonly artifact?: never;
  readonly environment?: never;
}

/** A component of an image. */
export interface HostedContainer {
  /** Image with the inference code. The role of the host may pull it. */
  readonly image: ContainerImage;

  /**
   * Model archive, ending in `.tar.gz`, unpacked to `/opt/ml/model`. The role of the host may read it, and use the key of its
   * bucket.
   *
   * @default - the image holds the model
   */
  readonly artifact?: { readonly bucket: s3.IBucket; readonly key: string };

  /**
   * Environment variables of the container: at most 16, names and values of at most 1024 characters, no secrets.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
  readonly model?: never;
}

/** Describes what a component runs, and lets a role pull and read it. */
export function bindModel(
  scope: Construct,
  role: iam.IRole,
  { model, image, artifact, environment }: HostedModel | HostedContainer,
): CfnInferenceComponent.InferenceComponentSpecificationProperty {
  if (model) {
    return { modelName: model.modelName };
  }
  image.grantPull(scope, role);
  const { imageUri } = image.bind(scope);
  return { container: { image: imageUri, artifactUrl: artifact && readableArchive(role, artifact), environment } };
}

export function checkModel(checkProp: Check, { artifact, environment = {} }: HostedModel | HostedContainer): void {
  if (artifact && !Token.isUnresolved(artifact.key)) {
    checkProp('artifact.key', artifact.key.endsWith('.tar.gz'), 'end in .tar.gz', artifact.key);
  }
  const variables = Object.entries(environment);
  checkProp('environment', variables.length <= 16, 'hold at most 16 variables', `${variables.length} variables`);
  for (const [name, value] of variables) {
    const isName = /^[A-Za-z_]\w{0,1023}$/.test(name);
    checkProp('environment', isName, 'name variables with letters, digits and _, not starting with a digit', name);
    const isShort = Token.isUnresolved(value) || value.length <= 1024;
    checkProp(`environment.${name}`, isShort, 'have at most 1024 characters', `${value.length} characters`);
  }
}

function readableArchive(role: iam.IRole, { bucket, key }: NonNullable<HostedContainer['artifact']>): string {
  const allow = (action: string, resource: string) =>
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [action], resources: [resource] }));
  allow('s3:GetObject', bucket.arnForObjects(key));
  if (bucket.encryptionKey) {
    allow('kms:Decrypt', bucket.encryptionKey.keyArn);
  }
  return bucket.s3UrlForObject(key);
}
