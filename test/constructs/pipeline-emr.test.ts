import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { App, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type EmrCluster, EmrStep, Parameter, Pipeline, type Step } from '../../constructs/pipeline';
import { checkDefinition, definitionOf, definitionTextOf } from '../support/definition';
import { Deployment } from '../support/deployment';
import { callsOf } from '../support/pipeline-calls';
import { allowedTo, type Statement } from '../support/role-policy';
import { simulate } from '../support/simulate';

const env = { account: '111122223333', region: 'eu-central-1' };
const newStack = () => new Stack(new App(), 'Loans', { env });
const roleIn = (stack: Stack, id: string, service: string) =>
  new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal(service) });
const pipelineIn = (stack: Stack, ...steps: Step[]) => {
  const jobRole = roleIn(stack, 'Jobs', 'sagemaker.amazonaws.com');
  const pipeline = new Pipeline(stack, 'Pipeline', { steps, jobRole });
  expect(checkDefinition(definitionOf(pipeline))).toEqual([]);
  return pipeline;
};
const argumentsOf = (stack: Stack, step: Step) => definitionOf(pipelineIn(stack, step)).Steps[0]?.Arguments;
const expectProblem = (stack: Stack, step: Step, problem: string) => {
  expect(() => new Pipeline(stack, 'Pipeline', { steps: [step] })).toThrow(
    new Error(`Loans/Pipeline: step '${step.name}': ${problem}`),
  );
};
const clusterIn = (stack: Stack, overrides: Partial<EmrCluster> = {}): EmrCluster => ({
  releaseLabel: 'emr-7.5.0',
  instances: { InstanceGroups: [{ InstanceRole: 'MASTER', InstanceType: 'm5.xlarge', InstanceCount: 1 }] },
  serviceRole: roleIn(stack, 'Service', 'elasticmapreduce.amazonaws.com'),
  instanceProfile: new iam.InstanceProfile(stack, 'Profile', { role: roleIn(stack, 'Nodes', 'ec2.amazonaws.com') }),
  ...overrides,
});
const jar = 'command-runner.jar';
const clusterId = 'j-1ABCDEFG2HIJK';

const EMR = 'arn:${AWS::Partition}:elasticmapreduce:eu-central-1:111122223333:cluster';
const watches = (rule: string): Statement => ({
  Action: ['events:DescribeRule', 'events:PutRule', 'events:PutTargets'],
  Resource: ['arn:${AWS::Partition}:events:eu-central-1:111122223333:rule/' + rule],
});
const passes = (id: string, service: string): Statement => ({
  Action: ['iam:PassRole'],
  Resource: [expect.stringMatching(new RegExp(`^\\$\\{${id}[0-9A-F]{8}\\.Arn\\}$`)) as string],
  Condition: { StringLike: { 'iam:PassedToService': `${service}.amazonaws.com*` } },
});
const emr = (...verbs: string[]) => verbs.map(verb => `elasticmapreduce:${verb}`);

