import { App, Aspects, CfnCondition, CfnResource, Duration, Fn, Stack, type IAspect } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Endpoint, Model, type InstanceVariant } from '../../constructs/endpoint';
import { endpointIn, newStack, pairIn, roleIn, variantIn } from '../support/endpoints';

const CONFIG = 'AWS::SageMaker::EndpointConfig';
const ENDPOINT = 'AWS::SageMaker::Endpoint';

describe('Endpoint', () => {
  describe('with one variant', () => {
    test('creates a configuration without a name and an endpoint with one, and nothing else', () => {
      const stack = newStack();
      endpointIn(stack);
      const template = Template.fromStack(stack);
      template.hasResource(CONFIG, {
        Properties: {
          EndpointConfigName: Match.absent(),
          ProductionVariants: [
            {
              VariantName: 'Champion',
              ModelName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ChampionModel'), 'ModelName'] },
              InstanceType: 'ml.m5.large',
              InitialInstanceCount: 1,
              InitialVariantWeight: 1,
              VolumeSizeInGB: Match.absent(),
              RoutingConfig: Match.absent(),
            },
          ],
          DataCaptureConfig: Match.absent(),
          KmsKeyId: Match.absent(),
        },
      });
      template.hasResourceProperties(ENDPOINT, {
        EndpointName: 'loans',
        EndpointConfigName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LoansConfig'), 'EndpointConfigName'] },
        DeploymentConfig: Match.absent(),
        RetainAllVariantProperties: Match.absent(),
        ExcludeRetainedVariantProperties: Match.absent(),
        RetainDeploymentConfig: Match.absent(),
      });
      const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(r => r.Type);
      expect(types.sort()).toEqual(['AWS::IAM::Policy', 'AWS::IAM::Role', ENDPOINT, CONFIG, 'AWS::SageMaker::Model']);
    });

    test('has a literal, lower-case name from its path, and a reference that depends on the endpoint', () => {
      const stack = newStack();
      const endpoint = endpointIn(stack, { endpointName: undefined });
      expect(endpoint.endpointName).toMatch(/^serving-loans-[0-9a-f]{8}$/);
      expect(stack.resolve(endpoint.endpointRef)).toEqual({ endpointArn: { Ref: 'Loans06669F46' } });
      Template.fromStack(stack).hasResourceProperties(ENDPOINT, { EndpointName: endpoint.endpointName });
    });

    test('passes every prop of the variant on', () => {
      const stack = newStack();
      endpointIn(stack, {
        variant: {
          instanceCount: 3,
          initialWeight: 0.5,
          volumeSizeGiB: 30,
          modelDownloadTimeout: Duration.minutes(10),
          containerStartupTimeout: Duration.minutes(5),
          routingStrategy: 'LEAST_OUTSTANDING_REQUESTS',
        },
      });
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        ProductionVariants: [
          Match.objectLike({
            InitialInstanceCount: 3,
            InitialVariantWeight: 0.5,
            VolumeSizeInGB: 30,
            ModelDataDownloadTimeoutInSeconds: 600,
            ContainerStartupHealthCheckTimeoutInSeconds: 300,
            RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
          }),
        ],
      });
    });

    test('takes instance types of SageMaker only', () => {
      const stack = newStack();
      // @ts-expect-error: an EC2 type, without 'ml.'
      const variant = variantIn(stack, 'A', { instanceType: 'm5.large' });
      expect(variant.instanceType).toBe('m5.large');
    });
  });

  test('spreads the traffic over several variants by weight', () => {
    const stack = newStack();
    pairIn(stack, { initialWeight: 9 }, { initialWeight: 1 });
    Template.fromStack(stack).hasResourceProperties(CONFIG, {
      ProductionVariants: [
        Match.objectLike({ VariantName: 'Champion', InitialVariantWeight: 9 }),
        Match.objectLike({ VariantName: 'Challenger', InitialVariantWeight: 1 }),
      ],
    });
  });

  describe('validation', () => {
    test.each<[Partial<InstanceVariant>, string]>([
      [{ name: 'A_B' }, "name' must be 1 to 63 letters, digits and -, with no - at either end, got: A_B"],
      [{ name: '' }, "name' must be 1 to 63 letters, digits and -, with no - at either end, got: "],
      [{ instanceCount: 0 }, "instanceCount' must be a whole number of at least 1, got: 0"],
      [{ initialWeight: -1 }, "initialWeight' must be at least 0, got: -1"],
      [{ volumeSizeGiB: 513 }, "volumeSizeGiB' must be a whole number from 1 to 512, got: 513"],
      [
        { volumeSizeGiB: 30, instanceType: 'ml.g5.xlarge' },
        "volumeSizeGiB' must be left out for ml.g5.xlarge, which has local storage of a fixed size, got: 30",
      ],
      [
        { modelDownloadTimeout: Duration.seconds(59) },
        "modelDownloadTimeout' must last 60 to 3600 seconds, got: 59 seconds",
      ],
      [
        { containerStartupTimeout: Duration.seconds(3601) },
        "containerStartupTimeout' must last 60 to 3600 seconds, got: 3601 seconds",
      ],
    ])('fails with the variant %j', (variant, message) => {
      expect(() => endpointIn(newStack(), { variant })).toThrow(new Error(`Serving/Loans: 'variants[0].${message}`));
    });

    test('fails without variants, and with too many', () => {
      const stack = newStack();
      const model = new Model(stack, 'Model', { modelPackageArn: Fn.ref('Package') });
      const variants = (count: number) =>
        Array.from({ length: count }, (_, i): InstanceVariant => ({
          name: `V${i}`,
          model,
          instanceType: 'ml.m5.large',
        }));
      for (const count of [0, 11]) {
        expect(() => new Endpoint(stack, `Loans${count}`, { variants: variants(count) })).toThrow(
          new Error(`Serving/Loans${count}: 'variants' must hold 1 to 10 variants, got: ${count}`),
        );
      }
    });

    test('fails when two variants have one name', () => {
      const stack = newStack();
      const variant = variantIn(stack, 'A');
      expect(() => new Endpoint(stack, 'Loans', { variants: [variant, variant] })).toThrow(
        new Error("Serving/Loans: 'variants' must have different names, got: A"),
      );
    });

    test('fails when no variant gets traffic', () => {
      expect(() => pairIn(newStack(), { initialWeight: 0 }, { initialWeight: 0 })).toThrow(
        new Error("Serving/Loans: 'variants' must have a positive 'initialWeight' somewhere, got: 0, 0"),
      );
    });

    test.each(['Loans', '-', 'a_b', ''])('fails when the name is %j', endpointName => {
      expect(() => endpointIn(newStack(), { endpointName })).toThrow(
        new Error(
          `Serving/Loans: 'endpointName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: ${endpointName}`,
        ),
      );
    });

    test('fails when the name is known at deployment only', () => {
      const endpointName = Fn.ref('Name');
      expect(() => endpointIn(newStack(), { endpointName })).toThrow(
        new Error(
          `Serving/Loans: 'endpointName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: ${endpointName}`,
        ),
      );
    });
  });

  describe('in an app', () => {
    const full = (stack: Stack) =>
      endpointIn(stack, {
        alarms: {},
        dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'captured') },
        variant: { scaling: { minInstances: 1, maxInstances: 2, invocationsPerInstance: 60 } },
      });

    test('leaves nothing for cdk-nag to find', () => {
      const stack = newStack();
      full(stack);
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    });

    test('leaves nothing for cdk-nag to find when it captures to a bucket of another stack', () => {
      const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
      const bucket = new s3.Bucket(new Stack(app, 'Data'), 'Captured');
      const stack = new Stack(app, 'Serving');
      endpointIn(stack, { dataCapture: { bucket } });
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
      app.synth();
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    });

    test('can be left out by a condition as a whole: nothing outside refers to what is inside', () => {
      const stack = newStack();
      const endpoint = full(stack);
      endpoint.grants.invoke(roleIn(stack));
      const condition = new CfnCondition(stack, 'Approved', { expression: Fn.conditionEquals('a', 'b') });
      const conditional: IAspect = {
        visit: node => {
          if (CfnResource.isCfnResource(node)) {
            node.cfnOptions.condition = condition;
          }
        },
      };
      for (const part of [endpoint, stack.node.findChild('ChampionModel')]) {
        Aspects.of(part).add(conditional);
      }
      const template = Template.fromStack(stack).toJSON() as {
        Resources: Record<string, { Condition?: string }>;
        Outputs?: unknown;
      };
      const inside = Object.entries(template.Resources).filter(([, { Condition }]) => Condition === 'Approved');
      const outside = JSON.stringify(Object.values(template.Resources).filter(({ Condition }) => !Condition));
      expect(inside.length).toBeGreaterThan(8);
      expect(inside.filter(([id]) => outside.includes(`"${id}"`))).toEqual([]);
      expect(template.Outputs).toBeUndefined();
    });
  });
});
