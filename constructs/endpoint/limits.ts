/** Ways to get predictions, as docs/inference.md compares them. */
export interface Mode {
  readonly title: string;

  /** Traffic that it is made for. */
  readonly traffic: string;

  /** How and when the answer comes. */
  readonly answer: string;

  /** Most megabytes in a request, where the service names a limit. */
  readonly payloadMB: number;

  /** Most seconds that the model may take. */
  readonly seconds: number;

  /** What costs money while nobody asks. */
  readonly atRest: string;

  /** Page that the figures are from. */
  readonly source: string;
}

const GUIDE = 'https://docs.aws.amazon.com/sagemaker/latest/dg';
const FAQ = `${GUIDE}/hosting-faqs.html`;
const EXCLUSIONS = `${GUIDE}/serverless-endpoints.html#serverless-endpoints-how-it-works-exclusions`;
const GUARDRAILS = `${GUIDE}/deployment-guardrails-exclusions.html`;
const ASYNC = `${GUIDE}/async-inference.html`;
const ASYNC_METRICS = `${GUIDE}/async-inference-monitor.html`;

/** The modes. What shares its instances among models has the limits of real time. */
export const MODES = {
  realTime: {
    title: 'Real-time',
    traffic: 'steady, or with a shape that scaling can follow',
    answer: 'in milliseconds; streamed for up to 8 minutes',
    payloadMB: 25,
    seconds: 60,
    atRest: 'every instance, at least one',
    source: FAQ,
  },
  serverless: {
    title: 'Serverless',
    traffic: 'rare or in bursts, with pauses',
    answer: 'in milliseconds, or seconds later after a pause',
    payloadMB: 4,
    seconds: 60,
    atRest: 'nothing; provisioned concurrency by the hour',
    source: `${GUIDE}/serverless-endpoints-invoke.html`,
  },
  asynchronous: {
    title: 'Asynchronous',
    traffic: 'large or slow requests, one by one',
    answer: 'in S3, minutes later from zero instances',
    payloadMB: 1000,
    seconds: 3600,
    atRest: 'nothing with `minInstances: 0`',
    source: ASYNC,
  },
  batch: {
    title: 'Batch transform',
    traffic: 'a whole data set at once',
    answer: 'in S3, when the job ends',
    payloadMB: 100,
    seconds: 3600,
    atRest: 'nothing',
    source: FAQ,
  },
  multiModel: {
    title: 'Multi-model',
    traffic: 'many models of one framework, each asked now and then',
    answer: 'in milliseconds, or seconds later while a model loads',
    payloadMB: 25,
    seconds: 60,
    atRest: 'every instance, at least one',
    source: `${GUIDE}/multi-model-endpoints.html`,
  },
  multiContainer: {
    title: 'Multi-container, inference pipeline',
    traffic: 'up to 15 containers, asked one by one or in a row',
    answer: 'in milliseconds',
    payloadMB: 25,
    seconds: 60,
    atRest: 'every instance, at least one',
    source: `${GUIDE}/multi-container-endpoints.html`,
  },
  inferenceComponents: {
    title: 'Inference components',
    traffic: 'several models that share large instances',
    answer: 'in milliseconds, minutes later from zero copies',
    payloadMB: 25,
    seconds: 60,
    atRest: 'every instance, none after scaling to zero',
    source: `${GUIDE}/realtime-endpoints-deploy-models.html`,
  },
} as const satisfies Record<string, Mode>;

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html */
export const SERVERLESS = {
  memorySizesMiB: [1024, 2048, 3072, 4096, 5120, 6144],
  maxConcurrency: 200,
} as const;

/** @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AsyncInferenceClientConfig.html */
export const ASYNCHRONOUS = { maxConcurrentInvocationsPerInstance: 1000 } as const;

/** Percent of the fleet in a step. @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RollingUpdatePolicy.html */
export const ROLLING = { minPercent: 5, maxPercent: 50, maxRollbackPercent: 100 } as const;

/** What does not go together. */
export interface Refusal {
  readonly feature: string;

  /** End of the sentence "must be left out, since …". */
  readonly why: string;

  /** Who notices: the types, a check at synthesis, or nobody before SageMaker does. */
  readonly by: 'compiler' | 'synthesis' | 'nobody';

  readonly source: string;
}

/** What a serverless endpoint refuses. */
export const SERVERLESS_REFUSES = {
  instances: {
    feature: 'instance types, volumes, routing',
    why: 'a serverless variant has no instances',
    by: 'compiler',
    source: EXCLUSIONS,
  },
  severalVariants: {
    feature: 'several variants',
    why: 'a serverless endpoint has one variant',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  dataCapture: {
    feature: 'data capture, and so Model Monitor',
    why: 'SageMaker captures nothing of a serverless endpoint',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  vpc: {
    feature: 'a model in a VPC',
    why: 'a serverless endpoint reaches no VPC',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  networkIsolation: {
    feature: 'an isolated model',
    why: 'a serverless endpoint cannot isolate a container',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  gpuImage: {
    feature: 'images for GPUs',
    why: 'a serverless endpoint has no GPU',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  multiModel: {
    feature: 'multi-model containers',
    why: 'a serverless endpoint hosts one model',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  severalContainers: {
    feature: 'inference pipelines and several containers',
    why: 'a serverless endpoint runs one container',
    by: 'synthesis',
    source: EXCLUSIONS,
  },
  uncompressedModel: {
    feature: 'a model of files without an archive',
    why: 'a serverless endpoint takes archives only',
    by: 'synthesis',
    source: 'https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html',
  },
  privateRegistry: {
    feature: 'images of a private Docker registry',
    why: 'a serverless endpoint pulls from ECR only',
    by: 'compiler',
    source: EXCLUSIONS,
  },
  asynchronous: {
    feature: 'asynchronous requests',
    why: 'requests are queued for instances, which a serverless variant has not',
    by: 'synthesis',
    source: ASYNC,
  },
  rolling: {
    feature: 'rolling deployments',
    why: 'SageMaker rolls no serverless endpoint',
    by: 'synthesis',
    source: GUARDRAILS,
  },
  marketplace: {
    feature: 'model packages of AWS Marketplace',
    why: 'a serverless endpoint hosts none',
    by: 'nobody',
    source: EXCLUSIONS,
  },
} as const satisfies Record<string, Refusal>;

/** What an asynchronous endpoint refuses. */
export const ASYNCHRONOUS_REFUSES = {
  severalVariants: {
    feature: 'several variants',
    why: 'the backlog is counted for the endpoint, and not for each variant',
    by: 'synthesis',
    source: ASYNC_METRICS,
  },
  requestMetrics: {
    feature: 'scaling by requests or concurrency',
    why: 'asynchronous endpoints do not publish these metrics',
    by: 'synthesis',
    source: ASYNC_METRICS,
  },
  invoke: {
    feature: '`grants.invoke`',
    why: 'the endpoint takes asynchronous requests only',
    by: 'synthesis',
    source: ASYNC,
  },
} as const satisfies Record<string, Refusal>;

/** What a rolling deployment refuses. */
export const ROLLING_REFUSES = {
  severalVariants: {
    feature: 'several variants',
    why: 'SageMaker rolls endpoints with one variant only',
    by: 'synthesis',
    source: GUARDRAILS,
  },
} as const satisfies Record<string, Refusal>;

/** What a model asks of the endpoint that hosts it, where not every endpoint can do it. */
export type ModelDemand = Extract<
  keyof typeof SERVERLESS_REFUSES,
  'vpc' | 'networkIsolation' | 'gpuImage' | 'multiModel' | 'severalContainers' | 'uncompressedModel'
>;
