import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { type DeployedTemplate, Deployment } from '../support/deployment';
import { MonitoringAccount, OPEN, OPEN_KINDS, type OpenKind } from '../support/open-monitor';
import type { Call as Permission } from '../support/pipeline-calls';
import { simulate } from '../support/simulate';
import { workflowOf } from '../support/start-workflow';
import type { Call } from '../support/state-machine';

const ACCOUNT = '111122223333';
const ASSETS = `arn:aws:s3:::cdk-hnb659fds-assets-${ACCOUNT}-eu-central-1`;
const sagemaker = (resource: string) => `arn:aws:sagemaker:eu-central-1:${ACCOUNT}:${resource}`;
const object = (key: string) => `arn:aws:s3:::loans/${key}`;
const listing = (prefix: string): Permission => ({
  action: 's3:ListBucket',
  resource: 'arn:aws:s3:::loans',
  context: { 's3:prefix': prefix },
});

const deploy = (kind: OpenKind, overrides: object = {}) => {
  const stack = new Stack(new App(), 'Monitoring', { env: { account: ACCOUNT, region: 'eu-central-1' } });
  const encryptionKey = new kms.Key(stack, 'Key');
  const monitor = OPEN[kind](stack, { encryptionKey, ...overrides });
  const deployment = new Deployment({ Monitoring: Template.fromStack(stack).toJSON() as DeployedTemplate });
  const roleOf = (start: string) => {
    const found = deployment.resources('AWS::IAM::Role').find(({ id }) => new RegExp(`^${start}[A-F0-9]{8}$`).test(id));
    return `arn:aws:iam::${ACCOUNT}:role/${found?.id ?? 'none'}`;
  };
  const roles = {
    job: roleOf('LoansRole'),
    workflow: roleOf('LoansOpenRole'),
    schedule: roleOf('LoansOpenScheduleRole'),
  };
  const allowed = async (role: keyof typeof roles, call: Permission) => simulate(deployment, roles[role], call);
  const [key] = deployment.resources('AWS::KMS::Key').map(({ id }) => deployment.arn('Monitoring', id));
  return { stack, monitor, roles, allowed, key: key ?? '', root: `reports/loans/${monitor.scheduleName}` };
};

/** What a call of the workflow takes. */
const permissionsOf = ({ action, arguments: request }: Call, jobRole: string, key: string): Permission[] => {
  const [service = '', operation = ''] = action.split(':');
  const name = `${service}:${operation.charAt(0).toUpperCase()}${operation.slice(1)}`;
  if (service === 'sagemaker') {
    const created = action.endsWith('createProcessingJob');
    return [
      { action: name, resource: sagemaker(`processing-job/${String(request.ProcessingJobName)}`) },
      ...(created
        ? [
            {
              action: 'iam:PassRole',
              resource: jobRole,
              context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
            },
            { action: 'kms:CreateGrant', resource: key, context: { 'kms:GrantIsForAWSResource': 'true' } },
            { action: 'kms:DescribeKey', resource: key },
          ]
        : []),
    ];
  }
  if (service === 'cloudwatch') {
    return [{ action: name, resource: '*', context: { 'cloudwatch:namespace': String(request.Namespace) } }];
  }
  return action === 's3:listObjectsV2'
    ? [listing(String(request.Prefix))]
    : [
        { action: name, resource: object(String(request.Key)) },
        { action: 'kms:Decrypt', resource: key },
      ];
};

