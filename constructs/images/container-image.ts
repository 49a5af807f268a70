import type * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Annotations, Stack, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type {
  DeepLearningImageOptions,
  FrameworkImageOptions,
  HuggingFaceImageOptions,
  OptionalProcessorChoice,
  SparkBuild,
} from './image-options';
import { acknowledgeLogIn, grantPullFrom } from './pull-grant';
import { locate } from './registry';
import { type ImageRequest, selectRelease } from './release';
import type {
  AutogluonVersion,
  BuiltInAlgorithm,
  DataWranglerVersion,
  HuggingFaceVersion,
  ModelServerVersions,
  MxnetVersion,
  NeoVersions,
  PytorchVersion,
  SagemakerDistributionVersion,
  ScikitLearnVersion,
  SparkVersion,
  TensorflowVersion,
  XgboostVersion,
} from './versions';

/** A container image as a construct uses it. */
export interface ContainerImageConfig {
  /** URI of the image, with its tag or digest. */
  readonly imageUri: string;
}

/**
 * A container image for SageMaker jobs and models: one that AWS provides, or your own.
 *
 * A value that belongs to no stack until `bind`. In a stack whose region is known, the URI of an image of AWS is
 * literal, and a region without the image fails at synth. In an environment-agnostic stack, the account comes from a
 * mapping; CloudFormation refuses the template (`Template error: Unable to get mapping`) in a region without the image.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
 */
export abstract class ContainerImage {
  /** The image of a built-in algorithm, for training and for inference. */
  public static builtInAlgorithm(algorithm: BuiltInAlgorithm): ContainerImage {
    return new AwsImage({ image: algorithm });
  }

  /**
   * XGBoost, as built-in algorithm and as framework. Version `1` is the legacy 0.72.
   *
   * The default version is `1.7-1`; it never moves, because another version can change models. The processor defaults
   * to `cpu`; from 1.2-1 on, the same image runs on GPUs.
   */
  public static xgboost(version: XgboostVersion = '1.7-1', options: FrameworkImageOptions = {}): ContainerImage {
    return new AwsImage({ image: 'xgboost', version, ...onCpuUnlessGiven(options) });
  }

  /** Scikit-learn, for processing, training and inference. The processor defaults to `cpu`. */
  public static scikitLearn(version: ScikitLearnVersion, options: FrameworkImageOptions = {}): ContainerImage {
    return new AwsImage({ image: 'scikit-learn', version, ...onCpuUnlessGiven(options) });
  }

  /** The data processing steps of Autopilot candidates. The algorithm beside them is `xgboost`, `builtInAlgorithm` or `autogluon`. */
  public static scikitLearnAutoMl(version: '2.5-1'): ContainerImage {
    return new AwsImage({ image: 'scikit-learn-automl', version });
  }

  /** AutoGluon, the library behind Autopilot's ensembling mode. */
  public static autogluon(version: AutogluonVersion, options: DeepLearningImageOptions): ContainerImage {
    return new AwsImage({ image: 'autogluon', version, ...options });
  }

  /**
   * Spark, for processing jobs.
   *
   * Without a build, the image follows the newest build of the version.
   */
  public static spark(version: SparkVersion, build?: SparkBuild): ContainerImage {
    return new AwsImage({ image: 'spark', version, ...build });
  }

  /** Clarify's processing container, for bias and explainability. Clarify is no longer open to new customers (2026). */
  public static clarify(): ContainerImage {
    return new AwsImage({ image: 'clarify' });
  }

  /** Model Monitor's analyzer, for data and model quality. Model Monitor is no longer open to new customers (2026). */
  public static modelMonitorAnalyzer(): ContainerImage {
    return new AwsImage({ image: 'model-monitor-analyzer' });
  }

  /** Model Monitor's container that joins labels to captured predictions, which the service runs before some monitors. */
  public static modelMonitorGroundTruthMerger(): ContainerImage {
    return new AwsImage({ image: 'model-monitor-groundtruth-merger' });
  }

  /** Data Wrangler, for flows that run as processing jobs. */
  public static dataWrangler(version: DataWranglerVersion): ContainerImage {
    return new AwsImage({ image: 'data-wrangler', version });
  }

  /** SageMaker Distribution, the image of notebook jobs and of JupyterLab. The processor defaults to `cpu`. */
  public static sagemakerDistribution(
    version: SagemakerDistributionVersion = '3.2.0',
    options: OptionalProcessorChoice = {},
  ): ContainerImage {
    return new AwsImage({ image: 'sagemaker-distribution', version, ...onCpuUnlessGiven(options) });
  }

  /** Debugger's built-in rules. Debugger is closed to new customers from 30 July 2026. */
  public static debuggerRules(): ContainerImage {
    return new AwsImage({ image: 'debugger-rules' });
  }

  /** Debugger's container for rules of your own, in Python files. Debugger is closed to new customers from 30 July 2026. */
  public static debuggerRuleEvaluator(): ContainerImage {
    return new AwsImage({ image: 'debugger-rule-evaluator' });
  }

  /** The processing job of Profiler's detailed mode, in few regions. Its support ends on 30 June 2027. */
  public static detailedProfiler(): ContainerImage {
    return new AwsImage({ image: 'detailed-profiler' });
  }

  /** The PyTorch deep learning containers. */
  public static pytorch(version: PytorchVersion, options: DeepLearningImageOptions): ContainerImage {
    return new AwsImage({ image: 'pytorch', version, ...options });
  }

  /** The TensorFlow deep learning containers. */
  public static tensorflow(version: TensorflowVersion, options: DeepLearningImageOptions): ContainerImage {
    return new AwsImage({ image: 'tensorflow', version, ...options });
  }

