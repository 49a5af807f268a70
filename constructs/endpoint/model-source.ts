import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { Construct } from 'constructs';

/** What a source says about the container of its model. */
export interface ModelSourceConfig {
  /** Image, artifact and environment, or a model package; the host name and more variables come from the model's own props. */
  readonly container: sagemaker.CfnModel.ContainerDefinitionProperty;

  /**
   * The model must not reach any network.
   *
   * @default - as the model's `isolateNetwork` says
   */
  readonly isolateNetwork?: boolean;
}

/**
 * Where a model comes from, as a value: what finds images and artifacts by other means, such as a hub of models, implements
 * this and needs no change of `Model`.
 *
 * For a model of a hub, `bind` gives `modelDataSource.s3DataSource` with its `hubAccessConfig`, and the accepted licence in its
 * `modelAccessConfig`.
 */
export interface ModelSource {
  /**
   * Describes the container and lets the role pull and read what it needs. Called once by the model that uses the source;
   * errors carry the path of `scope`.
   */
  bind(scope: Construct, role: iam.IRole): ModelSourceConfig;
}
