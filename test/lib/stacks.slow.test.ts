import type { Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { presets } from '../../lib/settings';
import { Pipeline } from '../../constructs/pipeline';
import { type DefinedStep, definitionOf } from '../support/definition';
import { withBranches } from '../support/definition-parts';
import { sharedAppOf, templateOf, type ResourceJson, type TemplateJson } from '../support/app';

const isOf =
  (type: string) =>
  ({ Type }: ResourceJson) =>
    Type === type;

interface SdkCall {
  readonly parameters: { readonly Name: string };
}

type Preset = keyof typeof presets;
const allPresets = Object.keys(presets) as Preset[];

function resourcesOf(preset: Preset): readonly ResourceJson[] {
  return Object.values<Stack>({ ...sharedAppOf(preset).stacks }).flatMap(stack =>
    Object.values(templateOf(stack).Resources),
  );
}

describe('an empty account', () => {
  const { stacks } = sharedAppOf('sandbox');

  test('deploys Serving without a model: nothing is made while no version is approved', () => {
    const unconditional = Object.values(templateOf(stacks.serving).Resources).filter(({ Condition }) => !Condition);
    expect(unconditional.map(({ Type }) => Type).sort()).toEqual([]);
  });

  test('deploys Monitoring without a model: nothing is made while no version is approved', () => {
    expect(Object.values(templateOf(stacks.monitoring).Resources).filter(({ Condition }) => !Condition)).toEqual([]);
  });

  test('a stack that reads the approved version has a condition that is false while the parameter is none', () => {
    const { Conditions = {}, Parameters = {} } = templateOf(stacks.serving);
    const arn = '/sandbox/credit-risk/approved/model-package-arn';
    const parameter = Object.keys(Parameters).find(name => Parameters[name]?.Default === arn) ?? '';
    expect(Parameters[parameter]?.Type).toBe('AWS::SSM::Parameter::Value<String>');
    expect(Object.values(Conditions)).toContainEqual({
      'Fn::Not': [{ 'Fn::Equals': [{ Ref: parameter }, 'none'] }],
    });
  });

  test('the stacks that read SSM parameters come after the stack that makes them, and Monitoring after Serving', () => {
    expect(stacks.serving.dependencies).toContain(stacks.build);
    expect(stacks.monitoring.dependencies).toContain(stacks.serving);
  });

  test('the parameters that Serving and Monitoring read are made in Build', () => {
    const made = Object.values(templateOf(stacks.build).Resources)
      .filter(({ Type }) => Type === 'Custom::ApprovedModelParameter')
      .map(({ Properties }) => (JSON.parse(String(Properties.Create)) as SdkCall).parameters.Name);
    const read = [stacks.serving, stacks.monitoring]
      .flatMap(stack => Object.values(templateOf(stack).Parameters ?? {}))
      .map(({ Default }) => String(Default))
      .filter(name => name.startsWith('/sandbox/'));
    expect(read).toHaveLength(6);
    expect(read.filter(name => !made.includes(name))).toEqual([]);
  });
});

describe('the approval workflow', () => {
  test('updates the stacks of this deployment by their names, Serving before Monitoring', () => {
    const { stacks } = sharedAppOf('production');
    const machines = Template.fromStack(stacks.build).findResources('AWS::StepFunctions::StateMachine');
    const text = JSON.stringify(machines);
    expect(text).toContain(stacks.serving.stackName);
    expect(text.indexOf(stacks.serving.stackName)).toBeLessThan(text.indexOf(stacks.monitoring.stackName));
  });

  test('watches the group that the pipeline registers in', () => {
    const { build } = sharedAppOf('sandbox').stacks;
    Template.fromStack(build).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        'detail-type': ['SageMaker Model Package State Change'],
        detail: { ModelPackageGroupName: [{ 'equals-ignore-case': 'sandbox-credit-risk' }] },
      }),
    });
    const definition = JSON.stringify(Template.fromStack(build).findResources('AWS::SageMaker::Pipeline'));
    expect(definition).toContain('\\"ModelPackageGroupName\\":\\"sandbox-credit-risk\\"');
  });
});