  /** The MXNet deep learning containers. */
  public static mxnet(version: MxnetVersion, options: DeepLearningImageOptions): ContainerImage {
    return new AwsImage({ image: 'mxnet', version, ...options });
  }

  /** The Hugging Face deep learning containers. The version is that of the Transformers library. */
  public static huggingFace(version: HuggingFaceVersion, options: HuggingFaceImageOptions): ContainerImage {
    return new AwsImage({ image: 'huggingface', version, ...options });
  }

  /** A model server, such as DJL with LMI, Text Generation Inference (`huggingface-llm`) or Triton, as JumpStart uses them. */
  public static modelServer<Name extends keyof ModelServerVersions>(
    name: Name,
    version: ModelServerVersions[Name],
    options: OptionalProcessorChoice = {},
  ): ContainerImage {
    return new AwsImage({ image: name, version, ...options });
  }

  /** The serving image of models that Neo compiled; `neuron` is ml.inf1. */
  public static neo<Kind extends keyof NeoVersions>(
    kind: Kind,
    version: NeoVersions[Kind],
    options: OptionalProcessorChoice = {},
  ): ContainerImage {
    return new AwsImage({ image: `neo-${kind}`, version, ...options });
  }

  /** An image of your own repository, by tag or by digest (`sha256:…`). */
  public static fromRepository(repository: ecr.IRepository, tagOrDigest = 'latest'): ContainerImage {
    return new RepositoryImage(repository, tagOrDigest);
  }

  /**
   * Any image, by URI.
   *
   * `grantPull` finds the repository in a literal URI of Amazon ECR. From another registry it grants nothing, because
   * there is nothing that IAM could allow. For a token it grants nothing either, and says so in a warning: use
   * `fromRepository`, also for a `DockerImageAsset` (its `repository` and `imageTag`).
   */
  public static fromUri(uri: string): ContainerImage {
    return new UriImage(uri);
  }

  /** The URI for the stack of a construct; called by the construct that uses the image. Errors carry its path. */
  public abstract bind(scope: Construct): ContainerImageConfig;

  /**
   * Lets a role pull the image: from its repository and no other, and log in to ECR.
   *
   * Give it to the execution role of each job, model or pipeline that uses the image.
   */
  public abstract grantPull(scope: Construct, grantee: iam.IGrantable): iam.Grant;
}

function onCpuUnlessGiven(options: FrameworkImageOptions): FrameworkImageOptions {
  return options.instanceType === undefined ? { scope: options.scope, processor: options.processor ?? 'cpu' } : options;
}

class AwsImage extends ContainerImage {
  constructor(private readonly request: ImageRequest) {
    super();
  }

  public bind(scope: Construct): ContainerImageConfig {
    return { imageUri: this.locate(scope).imageUri };
  }

  public grantPull(scope: Construct, grantee: iam.IGrantable): iam.Grant {
    return grantPullFrom(grantee, this.locate(scope).repositoryArn);
  }

  private locate(scope: Construct) {
    return locate(scope, selectRelease(scope.node.path, this.request));
  }
}

class RepositoryImage extends ContainerImage {
  constructor(
    private readonly repository: ecr.IRepository,
    private readonly tagOrDigest: string,
  ) {
    super();
  }

  public bind(scope: Construct): ContainerImageConfig {
    this.validate(scope);
    return { imageUri: this.repository.repositoryUriForTagOrDigest(this.tagOrDigest) };
  }

  public grantPull(scope: Construct, grantee: iam.IGrantable): iam.Grant {
    this.validate(scope);
    const grant = this.repository.grantPull(grantee);
    acknowledgeLogIn(grantee);
    return grant;
  }

  private validate(scope: Construct): void {
    if (!Token.isUnresolved(this.tagOrDigest) && !/^(\w[\w.-]{0,127}|sha256:[0-9a-f]{64})$/.test(this.tagOrDigest)) {
      throw new Error(
        `${scope.node.path}: 'tagOrDigest' must be a tag (1 to 128 letters, digits, _, . and -, the first none of . and -) or a digest (sha256: and 64 hexadecimal digits), got: ${this.tagOrDigest}`,
      );
    }
  }
}

// 111122223333.dkr.ecr.eu-west-1.amazonaws.com/a/b:tag, and the same with dkr.ecr-fips. or, for IPv6, dkr-ecr. and dkr-ecr-fips.
const ECR_URI = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+\/([^:@]+)(?:[:@].+)?$/;

class UriImage extends ContainerImage {
  constructor(private readonly uri: string) {
    super();
  }

  public bind(scope: Construct): ContainerImageConfig {
    this.validate(scope);
    return { imageUri: this.uri };
  }

  public grantPull(scope: Construct, grantee: iam.IGrantable): iam.Grant {
    this.validate(scope);
    if (Token.isUnresolved(this.uri)) {
      Annotations.of(scope).addWarningV2(
        'images:pull-not-granted',
        'the image URI is a token, so pulling it is not granted; use ContainerImage.fromRepository',
      );
      return iam.Grant.drop(grantee, 'the repository is not known');
    }
    const [, account, region, resourceName] = ECR_URI.exec(this.uri) ?? [];
    if (!account) {
      return iam.Grant.drop(grantee, 'not in Amazon ECR');
    }
    const arn = Stack.of(scope).formatArn({ service: 'ecr', account, region, resource: 'repository', resourceName });
    return grantPullFrom(grantee, arn);
  }

  private validate(scope: Construct): void {
    if (!Token.isUnresolved(this.uri) && !/^\S{1,255}$/.test(this.uri)) {
      throw new Error(`${scope.node.path}: 'uri' must be 1 to 255 characters without blanks, got: ${this.uri}`);
    }
  }
}