describe('EmrStep on a cluster that exists', () => {
  test('needs the cluster and a program', () => {
    const stack = newStack();
    expect(argumentsOf(stack, new EmrStep('Join', { jar, clusterId }))).toEqual({
      StepConfig: { HadoopJarStep: { Jar: 'command-runner.jar' } },
      ClusterId: 'j-1ABCDEFG2HIJK',
    });
  });

  test('may add, watch and cancel steps of this cluster', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, new EmrStep('Join', { jar, clusterId }));
    expect(allowedTo(pipeline.role)).toEqual([
      {
        Action: emr('AddJobFlowSteps'),
        Resource: [`${EMR}/${clusterId}`],
        Condition: { Null: { 'elasticmapreduce:ExecutionRoleArn': 'true' } },
      },
      { Action: emr('CancelSteps', 'DescribeStep', 'ListSteps'), Resource: [`${EMR}/${clusterId}`] },
      watches('SageMakerPipelineExecutionEMRStepStatusUpdateRule'),
    ]);
    expect(allowedTo(pipeline.jobRole)).toEqual([]);
  });

  test('may add steps under the given role only', () => {
    const stack = newStack();
    const executionRole = iam.Role.fromRoleArn(stack, 'Spark', 'arn:aws:iam::111122223333:role/Spark');
    const pipeline = pipelineIn(stack, new EmrStep('Join', { jar, clusterId, executionRole }));
    expect(allowedTo(pipeline.role).slice(0, 2)).toEqual([
      {
        Action: emr('AddJobFlowSteps'),
        Resource: [`${EMR}/${clusterId}`],
        Condition: { ArnEquals: { 'elasticmapreduce:ExecutionRoleArn': 'arn:aws:iam::111122223333:role/Spark' } },
      },
      { Action: emr('CancelSteps', 'DescribeStep', 'ListSteps'), Resource: [`${EMR}/${clusterId}`] },
    ]);
  });

  test('may use any cluster where the id is a parameter, which is acknowledged', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, new EmrStep('Join', { jar, clusterId: Parameter.string('Cluster') }));
    expect(allowedTo(pipeline.role)[0]?.Resource).toEqual([`${EMR}/*`]);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('reads what EMR tells of the step', () => {
    const step = new EmrStep('Join', { jar, clusterId });
    expect(step.property('Status.State').render()).toEqual({ Get: 'Steps.Join.Status.State' });
    expect(step.property('Config.Args[1]').reads).toEqual([step]);
  });

  const long = 'x'.repeat(10_281);
  test.each([
    [{ clusterId: 'loans' }, "'clusterId' must be the id of a cluster, which starts with j-, got: loans"],
    [{ jar: long }, "'jar' must have at most 10280 characters, got: 10281"],
    [{ mainClass: long }, "'mainClass' must have at most 10280 characters, got: 10281"],
    [{ arguments: ['a', long] }, "'arguments' must have at most 10280 characters, got: 10281"],
  ])('fails when a prop breaks a rule: %#', (props, problem) => {
    expectProblem(newStack(), new EmrStep('Join', { jar, clusterId, ...props }), problem);
  });
});