describe.each(allPresets)('preset %s', preset => {
  const { retainData, vpcOnly, customerManagedKey } = presets[preset];
  const resources = resourcesOf(preset);
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type);

  test(`${retainData ? 'retains' : 'deletes'} data, registry and domain`, () => {
    const stateful = [
      'AWS::S3::Bucket',
      'AWS::SageMaker::ModelPackageGroup',
      'AWS::SageMaker::Domain',
      'AWS::KMS::Key',
    ];
    const policies = resources
      .filter(({ Type }) => stateful.includes(Type))
      .map(resource => (resource as ResourceJson & { DeletionPolicy?: string }).DeletionPolicy);
    expect(new Set(policies)).toEqual(new Set([retainData ? 'Retain' : 'Delete']));
  });

  test(`${vpcOnly ? 'keeps' : 'does not keep'} jobs, models and Studio inside the VPC`, () => {
    expect(ofType('AWS::SageMaker::Domain').map(({ Properties }) => Properties.AppNetworkAccessType)).toEqual([
      vpcOnly ? 'VpcOnly' : 'PublicInternetOnly',
    ]);
    const models = ofType('AWS::SageMaker::Model').map(({ Properties }) => 'VpcConfig' in Properties);
    expect([...new Set(models)]).toEqual([vpcOnly]);
    const pipelines = sharedAppOf(preset)
      .stacks.build.node.findAll()
      .filter(each => each instanceof Pipeline);
    const steps = pipelines.flatMap(pipeline => definitionOf(pipeline).Steps.flatMap(withBranches));
    // What has no place for a network, as a transform job, which runs where its model does; a model in a branch is the one on
    // trial, which runs where its endpoint does. Bedrock and EMR have their own.
    const others = [
      'Transform',
      'RegisterModel',
      'Condition',
      'Fail',
      'Lambda',
      'Callback',
      'Lineage',
      'Endpoint',
    ].concat(
      ['InferenceComponent', 'EMR', 'EMRServerless', 'BedrockModelImport', 'BedrockCustomModel'],
      ['BedrockCustomModelDeployment', 'BedrockProvisionedModelThroughput'],
    );
    const onTrial = pipelines
      .flatMap(pipeline => definitionOf(pipeline).Steps)
      .flatMap(step =>
        withBranches(step)
          .slice(1)
          .filter(({ Type }) => Type === 'Model')
          .map(({ DependsOn }) => JSON.stringify(DependsOn)),
      );
    expect(onTrial).toEqual(preset === 'showcase' ? ['["AskPerson"]'] : []);
    const inVpc = steps.filter(
      ({ Type, Arguments }) => Type !== 'Condition' && JSON.stringify(Arguments).includes('VpcConfig'),
    );
    const isOnTrial = ({ Type, DependsOn }: DefinedStep) =>
      Type === 'Model' && onTrial.includes(JSON.stringify(DependsOn));
    const expected = vpcOnly ? steps.filter(step => !others.includes(step.Type) && !isOnTrial(step)) : [];
    expect(inVpc.map(({ Name }) => Name)).toEqual(expected.map(({ Name }) => Name));
    expect(ofType('AWS::EC2::NatGateway')).toEqual([]);
  });

  test(`encrypts with ${customerManagedKey ? 'a key of the account' : 'keys of the services'}`, () => {
    expect(ofType('AWS::KMS::Key')).toHaveLength(customerManagedKey ? 1 : 0);
    const config = ofType('AWS::SageMaker::EndpointConfig').map(({ Properties }) => Properties);
    expect(new Set(config.map(properties => 'KmsKeyId' in properties))).toEqual(new Set([customerManagedKey]));
  });

  test('gives no name to a resource that CloudFormation replaces', () => {
    const named = ofType('AWS::SageMaker::Model').concat(ofType('AWS::SageMaker::EndpointConfig'));
    expect(named.filter(({ Properties }) => 'ModelName' in Properties || 'EndpointConfigName' in Properties)).toEqual(
      [],
    );
  });
});

