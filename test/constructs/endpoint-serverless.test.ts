import { type Stack, TimeZone } from 'aws-cdk-lib/core';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  Endpoint,
  type EndpointProps,
  type IModel,
  Model,
  type ModelDemand,
  type ServerlessCapacity,
  type ServerlessVariant,
} from '../../constructs/endpoint';
import { ContainerImage } from '../../constructs/images';
import { newStack, variantIn } from '../support/endpoints';

const CONFIG = 'AWS::SageMaker::EndpointConfig';
const TARGET = 'AWS::ApplicationAutoScaling::ScalableTarget';
const POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';

const valid: ServerlessCapacity = { memorySizeMiB: 2048, maxConcurrency: 10 };

describe('A serverless Endpoint', () => {
  const modelIn = (stack: Stack) => new Model(stack, 'Model', { image: ContainerImage.xgboost('1.7-1') });
  const endpointIn = (
    stack: Stack,
    serverless: Partial<ServerlessCapacity> = {},
    { model = modelIn(stack), ...props }: Partial<EndpointProps> & { readonly model?: IModel } = {},
  ) =>
    new Endpoint(stack, 'Loans', {
      endpointName: 'loans',
      variants: [{ name: 'All', model, serverless: { ...valid, ...serverless } }],
      ...props,
    });
  const rejected = (make: () => unknown, message: string) => {
    expect(make).toThrow(new Error(`Serving/Loans: ${message}`));
  };

  test('has memory and concurrency, and no instances', () => {
    const stack = newStack();
    endpointIn(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties(CONFIG, {
      ProductionVariants: [
        {
          VariantName: 'All',
          ModelName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Model'), 'ModelName'] },
          ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 10, ProvisionedConcurrency: Match.absent() },
          InstanceType: Match.absent(),
          InitialInstanceCount: Match.absent(),
          InitialVariantWeight: Match.absent(),
        },
      ],
      AsyncInferenceConfig: Match.absent(),
    });
    template.resourceCountIs(TARGET, 0);
  });

  test('takes a key, for the copy of its image', () => {
    const stack = newStack();
    endpointIn(stack, {}, { encryptionKey: new kms.Key(stack, 'Key') });
    Template.fromStack(stack).hasResourceProperties(CONFIG, {
      KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
    });
  });

  test('is watched by alarms, which roll a deployment back', () => {
    const stack = newStack();
    expect(endpointIn(stack, {}, { alarms: {} }).alarms).toHaveLength(2);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE' } } },
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('warns of a shift in steps, which nobody has described', () => {
    const stack = newStack();
    endpointIn(stack, {}, { deployment: { type: 'CANARY', canarySize: { percent: 10 } } });
    Annotations.fromStack(stack).hasWarning(
      '/Serving/Loans',
      'AWS does not say whether SageMaker shifts the traffic of a serverless endpoint in steps (CANARY) [ack: sagemaker-cdk:serverless-traffic-shift]',
    );
  });

  describe('with provisioned concurrency', () => {
    const scaling = { minConcurrency: 2, maxConcurrency: 8, utilization: 0.7 };

    test('scales by its use', () => {
      const stack = newStack();
      endpointIn(stack, { provisionedConcurrency: 2, scaling });
      const template = Template.fromStack(stack);
      template.hasResourceProperties(CONFIG, {
        ProductionVariants: [Match.objectLike({ ServerlessConfig: Match.objectLike({ ProvisionedConcurrency: 2 }) })],
      });
      template.hasResource(TARGET, {
        Properties: {
          ServiceNamespace: 'sagemaker',
          ScalableDimension: 'sagemaker:variant:DesiredProvisionedConcurrency',
          ResourceId: 'endpoint/loans/variant/All',
          MinCapacity: 2,
          MaxCapacity: 8,
        },
        DependsOn: ['Loans06669F46'],
      });
      template.hasResourceProperties(POLICY, {
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantProvisionedConcurrencyUtilization' },
          TargetValue: 0.7,
          ScaleInCooldown: 300,
          ScaleOutCooldown: 300,
        },
      });
      template.hasResourceProperties('AWS::SageMaker::Endpoint', { RetainAllVariantProperties: true });
    });

    test('scales by the clock', () => {
      const stack = newStack();
      const morning = { name: 'Morning', schedule: Schedule.cron({ hour: '7', minute: '0' }), min: 8 };
      endpointIn(stack, {
        provisionedConcurrency: 2,
        scaling: { ...scaling, utilization: undefined, schedules: [{ ...morning, timeZone: TimeZone.ASIA_TOKYO }] },
      });
      const template = Template.fromStack(stack);
      template.hasResourceProperties(TARGET, {
        ScheduledActions: [
          {
            ScheduledActionName: 'Morning',
            Schedule: 'cron(0 7 * * ? *)',
            Timezone: 'Asia/Tokyo',
            ScalableTargetAction: { MinCapacity: 8 },
          },
        ],
      });
      template.resourceCountIs(POLICY, 0);
    });

    const RULE =
      "serverless.scaling' must have 'utilization' or a schedule if 'minConcurrency' is below 'maxConcurrency', and no 'utilization' if they are equal without a schedule, got: ";
    test.each<[Partial<ServerlessCapacity>, string]>([
      [{ maxConcurrency: 0 }, "serverless.maxConcurrency' must be a whole number from 1 to 200, got: 0"],
      [{ maxConcurrency: 201 }, "serverless.maxConcurrency' must be a whole number from 1 to 200, got: 201"],
      [
        { provisionedConcurrency: 11 },
        "serverless.provisionedConcurrency' must be a whole number of at least 1 and at most 'maxConcurrency' (10), got: 11",
      ],
      [
        { provisionedConcurrency: 0 },
        "serverless.provisionedConcurrency' must be a whole number of at least 1 and at most 'maxConcurrency' (10), got: 0",
      ],
      [
        { scaling },
        "serverless.provisionedConcurrency' must be given with 'scaling': the concurrency to begin with, got: none",
      ],
      [
        { provisionedConcurrency: 1, scaling: { ...scaling, minConcurrency: 0 } },
        "serverless.scaling.minConcurrency' must be a whole number of at least 1, got: 0",
      ],
      [
        { provisionedConcurrency: 1, scaling: { ...scaling, maxConcurrency: 11 } },
        "serverless.scaling.maxConcurrency' must be a whole number of at least 'minConcurrency' (2) and at most 'maxConcurrency' of the variant (10), got: 11",
      ],
      [
        { provisionedConcurrency: 1, scaling: { ...scaling, maxConcurrency: 1 } },
        "serverless.scaling.maxConcurrency' must be a whole number of at least 'minConcurrency' (2) and at most 'maxConcurrency' of the variant (10), got: 1",
      ],
      [
        { provisionedConcurrency: 1, scaling: { ...scaling, utilization: 1 } },
        "serverless.scaling.utilization' must be above 0 and below 1, got: 1",
      ],
      [{ provisionedConcurrency: 1, scaling: { ...scaling, utilization: undefined } }, `${RULE}neither`],
      [{ provisionedConcurrency: 1, scaling: { ...scaling, maxConcurrency: 2 } }, `${RULE}0.7`],
      [
        {
          provisionedConcurrency: 1,
          scaling: {
            ...scaling,
            schedules: [{ name: 'Noon', schedule: Schedule.expression('cron(0 12 * * ? *)'), max: 11 }],
          },
        },
        "serverless.scaling.schedules[0].max' must be a whole number of at least 1 and at most 10, got: 11",
      ],
    ])('fails with %j', (serverless, message) => {
      rejected(() => endpointIn(newStack(), serverless), `'variants[0].${message}`);
    });
  });

  describe('refuses', () => {
    test('data capture', () => {
      const stack = newStack();
      rejected(
        () => endpointIn(stack, {}, { dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'captured') } }),
        "'dataCapture' must be left out, since SageMaker captures nothing of a serverless endpoint, got: a data capture",
      );
    });

    test('a model in a VPC', () => {
      const stack = newStack();
      const model = new Model(stack, 'Model', {
        image: ContainerImage.xgboost('1.7-1'),
        vpc: new ec2.Vpc(stack, 'Vpc'),
      });
      rejected(
        () => endpointIn(stack, {}, { model }),
        "'variants[0].model' must be left out, since a serverless endpoint reaches no VPC, got: a model in a VPC",
      );
    });

    test('an isolated model', () => {
      const stack = newStack();
      const model = new Model(stack, 'Model', { image: ContainerImage.xgboost('1.7-1'), isolateNetwork: true });
      rejected(
        () => endpointIn(stack, {}, { model }),
        "'variants[0].model' must be left out, since a serverless endpoint cannot isolate a container, got: an isolated model",
      );
    });

    test('an image for GPUs, and takes the one for other processors', () => {
      const modelFor = (stack: Stack, processor: 'cpu' | 'gpu') =>
        new Model(stack, 'Model', { image: ContainerImage.pytorch('2.6.0', { scope: 'inference', processor }) });
      rejected(() => {
        const stack = newStack();
        endpointIn(stack, {}, { model: modelFor(stack, 'gpu') });
      }, "'variants[0].model' must be left out, since a serverless endpoint has no GPU, got: images for GPUs");
      const stack = newStack();
      expect(() => endpointIn(stack, {}, { model: modelFor(stack, 'cpu') })).not.toThrow();
    });

    test.each<[ModelDemand, string, string]>([
      ['multiModel', 'a serverless endpoint hosts one model', 'multi-model containers'],
      ['severalContainers', 'a serverless endpoint runs one container', 'inference pipelines and several containers'],
    ])('a model that says %s', (demand, why, feature) => {
      const stack = newStack();
      const { modelName, modelRef, role, env, node } = modelIn(stack);
      const model: IModel = { modelName, modelRef, role, env, node, demands: [demand], with: () => model };
      rejected(
        () => endpointIn(stack, {}, { model }),
        `'variants[0].model' must be left out, since ${why}, got: ${feature}`,
      );
    });

    test('a rolling deployment', () => {
      rejected(
        () => endpointIn(newStack(), {}, { deployment: { type: 'ROLLING', maximumBatchSize: { percent: 10 } } }),
        "'deployment.type' must be left out, since SageMaker rolls no serverless endpoint, got: ROLLING",
      );
    });

    test('steps of so many instances', () => {
      rejected(
        () => endpointIn(newStack(), {}, { deployment: { type: 'CANARY', canarySize: { instances: 1 } } }),
        "'deployment.canarySize.instances' must be left out for a serverless variant: give a percentage, got: 1",
      );
    });

    test('asynchronous requests', () => {
      const stack = newStack();
      const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
      const async = { input: { bucket, prefix: 'in' }, output: { bucket, prefix: 'out' } };
      rejected(
        () => endpointIn(stack, {}, { async }),
        "'variants[0].serverless' must be left out, since requests are queued for instances, which a serverless variant has not, got: serverless",
      );
    });

    test('several variants, at the compiler and at synthesis', () => {
      const stack = newStack();
      const variant: ServerlessVariant = { name: 'All', model: modelIn(stack), serverless: valid };
      const pair = [variant, { ...variant, name: 'More' }] as const;
      // @ts-expect-error: one serverless variant
      const props: EndpointProps = { variants: pair };
      rejected(
        () => new Endpoint(stack, 'Loans', props),
        "'variants' must hold one variant, since a serverless endpoint has one variant, got: 2",
      );
      // @ts-expect-error: nor beside one on instances
      const mixed: EndpointProps = { variants: [variant, variantIn(stack, 'Champion')] };
      expect(mixed.variants).toHaveLength(2);
    });

    test('instances, and memory of other sizes, at the compiler', () => {
      const model = modelIn(newStack());
      const variants: ServerlessVariant[] = [
        // @ts-expect-error: no instances
        { name: 'All', model, serverless: valid, instanceType: 'ml.m5.large' },
        // @ts-expect-error: no volumes
        { name: 'All', model, serverless: valid, volumeSizeGiB: 5 },
        // @ts-expect-error: whole GiB up to 6
        { name: 'All', model, serverless: { memorySizeMiB: 1536, maxConcurrency: 1 } },
      ];
      expect(variants).toHaveLength(3);
    });
  });
});
