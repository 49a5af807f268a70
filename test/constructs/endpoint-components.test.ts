import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ComponentEndpoint, type ComponentEndpointProps } from '../../constructs/endpoint';
import { templateOf } from '../support/app';
import { dependenciesOf } from '../support/dependencies';

const newStack = () => new Stack(new App(), 'Serving');

const hostIn = (stack: Stack, overrides: Partial<ComponentEndpointProps> = {}) =>
  new ComponentEndpoint(stack, 'Shared', {
    endpointName: 'shared',
    instanceType: 'ml.m5.large',
    minInstances: 0,
    maxInstances: 2,
    ...overrides,
  });

type Statement = Readonly<Record<string, unknown>>;
function statementsOf(stack: Stack, id: string): Statement[] {
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies
    .filter(([name]) => name.startsWith(id))
    .flatMap(
      ([, policy]) =>
        (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument.Statement,
    );
}

describe('ComponentEndpoint', () => {
  test('has a role, one variant without a model, and instances from none to some, one of them at the start', () => {
    const stack = newStack();
    hostIn(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      EndpointConfigName: Match.absent(),
      ExecutionRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^SharedRole'), 'Arn'] },
      ProductionVariants: [
        {
          VariantName: 'AllTraffic',
          InstanceType: 'ml.m5.large',
          InitialInstanceCount: 1,
          ManagedInstanceScaling: { Status: 'ENABLED', MinInstanceCount: 0, MaxInstanceCount: 2 },
        },
      ],
      VpcConfig: Match.absent(),
      KmsKeyId: Match.absent(),
      EnableNetworkIsolation: Match.absent(),
    });
    template.hasResourceProperties('AWS::SageMaker::Endpoint', { EndpointName: 'shared' });
  });

  test('may write the logs of its components', () => {
    const stack = newStack();
    hostIn(stack);
    expect(JSON.stringify(statementsOf(stack, 'SharedRole'))).toContain('/aws/sagemaker/InferenceComponents/*');
  });

  test('waits for the policies of its role', () => {
    const stack = newStack();
    hostIn(stack);
    const config = Object.keys(Template.fromStack(stack).findResources('AWS::SageMaker::EndpointConfig'))[0] ?? '';
    expect(dependenciesOf(templateOf(stack), config)).toContainEqual(expect.stringMatching(/^SharedRoleDefaultPolicy/));
  });

  test('takes everything else', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const encryptionKey = new kms.Key(stack, 'Key');
    const role = new iam.Role(stack, 'Given', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const host = hostIn(stack, {
      endpointName: undefined,
      variantName: 'Only',
      minInstances: 2,
      maxInstances: 6,
      instanceCount: 3,
      scaleIn: { strategy: 'CONSOLIDATION', maximumStepSize: 2, cooldown: Duration.minutes(30) },
      routingStrategy: 'LEAST_OUTSTANDING_REQUESTS',
      isolateNetwork: true,
      vpc,
      encryptionKey,
      role,
    });
    expect([host.variantName, host.role]).toEqual(['Only', role]);
    expect(host.endpointName).toMatch(/^serving-?shared/);
    expect(host.connections.securityGroups).toHaveLength(1);
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [
        {
          VariantName: 'Only',
          InitialInstanceCount: 3,
          ManagedInstanceScaling: {
            MinInstanceCount: 2,
            MaxInstanceCount: 6,
            ScaleInPolicy: { Strategy: 'CONSOLIDATION', MaximumStepSize: 2, CooldownInMinutes: 30 },
          },
          RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
        },
      ],
      VpcConfig: { SecurityGroupIds: Match.anyValue(), Subnets: Match.anyValue() },
      KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
      EnableNetworkIsolation: true,
    });
    const actions = statementsOf(stack, 'Given').flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['ec2:CreateNetworkInterface', 'kms:CreateGrant', 'kms:Decrypt']));
  });

  test('releases idle instances, and starts with its minimum', () => {
    const stack = newStack();
    hostIn(stack, { minInstances: 2, scaleIn: { strategy: 'IDLE_RELEASE' } });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [
        { InitialInstanceCount: 2, ManagedInstanceScaling: { ScaleInPolicy: { Strategy: 'IDLE_RELEASE' } } },
      ],
    });
  });

  test('has metrics of its variant', () => {
    expect(hostIn(newStack()).metricCpuUtilization().dimensions).toEqual({
      EndpointName: 'shared',
      VariantName: 'AllTraffic',
    });
  });

  test('fails to give connections outside a VPC', () => {
    expect(() => hostIn(newStack()).connections).toThrow(
      new Error("Serving/Shared: 'vpc' must be given for the endpoint to have network connections, got: none"),
    );
  });

  test.each<[Partial<ComponentEndpointProps>, string]>([
    [
      { endpointName: 'Shared' },
      "'endpointName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: Shared",
    ],
    [{ variantName: 'a_b' }, "'variantName' must be 1 to 63 letters, digits and -, with no - at either end, got: a_b"],
    [{ minInstances: -1 }, "'minInstances' must be a whole number of at least 0, got: -1"],
    [{ maxInstances: 0 }, "'maxInstances' must be a whole number of at least 1 and 'minInstances' (0), got: 0"],
    [{ minInstances: 3 }, "'maxInstances' must be a whole number of at least 1 and 'minInstances' (3), got: 2"],
    [{ instanceCount: 0 }, "'instanceCount' must be a whole number from 1 to 'maxInstances' (2), got: 0"],
    [{ instanceCount: 3 }, "'instanceCount' must be a whole number from 1 to 'maxInstances' (2), got: 3"],
    [
      { scaleIn: { strategy: 'CONSOLIDATION', maximumStepSize: 101 } },
      "'scaleIn.maximumStepSize' must be a whole number from 1 to 100, got: 101",
    ],
    [
      { scaleIn: { strategy: 'CONSOLIDATION', cooldown: Duration.minutes(4) } },
      "'scaleIn.cooldown' must last 5 to 1440 whole minutes, got: 4 minutes",
    ],
    [
      {
        instanceType: 'ml.g5.xlarge',
        encryptionKey: kms.Key.fromKeyArn(newStack(), 'K', 'arn:aws:kms:eu-central-1:111122223333:key/k'),
      },
      "'encryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ml.g5.xlarge",
    ],
  ])('fails with %o', (overrides, message) => {
    expect(() => hostIn(newStack(), overrides)).toThrow(new Error(`Serving/Shared: ${message}`));
  });

  test('takes sizes from tokens', () => {
    const stack = newStack();
    const { valueAsNumber: size } = new CfnParameter(stack, 'Size', { type: 'Number' });
    hostIn(stack, { minInstances: size, maxInstances: size });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ProductionVariants: [{ InitialInstanceCount: { Ref: 'Size' } }],
    });
  });
});
