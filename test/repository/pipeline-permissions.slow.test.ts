import { presets } from '../../lib/settings';
import { Deployment, templatesOf } from '../support/deployment';
import { type Call, callsOf } from '../support/pipeline-calls';
import { listOf, policiesOfRole } from '../support/policies';
import { simulate, type Verdict } from '../support/simulate';

const apps = (Object.keys(presets) as (keyof typeof presets)[]).flatMap(preset =>
  [true, false].map(managedChecks => [preset, managedChecks] as const),
);

describe.each(apps)('the pipeline of preset %s with managedChecks %s', (preset, managedChecks) => {
  const templates = templatesOf(preset, { managedChecks });
  const deployment = new Deployment(templates);
  const steps = callsOf(deployment);
  const { account, region } = deployment;
  const [pipeline] = deployment.resources('AWS::SageMaker::Pipeline');
  const pipelineRole = deployment.resolve(pipeline?.stack ?? '', pipeline?.resource.Properties.RoleArn) as string;
  const jobRole = steps.find(({ step }) => step === 'Prepare')?.jobRole ?? '';
  const bucket =
    steps.flatMap(({ pipeline: calls }) => calls).find(({ action }) => action === 's3:GetObject')?.resource ?? '';
  const run = bucket.replace(/PipelineExecutionId.*/, 'PipelineExecutionId');
  const sagemaker = (resource: string) => `arn:aws:sagemaker:${region}:${account}:${resource}`;

  const verdicts = (role: string, calls: readonly Call[]) =>
    Promise.all(calls.map(async (call): Promise<[Call, Verdict]> => [call, await simulate(deployment, role, call)]));
  const refused = async (role: string, calls: readonly Call[]) =>
    (await verdicts(role, calls)).filter(([, verdict]) => verdict !== 'Allowed');
  const allowed = async (role: string, calls: readonly (readonly [string, string, Call['context']?])[]) =>
    (
      await verdicts(
        role,
        calls.map(([action, resource, context]) => ({ action, resource, context })),
      )
    ).filter(([, verdict]) => verdict === 'Allowed');

  test('has steps of every kind, which all together do much', () => {
    const kinds = new Set(steps.map(({ type }) => type));
    expect([...kinds].sort()).toEqual([
      ...(managedChecks ? ['ClarifyCheck'] : []),
      'Condition',
      'Fail',
      'Model',
      'Processing',
      ...(managedChecks ? ['QualityCheck'] : []),
      'RegisterModel',
      'Transform',
      'Tuning',
    ]);
    expect(steps.flatMap(({ pipeline: calls }) => calls).length).toBeGreaterThan(50);
    expect(steps.flatMap(({ job }) => job).length).toBeGreaterThan(100);
    expect(run).toMatch(/^arn:aws:s3:::[a-z0-9]+\/credit-risk\/runs\/PipelineExecutionId$/);
  });

  test.each(steps.map(({ step, pipeline: calls }) => [step, calls] as const))(
    'lets its role start and watch %s',
    async (_, calls) => {
      expect(await refused(pipelineRole, calls)).toEqual([]);
    },
  );

  test.each(steps.flatMap(({ step, job, jobRole: role }) => (role ? [[step, role, job] as const] : [])))(
    'lets the job of %s read, write and pull',
    async (_, role, calls) => {
      expect(await refused(role, calls)).toEqual([]);
    },
  );

  test('gives its role no action that no step takes', () => {
    const granted = policiesOfRole(deployment, pipelineRole).flatMap(({ Statement: statements }) =>
      statements.flatMap(({ Action: actions }) => listOf(actions)),
    );
    const taken = steps.flatMap(({ pipeline: calls }) => calls.map(({ action }) => action));
    expect([...new Set(granted)].sort()).toEqual([...new Set(taken)].sort());
  });

  test('lets a role do nothing without its policies', async () => {
    const without = Object.fromEntries(
      Object.entries(templates).map(([stack, template]) => {
        const kept = Object.entries(template.Resources).filter(([, { Type: type }]) => type !== 'AWS::IAM::Policy');
        return [stack, { ...template, Resources: Object.fromEntries(kept) }];
      }),
    );
    const calls = steps.flatMap(({ pipeline: each }) => each);
    const found = await Promise.all(calls.map(call => simulate(new Deployment(without), pipelineRole, call)));
    expect(new Set(found)).toEqual(new Set(['ImplicitlyDenied']));
  });

  test('gives its role nothing else', async () => {
    const others = await allowed(pipelineRole, [
      ['s3:GetObject', 'arn:aws:s3:::another-bucket/credit-risk/runs/1/evaluation.json'],
      ['s3:PutObject', 'arn:aws:s3:::another-bucket/file'],
      ['s3:GetObject', `${run.split('/')[0] ?? ''}/feature-store/loans.parquet`],
      ['s3:PutObject', `${run}/evaluation/evaluation.json`],
      ['s3:DeleteObject', `${run}/evaluation/evaluation.json`],
      ['iam:PassRole', `arn:aws:iam::${account}:role/another`, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }],
      ['iam:PassRole', pipelineRole, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }],
      ['iam:PassRole', jobRole, { 'iam:PassedToService': 'lambda.amazonaws.com' }],
      ['sagemaker:CreateEndpoint', sagemaker('endpoint/any')],
      ['sagemaker:CreateEndpointConfig', sagemaker('endpoint-config/any')],
      ['sagemaker:InvokeEndpoint', sagemaker('endpoint/any')],
      ['sagemaker:DeleteModel', sagemaker('model/any')],
      ['sagemaker:CreateTrainingJob', sagemaker('training-job/any')],
      ['sagemaker:CreateModelPackage', sagemaker('model-package/another/1')],
      // A pipeline that registers a version must not approve it.
      ['sagemaker:UpdateModelPackage', sagemaker(`model-package/${preset}-credit-risk/1`)],
      ['sagemaker:DeleteModelPackage', sagemaker(`model-package/${preset}-credit-risk/1`)],
      ['sagemaker:StartPipelineExecution', sagemaker('pipeline/any')],
    ]);
    expect(others).toEqual([]);
  });

  test('gives the role of its jobs nothing else', async () => {
    const [data = ''] = run.split('/');
    const assets = `arn:aws:s3:::cdk-hnb659fds-assets-${account}-${region}`;
    const others = await allowed(jobRole, [
      ['s3:GetObject', 'arn:aws:s3:::another-bucket/credit-risk/runs/1/train.csv'],
      ['s3:PutObject', 'arn:aws:s3:::another-bucket/file'],
      ['s3:ListBucket', 'arn:aws:s3:::another-bucket', { 's3:prefix': 'credit-risk/' }],
      ['s3:GetObject', `${data}/feature-store/loans.parquet`],
      ['s3:PutObject', `${data}/feature-store/loans.parquet`],
      ['s3:PutObject', 'arn:aws:s3:::sagemaker-example-files-prod-eu-central-1/file'],
      ['s3:GetObject', `${assets}/0123456789abcdef0123456789abcdef/file.py`],
      ['s3:PutObject', `${assets}/0123456789abcdef0123456789abcdef/file.py`],
      ['s3:ListBucket', assets, { 's3:prefix': '' }],
      ['s3:PutBucketPolicy', data],
      ['iam:PassRole', jobRole, { 'iam:PassedToService': 'sagemaker.amazonaws.com' }],
      ['sagemaker:CreateTrainingJob', sagemaker('training-job/any')],
      ['sagemaker:CreateEndpoint', sagemaker('endpoint/any')],
      ['sagemaker:InvokeEndpoint', sagemaker(`endpoint/${preset}-credit-risk`)],
      ['sagemaker:StartPipelineExecution', sagemaker('pipeline/any')],
      ['ecr:BatchGetImage', `arn:aws:ecr:${region}:${account}:repository/another`],
      ['logs:PutLogEvents', `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/any:log-stream:any`],
      ['cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'Billing' }],
    ]);
    expect(others).toEqual([]);
  });

  test('gives the data to nobody without TLS', async () => {
    const resource = `${run}/train/train.csv`;
    const get = (secure: string) => ({ action: 's3:GetObject', resource, context: { 'aws:SecureTransport': secure } });
    expect(await simulate(deployment, jobRole, get('true'))).toBe('Allowed');
    expect(await simulate(deployment, jobRole, get('false'))).toBe('ExplicitlyDenied');
  });
});

test('a kind of step that nobody has looked at is an error', () => {
  const PipelineDefinitionBody = JSON.stringify({
    Parameters: [],
    Steps: [{ Name: 'Send', Type: 'Job', Arguments: {} }],
  });
  const pipeline = { Type: 'AWS::SageMaker::Pipeline', Properties: { PipelineDefinition: { PipelineDefinitionBody } } };
  const deployment = new Deployment({ Build: { Resources: { Pipeline: pipeline } } });
  expect(() => callsOf(deployment)).toThrow(new Error("step 'Send' must be of a known kind, got: Job"));
});