describe('the role of the workflow', () => {
  test.each(OPEN_KINDS)('of %s may make every call of every state', async kind => {
    const { monitor, roles, allowed, key } = deploy(kind);
    const definition = workflowOf(monitor.openSchedule?.stateMachine);
    const account = new MonitoringAccount();
    const datum = { MetricName: 'm', Dimensions: [], Value: 1, Timestamp: '2026-01-01T06:00:00Z' };
    account.parts = [[datum]];
    const good = await account.run(definition, { scheduledTime: '2026-01-01T06:00:00Z' });
    const endless = new MonitoringAccount();
    endless.answers = [{ ProcessingJobStatus: 'InProgress' }];
    const bad = await endless.run(definition, {});
    const calls = [...good.calls, ...bad.calls];
    expect(new Set(calls.map(({ action }) => action)).size).toBe(6);
    const needed = calls.flatMap(call => permissionsOf(call, roles.job, key));
    const distinct = [...new Map(needed.map(call => [JSON.stringify(call), call])).values()];
    for (const call of distinct) {
      expect([call, await allowed('workflow', call)]).toEqual([call, 'Allowed']);
    }
  });

  test('may do nothing else', async () => {
    const { monitor, roles, allowed, root } = deploy('model-quality');
    const toOther = { 'iam:PassedToService': 'lambda.amazonaws.com' };
    const name = Object.keys(await jobsOf(monitor))[0] ?? '';
    for (const call of [
      { action: 'sagemaker:CreateProcessingJob', resource: sagemaker('processing-job/other-202601010600') },
      { action: 'sagemaker:CreateTrainingJob', resource: sagemaker(`training-job/${name}`) },
      { action: 'sagemaker:AddTags', resource: sagemaker(`processing-job/${name}`) },
      { action: 'iam:PassRole', resource: roles.job, context: toOther },
      {
        action: 'iam:PassRole',
        resource: roles.workflow,
        context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
      },
      { action: 's3:GetObject', resource: object('captured/loans/AllTraffic/2026/01/01/05/a.jsonl') },
      { action: 's3:GetObject', resource: object('reports/loans/another/2026/01/01/06/summary.json') },
      { action: 's3:PutObject', resource: object(`${root}/2026/01/01/06/summary.json`) },
      listing('captured/'),
      {
        action: 'cloudwatch:PutMetricData',
        resource: '*',
        context: { 'cloudwatch:namespace': 'aws/sagemaker/Endpoints/data-metrics' },
      },
      { action: 'states:StartExecution', resource: `arn:aws:states:eu-central-1:${ACCOUNT}:stateMachine:any` },
    ]) {
      expect([call, await allowed('workflow', call)]).toEqual([call, 'ImplicitlyDenied']);
    }
  });

  test('publishes and gives keys only where there is something to', async () => {
    const silent = deploy('data-quality', { metrics: 'Disabled' });
    const namespace = { 'cloudwatch:namespace': 'aws/sagemaker/Endpoints/data-metrics' };
    expect(
      await silent.allowed('workflow', { action: 'cloudwatch:PutMetricData', resource: '*', context: namespace }),
    ).toBe('ImplicitlyDenied');
    const local = deploy('data-quality', { instanceType: 'ml.g5.xlarge' });
    const grant = { action: 'kms:CreateGrant', resource: local.key, context: { 'kms:GrantIsForAWSResource': 'true' } };
    expect(await local.allowed('workflow', grant)).toBe('ImplicitlyDenied');
  });
});

test('the role of the schedule starts the one workflow, and keeps what could not be delivered', async () => {
  const { stack, monitor, allowed } = deploy('data-quality');
  const nameOf = (value?: string) => stack.resolve(value) as { Ref?: string; 'Fn::GetAtt'?: string[] } | undefined;
  const machine = nameOf(monitor.openSchedule?.stateMachine.stateMachineArn)?.Ref ?? '';
  const queue = nameOf(monitor.openSchedule?.deadLetters?.queueArn)?.['Fn::GetAtt']?.[0] ?? '';
  const start = (name: string) => ({
    action: 'states:StartExecution',
    resource: `arn:aws:states:eu-central-1:${ACCOUNT}:stateMachine:${name}`,
  });
  const send = { action: 'sqs:SendMessage', resource: `arn:aws:sqs:eu-central-1:${ACCOUNT}:${queue}` };
  expect(await allowed('schedule', start(machine))).toBe('Allowed');
  expect(await allowed('schedule', send)).toBe('Allowed');
  expect(await allowed('schedule', start('another'))).toBe('ImplicitlyDenied');
});

const jobsOf = async (monitor: ReturnType<typeof deploy>['monitor']) => {
  const account = new MonitoringAccount();
  await account.run(workflowOf(monitor.openSchedule?.stateMachine), { scheduledTime: '2026-01-01T06:00:00Z' });
  return account.jobs;
};

