import type { AsyncInference } from './async-inference';
import type { DataCapture } from './data-capture';
import type { Deployment } from './deployment';
import { isServerless, type Variant } from './instance-variant';

interface Risks {
  readonly async?: AsyncInference;
  readonly dataCapture?: DataCapture;
  readonly deployment?: Deployment;
}

/** What AWS neither allows nor refuses in its documentation: id and text of each warning. */
export function warnings(variants: readonly Variant[], props: Risks): (readonly [string, string])[] {
  const { type = 'ALL_AT_ONCE' } = props.deployment ?? {};
  const all: readonly (readonly [boolean, string, string])[] = [
    [
      props.async !== undefined && props.dataCapture !== undefined,
      'async-data-capture',
      "AWS does not say whether an asynchronous endpoint captures data; 'async' stores requests and answers in S3 anyway",
    ],
    [
      variants.some(isServerless) && (type === 'CANARY' || type === 'LINEAR'),
      'serverless-traffic-shift',
      `AWS does not say whether SageMaker shifts the traffic of a serverless endpoint in steps (${type})`,
    ],
    [
      variants.some(({ managedInstanceScaling }) => managedInstanceScaling),
      'managed-instance-scaling',
      'AWS describes managed instance scaling for inference components, and not for variants with a model of their own',
    ],
    [
      props.dataCapture !== undefined && variants.some(({ model }) => model.demands?.includes('multiModel')),
      'multi-model-data-capture',
      'Model Monitor does not support multi-model endpoints: nothing can watch the captured data of this one',
    ],
    [
      props.async !== undefined && variants.some(({ model }) => model.demands?.includes('multiModel')),
      'async-multi-model',
      'AWS does not say whether an asynchronous endpoint hosts many models in a container',
    ],
  ];
  return all.filter(([holds]) => holds).map(([, id, message]) => [id, message] as const);
}
