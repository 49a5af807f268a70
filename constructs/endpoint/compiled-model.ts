import { Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ContainerImage } from '../images';
import { check } from './check';
import { checkArchive, readableArchive, type ModelArtifact } from './model-artifact';
import type { ModelSource, ModelSourceConfig } from './model-source';

export interface CompiledModelProps {
  /** Serving image for the framework and the target of the compilation: `ContainerImage.neo('pytorch', '2.0', …)`. */
  readonly image: ContainerImage;

  /** Archive that the compilation job wrote. */
  readonly artifact: ModelArtifact;

  /**
   * File with the inference code, such as `inference.py`. Models of MXNet, PyTorch and TensorFlow need one.
   *
   * @default - none; the image knows what to do, as for XGBoost
   */
  readonly program?: string;

  /**
   * Archive with `program`, for a model that was trained on SageMaker with a script of its own. Only with `program`.
   *
   * @default - `program` lies in the folder `code` of the model archive
   */
  readonly scripts?: ModelArtifact;
}

/**
 * A model that SageMaker Neo compiled for an instance family: host it on that family only.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/neo-deployment-hosting-services-boto3.html
 */
export class CompiledModel implements ModelSource {
  constructor(private readonly props: CompiledModelProps) {}

  public bind(scope: Construct, role: iam.IRole): ModelSourceConfig {
    const { image, artifact, program, scripts } = this.props;
    const checkProp = check(scope.node.path, 'source');
    checkArchive(checkProp, 'artifact', artifact);
    if (scripts !== undefined) {
      checkProp('scripts', program !== undefined, "come with 'program'", "no 'program'");
      checkArchive(checkProp, 'scripts', scripts);
    }
    image.grantPull(scope, role);
    return {
      container: {
        image: image.bind(scope).imageUri,
        modelDataUrl: readableArchive(role, artifact),
        environment: program && {
          SAGEMAKER_PROGRAM: program,
          SAGEMAKER_SUBMIT_DIRECTORY: scripts ? readableArchive(role, scripts) : '/opt/ml/model/code',
          SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
          SAGEMAKER_REGION: Stack.of(scope).region,
        },
      },
    };
  }
}
