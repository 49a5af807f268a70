import { createHash } from 'node:crypto';
import { Annotations, Names, Resource, Stack, Token } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { hasLocalStorage } from '../instances';
import { ExperimentConclusion } from './experiment-conclusion';
import { ExperimentRole } from './experiment-role';
import { VariantComparison, type VariantComparisonProps } from './variant-comparison';

/** A model, such as `Model` of the endpoint construct. */
export interface ExperimentModel {
  readonly modelName: string;

  /**
   * Role of the model, which writes the stored data and uses the key.
   *
   * @default - one that has been given both elsewhere
   */
  readonly role?: iam.IRole;
}

/** A model and its fleet during the experiment. */
export interface ExperimentVariant {
  /** Name, 1 to 63 letters, digits and `-`; that of production is the one that the endpoint has. */
  readonly name: string;

  readonly model: ExperimentModel;

  /** Instance type of the fleet, such as `ml.m5.xlarge`. CloudFormation's own list of types lacks `ml.m5.large`. */
  readonly instanceType: `ml.${string}.${string}`;

  /**
   * Instances, at least 1.
   *
   * @default 1
   */
  readonly instanceCount?: number;
}

/** Where requests and answers of both variants are stored. */
export interface ExperimentData {
  readonly bucket: s3.IBucket;

  /** Start of the keys, without slashes at its ends. */
  readonly prefix: string;

  /**
   * Content types to store as CSV text, 1 to 10.
   *
   * @default ['text/csv']
   */
  readonly csvContentTypes?: readonly string[];

  /**
   * Content types to store as JSON, 1 to 10.
   *
   * @default ['application/json']
   */
  readonly jsonContentTypes?: readonly string[];
}

export interface InferenceExperimentProps {
  /** Name of a real-time endpoint with one variant: not serverless, asynchronous, multi-model or multi-container. A change replaces the experiment. */
  readonly endpointName: string;

  /** Variant that answers all requests. */
  readonly production: ExperimentVariant;

  /** Variant that gets copies of requests. */
  readonly shadow: ExperimentVariant;

  /**
   * Part of the requests that are copied, 1 to 100 percent.
   *
   * @default 100
   */
  readonly samplingPercentage?: number;

  /**
   * When the experiment starts.
   *
   * @default - as soon as it is created
   */
  readonly start?: Date;

  /**
   * When the experiment ends by itself, with production as it was; at most 30 days after `start`.
   *
   * @default - 7 days after the start
   */
  readonly end?: Date;

  /**
   * State that CloudFormation brings the experiment to: `Completed` and `Cancelled` end it.
   *
   * @default - left to the schedule
   */
  readonly desiredState?: 'Running' | 'Completed' | 'Cancelled';

  /**
   * Stores requests and answers in S3.
   *
   * @default - nothing is stored
   */
  readonly dataStorage?: ExperimentData;

  /**
   * Key that encrypts the volumes of the instances. Not for instances with local storage, which the hardware encrypts. A change
   * replaces the experiment.
   *
   * @default - a key that SageMaker makes and forgets
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What the experiment is for, at most 1024 characters.
   *
   * @default - none
   */
  readonly description?: string;
}

const DAY = 86_400_000;

/**
 * A shadow test: a second model, or another fleet, gets copies of an endpoint's requests for some days, and its answers go nowhere.
 *
 * Creates the experiment and its role. While it runs, the shadow's instances cost money beside those of production.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html
 */
export class InferenceExperiment extends Resource implements refs.IInferenceExperimentRef {
  public readonly inferenceExperimentRef: refs.InferenceExperimentReference;

  /** Name, from the construct path and from what replaces the experiment. */
  public readonly experimentName: string;