describe('EmrStep with a cluster of its own', () => {
  test('needs a release, instances and two roles', () => {
    const stack = newStack();
    expect(argumentsOf(stack, new EmrStep('Join', { jar, cluster: clusterIn(stack) }))).toEqual({
      StepConfig: { HadoopJarStep: { Jar: 'command-runner.jar' } },
      ClusterConfig: {
        ReleaseLabel: 'emr-7.5.0',
        Instances: { InstanceGroups: [{ InstanceRole: 'MASTER', InstanceType: 'm5.xlarge', InstanceCount: 1 }] },
        ServiceRole: expect.stringMatching(/^\$\{Service[0-9A-F]{8}\.Arn\}$/) as string,
        JobFlowRole: expect.stringMatching(/^\$\{Profile[0-9A-F]{8}\.Arn\}$/) as string,
      },
    });
  });

  test('writes floats with a point', () => {
    const stack = newStack();
    const config = { InstanceType: 'm5.xlarge', BidPriceAsPercentageOfOnDemandPrice: 100, Priority: 1 };
    const instances = { InstanceFleets: [{ InstanceFleetType: 'MASTER', InstanceTypeConfigs: [config] }] } as const;
    const pipeline = pipelineIn(stack, new EmrStep('Join', { jar, cluster: clusterIn(stack, { instances }) }));
    const text = definitionTextOf(pipeline);
    expect(text).toContain('"BidPriceAsPercentageOfOnDemandPrice":100.0');
    expect(text).toContain('"Priority":1.0');
  });

  test('may start, watch and end clusters, and give them their roles', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack, new EmrStep('Join', { jar, cluster: clusterIn(stack) }));
    expect(allowedTo(pipeline.role)).toEqual([
      {
        Action: emr('DescribeCluster', 'DescribeStep', 'ListSteps', 'TerminateJobFlows'),
        Resource: [`${EMR}/*`],
      },
      { Action: emr('RunJobFlow'), Resource: ['*'] },
      passes('Service', 'elasticmapreduce'),
      passes('Nodes', 'ec2'),
      watches('SageMakerPipelineExecutionEMRClusterStatusUpdateRule'),
    ]);
    expect(allowedTo(pipeline.jobRole)).toEqual([]);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('may tag clusters with tags, and pass a role that scales', () => {
    const stack = newStack();
    const cluster = clusterIn(stack, {
      autoScalingRole: roleIn(stack, 'Scale', 'application-autoscaling.amazonaws.com'),
      request: { Tags: [{ Key: 'team', Value: 'risk' }] },
    });
    const allowed = allowedTo(pipelineIn(stack, new EmrStep('Join', { jar, cluster })).role);
    expect(allowed[0]?.Action).toContain('elasticmapreduce:AddTags');
    expect(allowed).toContainEqual(passes('Scale', 'application-autoscaling'));
  });

  test('takes other members of the request', () => {
    const stack = newStack();
    const request = {
      BootstrapActions: [{ Name: 'a', ScriptBootstrapAction: { Path: Parameter.string('Script') } }],
      EbsRootVolumeSize: 50,
    };
    expect(argumentsOf(stack, new EmrStep('Join', { jar, cluster: clusterIn(stack, { request }) }))).toMatchObject({
      ClusterConfig: {
        BootstrapActions: [{ Name: 'a', ScriptBootstrapAction: { Path: { Get: 'Parameters.Script' } } }],
        EbsRootVolumeSize: 50,
      },
    });
  });

  const core = { InstanceRole: 'CORE', InstanceType: 'm5.xlarge', InstanceCount: 1 } as const;
  const master = { ...core, InstanceRole: 'MASTER', AutoScalingPolicy: {} } as const;
  test.each([
    [
      { instances: { InstanceGroups: [core] } },
      "'cluster.instances' must hold one group or fleet for MASTER, got: CORE",
    ],
    [{ instances: { InstanceFleets: [] } }, "'cluster.instances' must hold one group or fleet for MASTER, got: none"],
    [
      { instances: { InstanceGroups: [master] } },
      "'cluster.autoScalingRole' must be given for an AutoScalingPolicy, got: none",
    ],
    [{ logUri: 'logs' }, "'cluster.logUri' must be an S3 URI, which starts with s3://, got: logs"],
  ] as [Partial<EmrCluster>, string][])('fails when a prop breaks a rule: %#', (overrides, problem) => {
    const stack = newStack();
    expectProblem(stack, new EmrStep('Join', { jar, cluster: clusterIn(stack, overrides) }), problem);
  });

  test('fails when nobody knows the role of the instances', () => {
    const stack = newStack();
    const instanceProfile = iam.InstanceProfile.fromInstanceProfileName(stack, 'Imported', 'nodes');
    expectProblem(
      stack,
      new EmrStep('Join', { jar, cluster: clusterIn(stack, { instanceProfile }) }),
      "'cluster.instanceProfile' must be imported with its role, got: Loans/Imported without",
    );
  });
});

test('a pipeline with both lets its role do what its definition asks for', async () => {
  const stack = newStack();
  const executionRole = iam.Role.fromRoleArn(stack, 'Spark', 'arn:aws:iam::111122223333:role/Spark');
  const autoScalingRole = roleIn(stack, 'Scale', 'application-autoscaling.amazonaws.com');
  const request = { Tags: [{ Key: 'team', Value: 'risk' }] };
  const pipeline = pipelineIn(
    stack,
    new EmrStep('Add', { jar, clusterId, executionRole }),
    new EmrStep('Run', { jar, cluster: clusterIn(stack, { autoScalingRole, request }) }),
  );
  const deployment = new Deployment({ Loans: Template.fromStack(stack).toJSON() as never });
  const calls = callsOf(deployment).flatMap(step => step.pipeline);
  expect(calls.length).toBeGreaterThan(15);
  const role = deployment.arn('Loans', stack.getLogicalId(pipeline.role.node.defaultChild as iam.CfnRole));
  for (const call of calls) {
    expect([call, await simulate(deployment, role, call)]).toEqual([call, 'Allowed']);
  }
  const others = [
    ...calls.filter(({ context }) => context).map(call => ({ ...call, context: {} })),
    { action: 'elasticmapreduce:AddJobFlowSteps', resource: calls[0]?.resource.replace('1', '2') ?? '' },
    {
      action: 'elasticmapreduce:TerminateJobFlows',
      resource: calls[0]?.resource.replace(env.region, 'eu-west-1') ?? '',
    },
  ];
  for (const call of others) {
    expect([call, await simulate(deployment, role, call)]).toEqual([call, 'ImplicitlyDenied']);
  }
});