describe('an alarm', () => {
  const { stacks } = sharedAppOf('production', { alertEmail: 'me@example.com' });
  const templates = Object.values<Stack>({ ...stacks }).map(stack => templateOf(stack));
  const alarms = templates.flatMap(({ Resources }) => Object.values(Resources)).filter(isOf('AWS::CloudWatch::Alarm'));
  const alertsOf = (template: TemplateJson) =>
    Object.keys(template.Resources).find(id => id.startsWith('Alerts')) ?? '';

  test('of the pipeline, of the endpoint and of the monitor notifies the topic of alerts', () => {
    const topic = alertsOf(templateOf(stacks.build));
    expect(alarms.length).toBeGreaterThanOrEqual(6);
    for (const { Properties } of alarms) {
      expect(JSON.stringify(Properties.AlarmActions)).toContain(topic);
    }
  });

  test('may publish to the topic and use its key, if it is of this account', () => {
    const ofThisAccount = {
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnLike: Match.objectLike({ 'aws:SourceArn': Match.anyValue() }),
    };
    const principal = { Service: 'cloudwatch.amazonaws.com' };
    const allowed = (statement: object) =>
      Match.arrayWith([
        Match.objectLike({ Effect: 'Allow', Principal: principal, Condition: ofThisAccount, ...statement }),
      ]);
    Template.fromStack(stacks.build).hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: { Statement: allowed({ Action: 'sns:Publish' }) },
    });
    Template.fromStack(stacks.data).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: { Statement: allowed({ Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] }) },
    });
  });

  test('has a rule beside it that tells of an execution that failed', () => {
    Template.fromStack(stacks.build).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        detail: Match.objectLike({ currentPipelineExecutionStatus: ['Failed', 'Stopped'] }),
      }),
      Targets: [
        Match.objectLike({
          Arn: { Ref: Match.stringLikeRegexp('^Alerts') },
          RoleArn: Match.anyValue(),
          InputTransformer: Match.anyValue(),
        }),
      ],
    });
  });

  test('is not needed for a monitor that fails: a rule publishes that', () => {
    Template.fromStack(stacks.monitoring).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ ProcessingJobStatus: ['Failed', 'Stopped'] }) }),
      Targets: [Match.objectLike({ RoleArn: Match.anyValue() })],
    });
  });
});

test('a user of Studio runs the pipeline and reads the registry, but cannot approve', () => {
  const { studio } = sharedAppOf('sandbox').stacks;
  const statements = JSON.stringify(Template.fromStack(studio).findResources('AWS::IAM::Policy'));
  expect(statements).toContain('sagemaker:StartPipelineExecution');
  expect(statements).toContain('sagemaker:ListModelPackages');
  expect(statements).not.toContain('sagemaker:UpdateModelPackage');
});

