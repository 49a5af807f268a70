import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { App, Duration, Stack, Tags } from 'aws-cdk-lib/core';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  Endpoint,
  Model,
  type DataCapture,
  type EndpointProps,
  type InstanceVariant,
  type ServerlessCapacity,
} from '../../constructs/endpoint';

const MODEL = 'AWS::SageMaker::Model';
const CONFIG = 'AWS::SageMaker::EndpointConfig';
const ENDPOINT = 'AWS::SageMaker::Endpoint';
const TARGET = 'AWS::ApplicationAutoScaling::ScalableTarget';
const POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
type Resources = Readonly<Record<string, Resource>>;
type Effect = 'create' | 'replace' | 'update';

/** Properties whose change replaces a resource, from the CloudFormation facts that the CDK CLI uses for `cdk diff`. */
function replacingProperties(): ReadonlyMap<string, ReadonlySet<string>> {
  const file = readFileSync(require.resolve('aws-cdk/package.json').replace('package.json', 'db.json.gz'));
  const facts = JSON.parse(gunzipSync(file).toString()) as {
    schema: {
      resource: {
        entities: { cloudFormationType: string; properties: Record<string, { causesReplacement?: string }> }[];
      };
    };
  };
  return new Map(
    facts.schema.resource.entities.map(({ cloudFormationType, properties }) => [
      cloudFormationType,
      new Set(Object.keys(properties).filter(name => properties[name]?.causesReplacement === 'yes')),
    ]),
  );
}

/** What CloudFormation does to resources, as `<type>: <effect>`; a replaced resource changes what refers to it. */
function effects(before: Resources, after: Resources, replacing: ReturnType<typeof replacingProperties>): string[] {
  const found = new Map<string, Effect>();
  const refersToReplaced = (value: unknown) => {
    const text = JSON.stringify(value ?? null);
    return [...found].some(
      ([id, effect]) =>
        effect === 'replace' && (text.includes(`{"Ref":"${id}"}`) || text.includes(`"Fn::GetAtt":["${id}",`)),
    );
  };
  const effectOn = (id: string, { Type, Properties = {} }: Resource): Effect | undefined => {
    const old = before[id]?.Properties;
    if (old === undefined) {
      return 'create';
    }
    const changed = [...new Set([...Object.keys(old), ...Object.keys(Properties)])].filter(
      name => JSON.stringify(old[name]) !== JSON.stringify(Properties[name]) || refersToReplaced(Properties[name]),
    );
    if (changed.length === 0) {
      return undefined;
    }
    return changed.some(name => replacing.get(Type)?.has(name)) ? 'replace' : 'update';
  };
  const settle = () => {
    for (const [id, resource] of Object.entries(after)) {
      const effect = effectOn(id, resource);
      if (effect !== undefined) {
        found.set(id, effect);
      }
    }
  };
  // A chain of references is no longer than the list of resources.
  Object.keys(after).forEach(settle);
  return [...found].map(([id, effect]) => `${String(after[id]?.Type)}: ${effect}`).sort();
}

interface Version {
  readonly modelPackage?: number;
  readonly environment?: Record<string, string>;
  readonly variant?: Partial<InstanceVariant>;
  readonly capture?: Partial<DataCapture>;
  readonly props?: Partial<EndpointProps>;
  readonly tag?: string;

  /** Makes the endpoint asynchronous. */
  readonly asynchronous?: { readonly errorTopic?: string };

  /** Makes the endpoint serverless. */
  readonly serverless?: ServerlessCapacity;
}

const day = Duration.days(1);
const backlog = { minInstances: 1, maxInstances: 4, backlogPerInstance: 5 };
const concurrency = (maxConcurrency: number) => ({ minConcurrency: 1, maxConcurrency, utilization: 0.7 });

