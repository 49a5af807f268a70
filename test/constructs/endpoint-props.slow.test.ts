import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { CfnEndpointConfig } from 'aws-cdk-lib/aws-sagemaker';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as fc from 'fast-check';
import {
  Endpoint,
  Model,
  type AsyncInference,
  type CapacitySize,
  type Deployment,
  type EndpointProps,
  type InstanceVariant,
  type ServerlessCapacity,
  type VariantScaling,
} from '../../constructs/endpoint';
import { env } from '../support/node-environment';
import { cdkConfig } from '../support/app';

type Kind = 'realTime' | 'serverless' | 'asynchronous';

// Values on both sides of every limit, the good ones much more often: what is refused shows little.
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const rarely = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 60, arbitrary: good }, { weight: 1, arbitrary: bad });
const count = (most: number) => rarely(fc.integer({ min: 1, max: most }), fc.constantFrom(0, -1, 1.5, 9999));
const seconds = (least: number, most: number) =>
  rarely(fc.integer({ min: least, max: most }), fc.constantFrom(0, 40_000)).map(each => Duration.seconds(each));
const name = rarely(fc.constantFrom('A', 'Champion-2'), fc.constant('a_b'));

const schedules = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('Morning', 'Night'),
    schedule: fc.constantFrom(Schedule.rate(Duration.days(1)), Schedule.cron({ hour: '7', minute: '0' })),
    min: fc.oneof(count(3), fc.constant(undefined)),
    max: count(9).map(max => max + 3),
  }),
  { maxLength: 2, selector: each => each.name },
);

const TARGETS = {
  realTime: ['invocationsPerInstance', 'concurrentRequestsPerModel', 'cpuUtilization', 'gpuUtilization'],
  asynchronous: ['cpuUtilization', 'gpuUtilization'],
} as const;

const scaling = (kind: 'realTime' | 'asynchronous'): fc.Arbitrary<VariantScaling> =>
  fc
    .record({
      minInstances: count(3),
      more: fc.integer({ min: 1, max: 9 }),
      targets: fc.dictionary(fc.constantFrom(...TARGETS[kind]), count(200), { minKeys: 1 }),
      zero: fc.boolean(),
      schedules: maybe(schedules),
      scaleInCooldown: maybe(seconds(0, 900)),
      scaleOutCooldown: maybe(seconds(0, 900)),
    })
    .map(({ minInstances, more, targets, zero, ...rest }) => ({
      ...rest,
      ...targets,
      minInstances: kind === 'asynchronous' && zero ? 0 : minInstances,
      maxInstances: minInstances + more,
      backlogPerInstance: kind === 'asynchronous' ? more : undefined,
    }));

const onInstances = (kind: 'realTime' | 'asynchronous'): fc.Arbitrary<Omit<InstanceVariant, 'model'>> =>
  fc.record(
    {
      name,
      instanceType: fc.constantFrom('ml.m5.large', 'ml.c5.xlarge', 'ml.m5.large', 'ml.c5.xlarge', 'ml.g5.xlarge'),
      instanceCount: fc.constantFrom(undefined, 1, 1, 4),
      initialWeight: maybe(fc.double({ min: 0.1, max: 1, noNaN: true })),
      volumeSizeGiB: maybe(count(512)),
      modelDownloadTimeout: maybe(seconds(60, 3600)),
      containerStartupTimeout: maybe(seconds(60, 3600)),
      routingStrategy: maybe(fc.constantFrom('LEAST_OUTSTANDING_REQUESTS', 'RANDOM')),
      scaling: maybe(scaling(kind)),
      managedInstanceScaling: rarely(
        fc.constant(undefined),
        fc.record({ minInstances: fc.constant(1), maxInstances: count(9) }),
      ),
    },
    { requiredKeys: ['name', 'instanceType'] },
  );

const serverless: fc.Arbitrary<ServerlessCapacity> = fc
  .record({
    memorySizeMiB: fc.constantFrom(1024 as const, 2048 as const, 6144 as const),
    maxConcurrency: count(190).map(most => most + 10),
    provisionedConcurrency: count(9),
    scaling: maybe(
      fc.record({
        minConcurrency: count(3),
        maxConcurrency: count(6).map(most => most + 3),
        utilization: rarely(fc.double({ min: 0.1, max: 0.9, noNaN: true }), fc.constant(1)),
        schedules: maybe(fc.constant([{ name: 'Noon', schedule: Schedule.cron({ hour: '12', minute: '0' }), min: 2 }])),
      }),
    ),
  })
  .chain(each => fc.constantFrom(each, { ...each, provisionedConcurrency: undefined, scaling: undefined }));

const percent = (least: number) =>
  rarely(fc.integer({ min: least, max: 50 }), fc.constant(51)).map((each): CapacitySize => ({ percent: each }));
const sizeOf = (least: number) =>
  fc.oneof(
    { weight: 3, arbitrary: percent(least) },
    { weight: 1, arbitrary: count(2).map((instances): CapacitySize => ({ instances })) },
  );
