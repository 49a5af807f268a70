import { Token } from 'aws-cdk-lib/core';
import type * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { hasLocalStorage } from '../instances';
import { check, isCount } from './check';
import { type InstanceVariant, renderVariant } from './instance-variant';

/** A variant that gets copies of the requests; its answers go to data capture and metrics, and to no caller. */
export interface ShadowVariant extends Omit<InstanceVariant, 'initialWeight' | 'scaling'> {
  /**
   * Part of the requests that are copied, 1 to 100 percent.
   *
   * @default 100
   */
  readonly samplingPercentage?: number;
}

/** What stands beside a shadow variant, as far as it matters here; members of other kinds of endpoints are read, too. */
interface ShadowedEndpoint {
  readonly variants: readonly ShadowedVariant[];
  readonly encryptionKey?: object;
  readonly async?: object;
  readonly deployment?: { readonly type: string };
}

interface ShadowedVariant {
  readonly name: string;
  readonly instanceType?: string;
  readonly initialWeight?: number;
  readonly serverless?: object;
}

const EXCLUSIONS = 'https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html';
const CREATION = 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html';
const GUARDRAILS = 'https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html';

/** What an endpoint with a shadow variant cannot have, and where the service says so. */
export const SHADOW_REFUSES = {
  severalVariants: { why: 'SageMaker copies the requests of one production variant to one shadow', source: CREATION },
  serverless: { why: 'serverless variants have no shadows', source: EXCLUSIONS },
  asynchronous: { why: 'asynchronous endpoints have no shadows', source: EXCLUSIONS },
  inf1: { why: 'endpoints on ml.inf1 have no shadows', source: EXCLUSIONS },
  rolling: { why: 'rolling deployments do not take endpoints with several variants', source: GUARDRAILS },
} as const;

/** SageMaker copies as many requests as the weight of the shadow is of the production variant's, which is 1 here. */
export function renderShadow({
  samplingPercentage = 100,
  ...variant
}: ShadowVariant): sagemaker.CfnEndpointConfig.ProductionVariantProperty {
  return renderVariant({ ...variant, initialWeight: samplingPercentage / 100 });
}

export function checkShadow(path: string, shadow: ShadowVariant, endpoint: ShadowedEndpoint): void {
  const { variants, encryptionKey, async, deployment } = endpoint;
  const checkAll = check(path);
  const checkProp = check(path, 'shadowVariant');
  const { name, instanceType, samplingPercentage = 100 } = shadow;
  const refuse = (holds: boolean, { why }: { readonly why: string }, got: unknown) => {
    checkAll('shadowVariant', holds, `be left out, since ${why}`, got);
  };
  refuse(variants.length === 1, SHADOW_REFUSES.severalVariants, `${variants.length} variants`);
  refuse(
    variants.every(variant => !variant.serverless),
    SHADOW_REFUSES.serverless,
    'a serverless variant',
  );
  refuse(async === undefined, SHADOW_REFUSES.asynchronous, "'async'");
  const types = [instanceType, ...variants.map(variant => variant.instanceType ?? '')];
  const inf1 = types.find(type => type.startsWith('ml.inf1.'));
  refuse(inf1 === undefined, SHADOW_REFUSES.inf1, inf1);
  refuse(deployment?.type !== 'ROLLING', SHADOW_REFUSES.rolling, 'ROLLING');

  const [production] = variants;
  checkAll(
    'variants[0].initialWeight',
    production?.initialWeight === undefined,
    "be left out beside a shadow, whose share of the requests is its 'samplingPercentage'",
    production?.initialWeight,
  );
  const isName = !Token.isUnresolved(name) && /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name);
  checkProp('name', isName, 'be 1 to 63 letters, digits and -, with no - at either end', name);
  checkProp('name', name !== production?.name, "differ from the production variant's", name);
  checkProp(
    'instanceCount',
    isCount(shadow.instanceCount ?? 1, 1),
    'be a whole number of at least 1',
    shadow.instanceCount,
  );
  const isPercentage = !Token.isUnresolved(samplingPercentage) && isCount(samplingPercentage, 1, 100);
  checkProp('samplingPercentage', isPercentage, 'be a whole number from 1 to 100', samplingPercentage);
  const isLocal = hasLocalStorage(instanceType);
  const { volumeSizeGiB } = shadow;
  if (volumeSizeGiB !== undefined) {
    checkProp('volumeSizeGiB', isCount(volumeSizeGiB, 1, 512), 'be a whole number from 1 to 512', volumeSizeGiB);
    checkProp(
      'volumeSizeGiB',
      !isLocal,
      `be left out for ${instanceType}, which has local storage of a fixed size`,
      volumeSizeGiB,
    );
  }
  for (const prop of ['modelDownloadTimeout', 'containerStartupTimeout'] as const) {
    const seconds = shadow[prop]?.toSeconds() ?? 60;
    checkProp(prop, isCount(seconds, 60, 3600), 'last 60 to 3600 seconds', `${seconds} seconds`);
  }
  checkAll(
    'encryptionKey',
    encryptionKey === undefined || !isLocal,
    'be left out for instances with local storage, which the hardware encrypts',
    instanceType,
  );
}