describe('An update of an Endpoint', () => {
  const replacing = replacingProperties();
  const scaling = { minInstances: 1, maxInstances: 4, invocationsPerInstance: 600 };
  const resourcesOf = (version: Version): Resources => {
    const { modelPackage = 1, environment, variant, capture, props, tag = 'a', asynchronous, serverless } = version;
    const stack = new Stack(new App(), 'Serving');
    const model = new Model(stack, 'Model', {
      modelPackageArn: `arn:aws:sagemaker:eu-central-1:111122223333:model-package/loans/${modelPackage}`,
      environment,
    });
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'captured');
    const onInstances: Partial<EndpointProps> = {
      dataCapture: asynchronous ? undefined : { bucket, ...capture },
      deployment: { type: 'CANARY', canarySize: { percent: 10 } },
      async: asynchronous && {
        input: { bucket, prefix: 'in' },
        output: { bucket, prefix: 'out' },
        errorTopic: asynchronous.errorTopic ? Topic.fromTopicArn(stack, 'Errors', asynchronous.errorTopic) : undefined,
      },
    };
    new Endpoint(stack, 'Loans', {
      variants: serverless
        ? [{ name: 'Champion', model, serverless }]
        : [{ name: 'Champion', model, instanceType: 'ml.m5.large', ...variant }],
      ...(serverless ? {} : onInstances),
      alarms: {},
      ...props,
    });
    Tags.of(stack).add('team', tag);
    return (Template.fromStack(stack).toJSON() as { Resources: Resources }).Resources;
  };

  test.each<[string, Version, Version, string[]]>([
    [
      'a new model version',
      { variant: { scaling } },
      { variant: { scaling }, modelPackage: 2 },
      [`${MODEL}: replace`, `${CONFIG}: replace`, `${ENDPOINT}: update`],
    ],
    [
      'a new variable of the container',
      {},
      { environment: { LOG_LEVEL: 'debug' } },
      [`${MODEL}: replace`, `${CONFIG}: replace`, `${ENDPOINT}: update`],
    ],
    [
      'a new instance type',
      {},
      { variant: { instanceType: 'ml.m5.xlarge' } },
      [`${CONFIG}: replace`, `${ENDPOINT}: update`],
    ],
    [
      'another share of requests to capture',
      {},
      { capture: { samplingPercentage: 50 } },
      [`${CONFIG}: replace`, `${ENDPOINT}: update`],
    ],
    [
      'another deployment strategy',
      {},
      { props: { deployment: { type: 'LINEAR', linearStepSize: { percent: 20 } } } },
      [`${ENDPOINT}: update`],
    ],
    [
      'new limits of scaling',
      { variant: { scaling } },
      { variant: { scaling: { ...scaling, minInstances: 2, maxInstances: 8 } } },
      [`${TARGET}: update`],
    ],
    [
      'a new target of scaling',
      { variant: { scaling } },
      { variant: { scaling: { ...scaling, invocationsPerInstance: 300 } } },
      [`${POLICY}: update`],
    ],
    [
      'another metric to follow',
      { variant: { scaling } },
      { variant: { scaling: { ...scaling, concurrentRequestsPerModel: 5 } } },
      [`${POLICY}: create`],
    ],
    [
      'a schedule',
      { variant: { scaling } },
      { variant: { scaling: { ...scaling, schedules: [{ name: 'Noon', schedule: Schedule.rate(day), min: 2 }] } } },
      [`${TARGET}: update`],
    ],
    [
      'a rolling deployment',
      {},
      { props: { deployment: { type: 'ROLLING', maximumBatchSize: { percent: 20 } } } },
      [`${ENDPOINT}: update`],
    ],
    [
      'a queue with a topic more',
      { asynchronous: {} },
      { asynchronous: { errorTopic: 'arn:aws:sns:eu-central-1:111122223333:errors' } },
      [`${CONFIG}: replace`, `${ENDPOINT}: update`, 'AWS::IAM::Policy: update'],
    ],
    [
      'zero instances instead of one',
      { asynchronous: {}, variant: { scaling: backlog } },
      { asynchronous: {}, variant: { scaling: { ...backlog, minInstances: 0 } } },
      [`${TARGET}: update`, `${POLICY}: create`, 'AWS::CloudWatch::Alarm: create'],
    ],
    [
      'a new model version on a serverless endpoint',
      { serverless: { memorySizeMiB: 2048, maxConcurrency: 5 } },
      { serverless: { memorySizeMiB: 2048, maxConcurrency: 5 }, modelPackage: 2 },
      [`${MODEL}: replace`, `${CONFIG}: replace`, `${ENDPOINT}: update`],
    ],
    [
      'more memory of a serverless endpoint',
      { serverless: { memorySizeMiB: 2048, maxConcurrency: 5 } },
      { serverless: { memorySizeMiB: 4096, maxConcurrency: 5 } },
      [`${CONFIG}: replace`, `${ENDPOINT}: update`],
    ],
    [
      'more provisioned concurrency at most',
      { serverless: { memorySizeMiB: 2048, maxConcurrency: 5, provisionedConcurrency: 1, scaling: concurrency(3) } },
      { serverless: { memorySizeMiB: 2048, maxConcurrency: 5, provisionedConcurrency: 1, scaling: concurrency(5) } },
      [`${TARGET}: update`],
    ],
    [
      'the start of scaling',
      {},
      { variant: { scaling } },
      [`${ENDPOINT}: update`, `${TARGET}: create`, `${POLICY}: create`],
    ],
  ])('with %s replaces no endpoint', (_change, before, after, expected) => {
    expect(effects(resourcesOf(before), resourcesOf(after), replacing)).toEqual(expected.sort());
  });

  test('with a new tag replaces nothing', () => {
    const found = effects(resourcesOf({}), resourcesOf({ tag: 'b' }), replacing);
    expect(found).toEqual(expect.arrayContaining([`${MODEL}: update`, `${CONFIG}: update`, `${ENDPOINT}: update`]));
    expect(found.filter(effect => effect.endsWith('replace'))).toEqual([]);
  });

  test('with a new name does replace it, which these facts must show', () => {
    expect(effects(resourcesOf({}), resourcesOf({ props: { endpointName: 'other' } }), replacing)).toContain(
      `${ENDPOINT}: replace`,
    );
  });

  test('never meets a fixed name on what it replaces', () => {
    for (const { Type, Properties = {} } of Object.values(resourcesOf({}))) {
      if (Type === MODEL || Type === CONFIG) {
        expect(Object.keys(Properties).filter(name => /^(Model|EndpointConfig)Name$/.test(name))).toEqual([]);
      }
    }
  });
});