  /** Role with which SageMaker puts the shadow onto the endpoint and takes it off again. */
  public readonly role: iam.IRole;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: InferenceExperimentProps,
  ) {
    super(scope, id);
    this.validate(props);
    const {
      endpointName,
      production,
      shadow,
      samplingPercentage = 100,
      dataStorage,
      encryptionKey,
      start,
      end,
    } = props;
    const role = new ExperimentRole(this, 'Role', {
      endpointName,
      models: [production.model, shadow.model],
      dataStorage,
      encryptionKey,
    });
    this.role = role;
    this.experimentName = this.nameFor([endpointName, encryptionKey?.keyArn]);

    const resource = new sagemaker.CfnInferenceExperiment(this, 'Resource', {
      name: this.experimentName,
      type: 'ShadowMode',
      roleArn: role.roleArn,
      endpointName,
      description: props.description,
      desiredState: props.desiredState,
      kmsKey: encryptionKey?.keyArn,
      modelVariants: [production, shadow].map(renderVariant),
      schedule: (start ?? end) && { startTime: start?.toISOString(), endTime: end?.toISOString() },
      dataStorageConfig: dataStorage && {
        destination: dataStorage.bucket.s3UrlForObject(dataStorage.prefix),
        kmsKey: dataStorage.bucket.encryptionKey?.keyArn,
        contentType: {
          csvContentTypes: [...(dataStorage.csvContentTypes ?? ['text/csv'])],
          jsonContentTypes: [...(dataStorage.jsonContentTypes ?? ['application/json'])],
        },
      },
      shadowModeConfig: {
        sourceModelVariantName: production.name,
        shadowModelVariants: [{ shadowModelVariantName: shadow.name, samplingPercentage }],
      },
    });
    resource.node.addDependency(role);
    role.addTo(resource);
    this.inferenceExperimentRef = resource.inferenceExperimentRef;
  }

  /** Dashboard and alarms that hold the shadow against production. */
  public addComparison(
    id: string,
    options: Omit<VariantComparisonProps, 'endpointName' | 'productionVariant' | 'shadowVariant'> = {},
  ): VariantComparison {
    const { endpointName, production, shadow } = this.props;
    const variants = { productionVariant: production.name, shadowVariant: shadow.name };
    return new VariantComparison(this, id, { ...options, ...variants, endpointName });
  }

  /** Workflow that ends the experiment, with the shadow in the place of production or without it. */
  public addConclusion(id: string): ExperimentConclusion {
    const { production, shadow } = this.props;
    const { experimentName } = this;
    return new ExperimentConclusion(this, id, {
      experimentName,
      productionVariant: production.name,
      shadowVariant: shadow.name,
    });
  }

  /** A new name wherever CloudFormation makes a new experiment before it deletes the old one. */
  private nameFor(createOnly: unknown): string {
    const hash = createHash('md5')
      .update(JSON.stringify(Stack.of(this).resolve(createOnly)))
      .digest('hex');
    const name = Names.uniqueResourceName(this, { maxLength: 111, separator: '-', allowedSpecialCharacters: '-' });
    // Lower case, because that is how SageMaker writes names in ARNs, which policies compare by case.
    return `${name.toLowerCase()}-${hash.slice(0, 8)}`;
  }

  private validate(props: InferenceExperimentProps): void {
    const check = (prop: string, holds: boolean, rule: string, got: unknown) => {
      if (!holds) {
        throw new Error(`${this.node.path}: '${prop}' must ${rule}, got: ${String(got)}`);
      }
    };
    const { endpointName, production, shadow, samplingPercentage = 100, start, end, description = '' } = props;
    check(
      'endpointName',
      Token.isUnresolved(endpointName) || /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(endpointName),
      'be 1 to 63 letters, digits and -, with no - at either end',
      endpointName,
    );
    for (const [prop, variant] of Object.entries({ production, shadow })) {
      const { name, instanceType, instanceCount = 1 } = variant;
      const isName = !Token.isUnresolved(name) && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name);
      check(`${prop}.name`, isName, 'be 1 to 63 letters, digits and -, with no - at either end', name);
      const isCount = Token.isUnresolved(instanceCount) || (Number.isInteger(instanceCount) && instanceCount >= 1);
      check(`${prop}.instanceCount`, isCount, 'be a whole number of at least 1', instanceCount);
      const isInf1 = instanceType.startsWith('ml.inf1.');
      check(`${prop}.instanceType`, !isInf1, 'be another than ml.inf1, which has no shadow tests', instanceType);
      const isKeyed = props.encryptionKey !== undefined && hasLocalStorage(instanceType);
      check(
        'encryptionKey',
        !isKeyed,
        'be left out for instances with local storage, which the hardware encrypts',
        instanceType,
      );
      if (instanceType === 'ml.m5.large') {
        Annotations.of(this).addWarningV2(
          'sagemaker-cdk:experimentInstanceType',
          `'${prop}.instanceType' is ml.m5.large, which CloudFormation's list of types for experiments lacks: it may refuse the deployment`,
        );
      }
    }
    check('shadow.name', shadow.name !== production.name, "differ from the production variant's", shadow.name);
    const isPercentage =
      Token.isUnresolved(samplingPercentage) ||
      (Number.isInteger(samplingPercentage) && samplingPercentage >= 1 && samplingPercentage <= 100);
    check('samplingPercentage', isPercentage, 'be a whole number from 1 to 100', samplingPercentage);
    if (start && end) {
      const length = end.getTime() - start.getTime();
      const isLength = length > 0 && length <= 30 * DAY;
      check('end', isLength, `be after 'start' (${start.toISOString()}) by at most 30 days`, end.toISOString());
    }
    check(
      'description',
      description.length <= 1024,
      'have at most 1024 characters',
      `${description.length} characters`,
    );
    this.validateData(check, props.dataStorage);
  }

  private validateData(
    check: (prop: string, holds: boolean, rule: string, got: unknown) => void,
    data: ExperimentData | undefined,
  ): void {
    if (data === undefined) return;
    const isPrefix = Token.isUnresolved(data.prefix) || /^[^/].*[^/]$|^[^/]$/.test(data.prefix);
    check('dataStorage.prefix', isPrefix, 'have no slash at its ends and not be empty', data.prefix);
    for (const prop of ['csvContentTypes', 'jsonContentTypes'] as const) {
      const types = data[prop] ?? ['text/csv'];
      check(`dataStorage.${prop}`, types.length >= 1 && types.length <= 10, 'hold 1 to 10 content types', types.length);
    }
  }
}

function renderVariant({
  name,
  model,
  instanceType,
  instanceCount = 1,
}: ExperimentVariant): sagemaker.CfnInferenceExperiment.ModelVariantConfigProperty {
  return {
    variantName: name,
    modelName: model.modelName,
    infrastructureConfig: {
      infrastructureType: 'RealTimeInference',
      realTimeInferenceConfig: { instanceType, instanceCount },
    },
  };
}
