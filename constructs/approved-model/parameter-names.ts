import type { IConstruct } from 'constructs';
import { Token } from 'aws-cdk-lib/core';

/** Value of every parameter while no version is approved, and of a baseline that the approved version does not have. */
export const NONE = 'none';

/** A drift check baseline that a model package can carry, and where DescribeModelPackage returns it. */
const BASELINE_PATHS = {
  dataQualityStatistics: 'ModelDataQuality.Statistics',
  dataQualityConstraints: 'ModelDataQuality.Constraints',
  modelQualityStatistics: 'ModelQuality.Statistics',
  modelQualityConstraints: 'ModelQuality.Constraints',
  biasConfiguration: 'Bias.ConfigFile',
  biasPreTrainingConstraints: 'Bias.PreTrainingConstraints',
  biasPostTrainingConstraints: 'Bias.PostTrainingConstraints',
  explainabilityConfiguration: 'Explainability.ConfigFile',
  explainabilityConstraints: 'Explainability.Constraints',
} as const;

/**
 * A drift check baseline of a model package, by the name of its parameter in camel case.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html
 */
export type Baseline = keyof typeof BASELINE_PATHS;

/** All baselines. With the model package they are ten parameters, the most that one GetParameters call reads. */
export const ALL_BASELINES = Object.keys(BASELINE_PATHS) as readonly Baseline[];

/** JSONata path of a baseline's S3 URI in the result of DescribeModelPackage. */
export const baselinePath = (baseline: Baseline): string => `DriftCheckBaselines.${BASELINE_PATHS[baseline]}.S3Uri`;

export const modelPackageParameter = (prefix: string): string => `${prefix}/model-package-arn`;

/** Whether what is deployed runs: `true`, or `false` while it is stopped. */
export const runningParameter = (prefix: string): string => `${prefix}/running`;

export const baselineParameter = (prefix: string, baseline: Baseline): string =>
  `${prefix}/${baseline.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`;

/** Names of all parameters: the model package, then the baselines in their order. */
export const parameterNames = (prefix: string, baselines: readonly Baseline[]): string[] => [
  modelPackageParameter(prefix),
  ...baselines.map(baseline => baselineParameter(prefix, baseline)),
];

/**
 * The prefix is written into templates as a parameter default, so both sides need it as a literal.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function validatePrefix(scope: IConstruct, prefix: string): void {
  const rule =
    "must be a literal path such as /credit-risk/approved: at most 14 parts of letters, digits, '.', '-' and '_', not beginning with aws or ssm, 900 characters in all";
  const valid =
    !Token.isUnresolved(prefix) &&
    /^(\/[\w.-]+){1,14}$/.test(prefix) &&
    !/^\/(aws|ssm)/i.test(prefix) &&
    prefix.length <= 900;
  if (!valid) {
    throw new Error(`${scope.node.path}: 'parameterPrefix' ${rule}, got: ${prefix}`);
  }
}