const times = {
  waitInterval: maybe(seconds(180, 600)),
  maximumExecutionTimeout: maybe(seconds(7000, 28_800)),
};
const deployment: fc.Arbitrary<Deployment> = fc.oneof(
  fc.record({ type: fc.constant('ALL_AT_ONCE' as const), terminationWait: maybe(seconds(0, 900)), ...times }),
  fc.record({ type: fc.constant('CANARY' as const), canarySize: sizeOf(1), ...times }),
  fc.record({ type: fc.constant('LINEAR' as const), linearStepSize: sizeOf(10), ...times }),
  fc.record({
    type: fc.constant('ROLLING' as const),
    maximumBatchSize: sizeOf(5),
    rollbackMaximumBatchSize: maybe(sizeOf(5)),
    ...times,
  }),
);

const queue = fc.record({
  prefix: rarely(fc.constantFrom('in', 'loans/in'), fc.constant('in/')),
  failure: fc.boolean(),
  topics: fc.subarray(['success', 'error'] as const),
  included: fc.boolean(),
  maxConcurrentInvocationsPerInstance: maybe(count(1000)),
});

const given = fc.constantFrom<Kind[]>('realTime', 'serverless', 'asynchronous').chain(kind =>
  fc.record({
    kind: fc.constant(kind),
    name,
    serverless,
    variants: fc.array(onInstances(kind === 'asynchronous' ? kind : 'realTime'), {
      minLength: 1,
      maxLength: kind === 'realTime' ? 3 : 1,
    }),
    queue,
    capture: kind === 'serverless' ? fc.constant(undefined) : maybe(count(100)),
    alarms: maybe(fc.record({ serverErrorRate: fc.constantFrom(0, 0.5), modelLatency: seconds(1, 90) })),
    deployment: maybe(deployment),
  }),
);
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

function propsIn(stack: Stack, each: Given): EndpointProps {
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
  const model = new Model(stack, 'Model', {
    modelPackageArn: 'arn:aws:sagemaker:eu-central-1:111122223333:model-package/loans/3',
  });
  const { topics, prefix, failure, included, maxConcurrentInvocationsPerInstance } = each.queue;
  const topic = (id: 'success' | 'error') =>
    topics.includes(id) ? sns.Topic.fromTopicArn(stack, id, `arn:aws:sns:eu-central-1:111122223333:${id}`) : undefined;
  const async: AsyncInference = {
    input: { bucket, prefix },
    output: { bucket, prefix: 'out' },
    failure: failure ? { bucket, prefix: 'failures' } : undefined,
    successTopic: topic('success'),
    errorTopic: topic('error'),
    includeResponseIn: included ? topics : undefined,
    maxConcurrentInvocationsPerInstance,
  };
  return {
    variants:
      each.kind === 'serverless'
        ? [{ name: each.name, model, serverless: each.serverless }]
        : each.variants.map((variant, index) => ({ ...variant, name: `${variant.name}${index}`, model })),
    async: each.kind === 'asynchronous' ? async : undefined,
    dataCapture: each.capture === undefined ? undefined : { bucket, samplingPercentage: each.capture },
    alarms: each.alarms,
    deployment: each.deployment,
  };
}

describe('whatever an Endpoint accepts is a valid template', () => {
  beforeAll(() => delete env.CDK_VALIDATION);
  afterAll(() => {
    env.CDK_VALIDATION = 'false';
  });

  test('in one app of hundreds of endpoints', () => {
    const app = new App({ context: cdkConfig.context, analyticsReporting: false });
    const accepted = { realTime: 0, serverless: 0, asynchronous: 0, scaled: 0, rolling: 0 };
    let refused = 0;
    fc.assert(
      fc.property(given, each => {
        const id = `S${app.node.children.length}`;
        const stack = new Stack(app, id);
        try {
          new Endpoint(stack, 'Loans', propsIn(stack, each));
        } catch (error) {
          // Refused in words, never by chance.
          expect((error as Error).message).toMatch(new RegExp(`^${id}/Loans: '.+' must .+, got: `));
          app.node.tryRemoveChild(id);
          refused += 1;
          return;
        }
        accepted[each.kind] += 1;
        accepted.scaled += each.kind !== 'serverless' && each.variants[0]?.scaling ? 1 : 0;
        accepted.rolling += each.deployment?.type === 'ROLLING' ? 1 : 0;
      }),
      { numRuns: 300, seed: 4 },
    );
    // Enough of each kind on both sides.
    expect(Object.entries({ ...accepted, refused }).filter(([, times]) => times < 10)).toEqual([]);
    const printed = jest.spyOn(console, 'error').mockImplementation();
    app.synth();
    // Warnings of the construct itself are meant; findings of the validator are errors, by a flag of cdk.json.
    printed.mockRestore();
  }, 300_000);

  test('and a wrong property would be found', () => {
    const app = new App({ context: cdkConfig.context, analyticsReporting: false });
    const stack = new Stack(app, 'Serving');
    const [each] = fc.sample(
      given.filter(({ kind }) => kind === 'serverless'),
      { numRuns: 1, seed: 1 },
    );
    const config = each && new Endpoint(stack, 'Loans', propsIn(stack, each)).node.findChild('Config');
    (config as CfnEndpointConfig).addPropertyOverride('AsyncInference', true);
    const printed = jest.spyOn(console, 'error').mockImplementation();
    expect(() => app.synth()).toThrow("'AsyncInference' was unexpected");
    printed.mockRestore();
  });
});