describe('settings', () => {
  test('an endpoint of fixed size is not scaled, so that its instance type can change in one deployment', () => {
    const targets = (max: number) =>
      Template.fromStack(
        sharedAppOf('production', { endpointMinInstances: 2, endpointMaxInstances: max }).stacks.serving,
      ).findResources('AWS::ApplicationAutoScaling::ScalableTarget');
    expect(Object.keys(targets(2))).toEqual([]);
    expect(Object.values(targets(4))).toEqual([
      expect.objectContaining({ Properties: expect.objectContaining({ MinCapacity: 2, MaxCapacity: 4 }) as unknown }),
    ]);
  });

  test('an endpoint whose local storage the hardware encrypts gets no key', () => {
    const { serving } = sharedAppOf('production', { endpointInstanceType: 'ml.g5.xlarge' }).stacks;
    Template.fromStack(serving).hasResourceProperties('AWS::SageMaker::EndpointConfig', { KmsKeyId: Match.absent() });
  });

  test('alertEmail subscribes to alarms and to failed deployments', () => {
    const { build } = sharedAppOf('sandbox', { alertEmail: 'me@example.com' }).stacks;
    const template = Template.fromStack(build);
    const email = { Protocol: 'email', Endpoint: 'me@example.com' };
    template.resourceCountIs('AWS::SNS::Subscription', 2);
    for (const topic of ['^Alerts', '^ApprovedFailures']) {
      template.hasResourceProperties('AWS::SNS::Subscription', {
        ...email,
        TopicArn: { Ref: Match.stringLikeRegexp(topic) },
      });
    }
  });

  test('managedChecks false checks and watches in jobs of our own', () => {
    const { stacks } = sharedAppOf('sandbox', { managedChecks: false });
    const definition = JSON.stringify(templateOf(stacks.build));
    expect(definition).not.toContain('QualityCheck');
    expect(definition).not.toContain('ClarifyCheck');
    expect(definition.match(/code\/analyze\.py/g)).toHaveLength(5);
    expect(definition).toContain('RegisterModel');
    Template.fromStack(stacks.monitoring).resourceCountIs('AWS::SageMaker::MonitoringSchedule', 0);
    Template.fromStack(stacks.monitoring).resourceCountIs('AWS::Scheduler::Schedule', 1);
    Template.fromStack(stacks.monitoring).resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });

  test.each([
    ['eu-central-1', {}, ['DataQuality', 'ModelQuality', 'ModelBias', 'ModelExplainability'], 0],
    ['eu-central-1', { allMonitors: false }, ['DataQuality'], 0],
    ['eu-central-1', { managedChecks: false }, [], 4],
    // CloudFormation has no job definitions there.
    ['cn-north-1', {}, ['DataQuality'], 3],
    ['us-gov-west-1', {}, [], 4],
  ])('in %s with %j Model Monitor watches %j, and the open analysis %d kinds', (region, overrides, kinds, open) => {
    const settings = { region, account: '111122223333', allMonitors: true, ...overrides };
    const { monitoring } = sharedAppOf('sandbox', settings).stacks;
    // Labels land whether there is a version to watch or not; the function that writes files belongs to the stack.
    const others = /^(Labels|AWS679f53fac002430cb0da5b7982bd2287|DeployedFileLogs)/;
    const ofMonitors = Object.entries(templateOf(monitoring).Resources).filter(([id]) => !others.test(id));
    const resources = ofMonitors.map(([, resource]) => resource);
    const schedules = resources.filter(isOf('AWS::SageMaker::MonitoringSchedule')).map(({ Properties }) => {
      const config = Properties.MonitoringScheduleConfig as { MonitoringType?: string };
      return config.MonitoringType ?? 'DataQuality';
    });
    expect(schedules).toEqual(kinds);
    expect(resources.filter(isOf('AWS::Scheduler::Schedule'))).toHaveLength(open);
    // Nothing is there while no version is approved.
    expect(resources.filter(({ Condition }) => !Condition)).toEqual([]);
    const watching = kinds.length + open;
    expect(resources.filter(isOf('AWS::CloudWatch::Alarm'))).toHaveLength(watching === 4 ? 7 : 3);
    // One for jobs that end well, one for those that fail.
    expect(resources.filter(isOf('AWS::Events::Rule'))).toHaveLength(2 * watching);
  });

  test('the open monitors have the alarms of the managed ones, and the dashboard', () => {
    const alike = (managedChecks: boolean) => {
      const { monitoring } = sharedAppOf('showcase', { managedChecks }).stacks;
      const resources = Object.entries(templateOf(monitoring).Resources);
      return resources.filter(([, { Type }]) => Type.startsWith('AWS::CloudWatch::'));
    };
    expect(alike(false)).toEqual(alike(true));
    expect(alike(false).length).toBeGreaterThan(4);
  });

  test('prefix keeps two deployments apart', () => {
    const names = (prefix: string) =>
      Object.values<Stack>({ ...sharedAppOf('sandbox', { prefix }).stacks }).flatMap(stack => [
        stack.stackName,
        ...[
          ...JSON.stringify(templateOf(stack)).matchAll(
            /"(?:EndpointName|PipelineName|ModelPackageGroupName)":"([^"]*)"/g,
          ),
        ].map(([, name]) => name),
      ]);
    const first = names('First');
    expect(first.length).toBeGreaterThan(8);
    expect(names('Second').filter(name => first.includes(name))).toEqual([]);
  });

  test.each([
    ['ALL_AT_ONCE', { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 300 }],
    ['CANARY', { Type: 'CANARY', CanarySize: { Type: 'CAPACITY_PERCENT', Value: 10 }, WaitIntervalInSeconds: 300 }],
    ['LINEAR', { Type: 'LINEAR', LinearStepSize: { Type: 'CAPACITY_PERCENT', Value: 25 }, WaitIntervalInSeconds: 300 }],
  ] as const)('trafficShift %s', (trafficShift, expected) => {
    const { serving } = sharedAppOf('production', { trafficShift }).stacks;
    Template.fromStack(serving).hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: {
        BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: expected },
        AutoRollbackConfiguration: { Alarms: Match.anyValue() },
      },
    });
  });

  test.each([
    ['us-gov-west-1', { space: 0, group: 0, monitor: 0 }],
    ['cn-north-1', { space: 0, group: 1, monitor: 1 }],
    ['eu-central-1', { space: 1, group: 1, monitor: 1 }],
  ])('in %s what the region lacks is left out', (region, expected) => {
    const { studio, data, monitoring } = sharedAppOf('sandbox', { region, account: '111122223333' }).stacks;
    Template.fromStack(studio).resourceCountIs('AWS::SageMaker::Space', expected.space);
    Template.fromStack(data).resourceCountIs('AWS::SageMaker::FeatureGroup', expected.group);
    Template.fromStack(monitoring).resourceCountIs('AWS::SageMaker::MonitoringSchedule', expected.monitor);
  });
});