/** What the job of each kind does, from its request and from the contract of the program. */
const accessesOf = async ({ monitor, root, key }: ReturnType<typeof deploy>): Promise<Permission[]> => {
  const request = Object.values(await jobsOf(monitor))[0]?.request as {
    ProcessingInputs: { S3Input: { S3Uri: string } }[];
  };
  const files = request.ProcessingInputs.map(({ S3Input }) => S3Input.S3Uri.replace('s3://', 'arn:aws:s3:::'));
  return [
    ...files.map(uri => ({ action: 's3:GetObject', resource: uri.endsWith('/') ? `${uri}analyze.py` : uri })),
    listing('captured/loans/'),
    { action: 's3:GetObject', resource: object('captured/loans/AllTraffic/2026/01/01/05/a.jsonl') },
    { action: 's3:PutObject', resource: object(`${root}/2026/01/01/06/metrics/0000.json`) },
    ...['Decrypt', 'GenerateDataKey'].map(verb => ({ action: `kms:${verb}`, resource: key })),
    {
      action: 'logs:PutLogEvents',
      resource: `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs:log-stream:a`,
    },
    {
      action: 'ecr:BatchGetImage',
      resource: 'arn:aws:ecr:eu-central-1:492215442770:repository/sagemaker-xgboost',
    },
  ];
};
const LABELS: Permission[] = [
  listing('labels/2026/01/01/05/'),
  { action: 's3:GetObject', resource: object('labels/2026/01/01/05/a.jsonl') },
];
const MODEL: Permission[] = [
  { action: 'sagemaker:DescribeModel', resource: sagemaker('model/Loans-7') },
  { action: 'sagemaker:DescribeModel', resource: sagemaker('model/loans-7') },
  { action: 'sagemaker:DescribeModelPackage', resource: sagemaker('model-package/credit-risk/7') },
  { action: 's3:GetObject', resource: 'arn:aws:s3:::loans/models/build-1/output/model.tar.gz' },
  { action: 'sagemaker:InvokeEndpoint', resource: sagemaker('endpoint/loans') },
];

describe('the role of the job', () => {
  test.each<[OpenKind, Permission[], Permission[]]>([
    ['data-quality', [], [...LABELS, ...MODEL]],
    ['model-quality', LABELS, MODEL],
    ['bias', LABELS, MODEL],
    ['attribution', MODEL, LABELS],
  ])('of %s does what its job does, and not what others do', async (kind, own, others) => {
    const deployed = deploy(kind);
    for (const call of [...(await accessesOf(deployed)), ...own]) {
      expect([call, await deployed.allowed('job', call)]).toEqual([call, 'Allowed']);
    }
    for (const call of others) {
      expect([call, await deployed.allowed('job', call)]).toEqual([call, 'ImplicitlyDenied']);
    }
  });

  test('does nothing else', async () => {
    const { allowed, root } = deploy('attribution');
    for (const call of [
      { action: 's3:GetObject', resource: object('captured-before/a.jsonl') },
      { action: 's3:GetObject', resource: 'arn:aws:s3:::loans/models/build-1/source.tar.gz' },
      { action: 's3:GetObject', resource: object(`${root}/merge/a.jsonl`) },
      { action: 's3:GetObject', resource: `${ASSETS}/another/file.py` },
      { action: 's3:PutObject', resource: object('captured/loans/a.jsonl') },
      { action: 's3:DeleteObject', resource: object(`${root}/2026/01/01/06/summary.json`) },
      listing('training/'),
      { action: 'sagemaker:DescribeModel', resource: sagemaker('model/other') },
      { action: 'sagemaker:UpdateModelPackage', resource: sagemaker('model-package/credit-risk/7') },
      { action: 'sagemaker:CreateEndpoint', resource: sagemaker('endpoint/sm-clarify-1') },
      { action: 'sagemaker:InvokeEndpoint', resource: sagemaker('endpoint/other') },
      { action: 'sagemaker:CreateProcessingJob', resource: sagemaker('processing-job/monitoring-loans-1') },
      {
        action: 'ecr:BatchGetImage',
        resource: 'arn:aws:ecr:eu-central-1:492215442770:repository/sagemaker-scikit-learn',
      },
    ]) {
      expect([call, await allowed('job', call)]).toEqual([call, 'ImplicitlyDenied']);
    }
  });

  test('reads artifacts of this account only', async () => {
    const { allowed } = deploy('attribution');
    const resource = 'arn:aws:s3:::elsewhere/model.tar.gz';
    const context = { 'aws:ResourceAccount': '999988887777' };
    expect(await allowed('job', { action: 's3:GetObject', resource, context })).toBe('ImplicitlyDenied');
  });

  test('asks no endpoint where batch transform is watched', async () => {
    const { allowed } = deploy('attribution', { endpointName: undefined, transformFormat: 'csv' });
    expect(await allowed('job', { action: 'sagemaker:InvokeEndpoint', resource: sagemaker('endpoint/loans') })).toBe(
      'ImplicitlyDenied',
    );
  });

  test('attaches to a VPC only if there is one', async () => {
    const call = { action: 'ec2:CreateNetworkInterface', resource: `arn:aws:ec2:eu-central-1:${ACCOUNT}:subnet/s` };
    expect(await deploy('data-quality').allowed('job', call)).toBe('ImplicitlyDenied');
    const stack = new Stack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1',
      availabilityZones: ['eu-central-1a'],
      privateSubnetIds: ['subnet-1'],
    });
    const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
    expect(await deploy('data-quality', { network: { vpc, securityGroups } }).allowed('job', call)).toBe('Allowed');
  });
});
