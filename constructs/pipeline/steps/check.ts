import type { CreateProcessingJobRequest } from '@aws-sdk/client-sagemaker';
import type { ContainerImage } from '../../images';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { mergeArguments, type RequestOverride } from '../arguments';
import type { StepContext } from '../context';
import type { Value } from '../expression';
import { grantContainer } from '../job';
import { grantJob, grantModelPackages, grantRead } from '../permission';
import { resourceName, type Rule, s3Uri } from '../problem';
import type { CacheableProps, StepProps } from '../step';
import { type ProcessingJob, type ProcessingJobProps, processingJobRules, renderProcessingJob } from './processing-job';
import type { ProcessingArguments, ProcessingOutput } from './processing-io';

/** What all check steps have in common: one processing job whose result is compared with a baseline. */
export interface CheckProps extends StepProps, CacheableProps, ProcessingJobProps {
  /**
   * A managed service checks: Model Monitor or Clarify, which AWS has closed to new accounts. With `false` the program of
   * `constructs/analyzer` does, on one instance, from the same props to the same files. It asks no endpoint but reads the artifacts of
   * the model, which must be of XGBoost or scikit-learn (`model.joblib`), so a predictor's instances and names decide nothing; what else it cannot do fails at
   * synthesis.
   *
   * @default true
   */
  readonly managed?: boolean;

  /** S3 URI of the data that is checked, and that a new baseline is made from. */
  readonly dataset: Value<string>;

  /** S3 URI of the prefix for the results. */
  readonly outputPath: Value<string>;

  /**
   * Name of the model package group whose latest approved version holds the baseline.
   *
   * @default - the baseline is supplied, or there is none
   */
  readonly modelPackageGroupName?: Value<string>;

  /**
   * S3 URI of the constraints to check against; wins over the group.
   *
   * @default - those of the latest approved version
   */
  readonly suppliedBaselineConstraints?: Value<string>;

  /**
   * Nothing is checked and only a new baseline is made, as in a first execution, which needs `registerNewBaseline` too. Where it is or may
   * be false, a baseline is needed.
   *
   * @default false
   */
  readonly skipCheck?: Value<boolean>;

  /**
   * The step fails when the data violates the baseline. `where-managed`: only a managed step does, which can tell of violations in no
   * other way; with `managed: false` the step keeps its report, and its `conditions` tell.
   *
   * @default true
   */
  readonly failOnViolation?: Value<boolean> | 'where-managed';

  /**
   * The result becomes the baseline that later versions and monitors are checked against. Needed in a first execution.
   *
   * @default false
   */
  readonly registerNewBaseline?: Value<boolean>;

  /**
   * Any part of the CreateProcessingJob request that does not make the check, laid over what the other props give.
   *
   * @default - none
   */
  readonly request?: RequestOverride<
    CreateProcessingJobRequest,
    'AppSpecification' | 'ProcessingInputs' | 'ProcessingJobName' | 'ProcessingOutputConfig' | 'RoleArn'
  >;
}

/** What decides whether a cached result of a check is reused, beside the arguments that decide for any processing job. */
export const CHECK_CACHE_KEYS: readonly string[] = [
  'AppSpecification',
  'Environment',
  'ProcessingInputs',
  'SkipCheck',
  'RegisterNewBaseline',
  'ModelPackageGroupName',
  'SuppliedBaselineConstraints',
  'SuppliedBaselineStatistics',
];

/** What runs in the processing job of a check: one image that reads inputs and writes one output. */
export type CheckJob = Pick<ProcessingJob, 'image' | 'inputs' | 'environment'> & {
  readonly outputName: string;
  readonly uploadMode?: ProcessingOutput['uploadMode'];
};

/** The processing job of a check step. */
export function renderCheckJob(props: CheckProps, { outputName, uploadMode, ...job }: CheckJob): ProcessingArguments {
  const output = { uri: props.outputPath, localPath: '/opt/ml/processing/output', uploadMode };
  return mergeArguments(renderProcessingJob(props, { ...job, outputs: { [outputName]: output } }), props.request);
}

/** The keys of a check step that stand beside its arguments. */
export function renderCheckMembers(checkType: string, props: CheckProps): Record<string, unknown> {
  return {
    CheckType: checkType,
    ModelPackageGroupName: props.modelPackageGroupName,
    SuppliedBaselineConstraints: props.suppliedBaselineConstraints,
    SkipCheck: props.skipCheck ?? false,
    FailOnViolation: failsOnViolation(props),
    RegisterNewBaseline: props.registerNewBaseline ?? false,
  };
}

/** Whether the step fails by itself. */
export function failsOnViolation({ failOnViolation = true, managed = true }: CheckProps): Value<boolean> {
  return failOnViolation === 'where-managed' ? managed : failOnViolation;
}

export function checkRules(props: CheckProps): readonly Rule[] {
  const { skipCheck = false, modelPackageGroupName, suppliedBaselineConstraints } = props;
  const hasBaseline = modelPackageGroupName !== undefined || suppliedBaselineConstraints !== undefined;
  return [
    ...processingJobRules(props),
    s3Uri('dataset', props.dataset),
    s3Uri('outputPath', props.outputPath),
    s3Uri('suppliedBaselineConstraints', suppliedBaselineConstraints),
    resourceName('modelPackageGroupName', modelPackageGroupName),
    [
      skipCheck === true || hasBaseline,
      `'modelPackageGroupName' or 'suppliedBaselineConstraints' must be given unless 'skipCheck' is true, got: neither`,
    ],
  ];
}

/** Grants what all checks need, and returns the role of the job. `baselines` are read by the pipeline itself. */
export function bindCheck(
  props: CheckProps,
  image: ContainerImage,
  context: StepContext,
  baselines: readonly (Value<string> | undefined)[],
): iam.IRole {
  const role = grantContainer(props, image, context);
  grantJob(context, 'ProcessingJob', role);
  grantRead(context, props.outputPath, '*');
  for (const baseline of baselines) {
    if (baseline !== undefined) grantRead(context, baseline);
  }
  props.outputEncryptionKey?.grant(context.pipelineRole, 'kms:Decrypt');
  if (props.modelPackageGroupName !== undefined) {
    grantModelPackages(context, props.modelPackageGroupName, [
      'sagemaker:DescribeModelPackage',
      'sagemaker:ListModelPackages',
    ]);
  }
  return role;
}
