import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Stack } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import { ClarifyCheckStep, ExecutionVariable, join, ModelStep, Parameter, Pipeline } from '../../constructs/pipeline';
import { TrainingStep } from '../../constructs/pipeline';
import { Deployment } from '../support/deployment';
import { check, explain, modelBias, ofBias, ofData } from '../support/open-checks';
import { callsOf } from '../support/pipeline-calls';
import type { Statement } from '../support/role-policy';
import { simulate } from '../support/simulate';
import { allowedFor, newStack } from '../support/step-fixture';

const SAGEMAKER = 'arn:${AWS::Partition}:sagemaker:eu-west-1:111122223333';
const S3 = 'arn:${AWS::Partition}:s3:::';
const runs = join('/', 's3://loans/runs', ExecutionVariable.PIPELINE_EXECUTION_ID, 'check');
const reads = (object: string): Statement => ({ Action: ['s3:GetObject'], Resource: [`${S3}${object}`] });
const lists = (prefix: string): Statement => ({
  Action: ['s3:ListBucket'],
  Resource: [`${S3}loans`],
  Condition: { StringLike: { 's3:prefix': [prefix] } },
});
const starts: Statement[] = [
  {
    Action: ['AddTags', 'CreateProcessingJob', 'DescribeProcessingJob', 'StopProcessingJob'].map(
      verb => `sagemaker:${verb}`,
    ),
    Resource: [`${SAGEMAKER}:processing-job/*`],
  },
  {
    Action: ['iam:PassRole'],
    Resource: [expect.stringMatching(/^\$\{Jobs[0-9A-F]{8}\.Arn\}$/) as string],
    Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
  },
];
const usesGroup: Statement = {
  Action: ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages'],
  Resource: [`${SAGEMAKER}:model-package-group/loans`, `${SAGEMAKER}:model-package/loans/*`],
};
const usesModel = (name: string): Statement => ({
  Action: ['sagemaker:DescribeModel'],
  Resource: [`${SAGEMAKER}:model/${name}`],
});

/** What the job may do besides pulling its image and reading uploaded files. */
const own = (job: readonly Statement[]) =>
  job.filter(
    ({ Action, Resource }) => !Action.join().includes('ecr:') && !Resource.some(each => each.includes('cdk-hnb659fds')),
  );

describe('the roles of a check with managed false', () => {
  test('against a group: the job looks the baseline up, below the prefix that earlier executions wrote to', () => {
    const { pipeline, job, warnings } = allowedFor([ofData({ outputPath: runs })]);
    expect(pipeline).toEqual([...starts, reads('loans/runs/*')]);
    expect(own(job)).toEqual([usesGroup, reads('loans/runs/*')]);
    expect(warnings).toEqual([]);
  });

  test('against supplied baselines: the job downloads them', () => {
    const step = ofData({
      modelPackageGroupName: undefined,
      suppliedBaselineConstraints: 's3://loans/baseline/constraints.json',
      suppliedBaselineStatistics: 's3://loans/baseline/statistics.json',
    });
    const { pipeline, job } = allowedFor([step]);
    expect(pipeline).toEqual([...starts, reads('loans/data-quality/summary.json')]);
    expect(own(job)).toEqual([
      reads('loans/baseline/constraints.json'),
      lists('baseline/constraints.json*'),
      reads('loans/baseline/statistics.json'),
      lists('baseline/statistics.json*'),
    ]);
  });

  test('a supplied baseline whose place only the pipeline knows is the owner’s to grant, as the data is', () => {
    const step = ofBias({ skipCheck: false, suppliedBaselineConstraints: Parameter.string('Baseline') });
    expect(own(allowedFor([step]).job)).toEqual([]);
  });

  test('the job reads the program, the scripts and the configuration, and nothing else that was uploaded', () => {
    const script = FileSet.fromText('pre.py', '# ours\n');
    const files = (steps: Parameters<typeof allowedFor>[0]) =>
      allowedFor(steps)
        .job.filter(({ Action }) => Action.includes('s3:GetObject'))
        .flatMap(({ Resource }) => Resource)
        .filter(each => each.includes('cdk-hnb659fds'))
        .map(each => each.replace(/.*[0-9a-f]{32}/, ''));
    expect(files([ofData({ recordPreprocessor: script, datasetFormat: 'captured' })])).toEqual(['/*', '/pre.py']);
    expect(files([ofBias()])).toEqual(['/*', '/analysis_config.json']);
  });

  test('with a model that a step makes: the job asks about models and reads the artifacts, and makes no endpoint', () => {
    const train = new TrainingStep('Train', {
      image: ContainerImage.xgboost(),
      instanceType: 'ml.m5.large',
      inputs: { train: 's3://loans/train' },
      outputPath: 's3://loans/models/',
    });
    const model = new ModelStep('Model', { image: ContainerImage.xgboost(), modelData: train.modelArtifacts });
    const step = new ClarifyCheckStep('Check', {
      ...check,
      analysis: modelBias,
      modelName: model.modelName,
      dataset: 's3://loans/holdout',
      outputPath: 's3://loans/bias',
      skipCheck: true,
    });
    const { job, warnings } = allowedFor([train, model, step]);
    expect(job).toContainEqual(usesModel('*'));
    expect(job).toContainEqual(reads('loans/models/*'));
    expect(JSON.stringify(job)).not.toMatch(/endpoint/);
    expect(warnings).toEqual([]);
  });

  test('with a model whose artifacts nobody names: a warning says whom to let read them', () => {
    const { job, warnings } = allowedFor([explain()]);
    expect(own(job)).toEqual([usesGroup, reads('loans/explanations/*'), usesModel('loans')]);
    expect(warnings).toEqual([
      expect.stringContaining(
        "step 'Explain': the place of the model's artifacts is not known at synthesis, so reading them is not granted; grant s3:GetObject to Loans/Jobs",
      ),
    ]);
  });

  test('with a model that has artifacts at a known place, and others: the warning stays', () => {
    const containers = ['s3://loans/encoder.tar.gz', Parameter.string('Artifacts')].map(modelData => ({
      image: ContainerImage.xgboost(),
      modelData,
    }));
    const model = new ModelStep('Model', { containers });
    const { job, warnings } = allowedFor([
      model,
      new ClarifyCheckStep('Check', {
        ...check,
        analysis: modelBias,
        modelName: model.modelName,
        dataset: 's3://loans/holdout',
        outputPath: 's3://loans/bias',
        skipCheck: true,
      }),
    ]);
    expect(job).toContainEqual(reads('loans/encoder.tar.gz'));
    expect(warnings).toEqual([expect.stringContaining("step 'Check': the place of the model's artifacts")]);
  });

  test('with a summary whose place only the pipeline knows: a warning says whom to let read it', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Runs', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const outputPath = Parameter.string('Results');
    new Pipeline(stack, 'Pipeline', { role, steps: [ofBias({ outputPath })] });
    Annotations.fromStack(stack).hasWarning(
      '/Loans/Pipeline',
      Match.stringLikeRegexp("step 'Check': the bucket of 'summary.json' is only known when the pipeline runs"),
    );
  });

  test('with a key for the results: both use it', () => {
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/results');
    const { pipeline, job } = allowedFor([ofBias({ outputEncryptionKey: key })], stack);
    const uses = (Action: string[]) => ({ Action, Resource: ['arn:aws:kms:eu-west-1:111122223333:key/results'] });
    expect(pipeline).toContainEqual(uses(['kms:Decrypt']));
    expect(job).toContainEqual(uses(['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey']));
  });

  test('the simulator lets the pipeline and its jobs do their work', async () => {
    const stack = newStack();
    const assumedBy = new iam.ServicePrincipal('sagemaker.amazonaws.com');
    const [role, jobRole] = ['Runs', 'Jobs'].map(id => new iam.Role(stack, id, { assumedBy }));
    const data = ['loans', 'loans/*'].map(each => `arn:aws:s3:::${each}`);
    jobRole?.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['s3:ListBucket', 's3:PutObject'], resources: data }),
    );
    jobRole?.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetObject'],
        resources: ['arn:aws:s3:::loans/train/*', 'arn:aws:s3:::loans/holdout/*'],
      }),
    );
    const model = new ModelStep('Model', { image: ContainerImage.xgboost(), modelData: 's3://loans/model.tar.gz' });
    const step = new ClarifyCheckStep('Bias', {
      ...check,
      analysis: modelBias,
      modelName: model.modelName,
      dataset: 's3://loans/holdout/',
      outputPath: runs,
      modelPackageGroupName: 'Loans',
      suppliedBaselineConstraints: 's3://loans/baseline/analysis.json',
    });
    new Pipeline(stack, 'Pipeline', { role, jobRole, steps: [ofData({ outputPath: runs }), model, step] });
    const { region } = new Deployment({});
    const template = JSON.stringify(Template.fromStack(stack).toJSON()).replaceAll('eu-west-1', region);
    const deployment = new Deployment({ Loans: JSON.parse(template) as never });
    const arnOf = (each?: iam.IRole) => deployment.resolve('Loans', Stack.of(stack).resolve(each?.roleArn)) as string;
    const steps = callsOf(deployment);
    const refused = async (by: string, calls: (typeof steps)[0]['job']) => {
      const verdicts = await Promise.all(calls.map(call => simulate(deployment, by, call)));
      return calls
        .filter((_, index) => verdicts[index] !== 'Allowed')
        .map(({ action, resource }) => [action, resource]);
    };
    expect(
      await refused(
        arnOf(role),
        steps.flatMap(({ pipeline }) => pipeline),
      ),
    ).toEqual([]);
    const logs = /^(logs|cloudwatch):/;
    const jobs = steps.filter(({ type }) => type === 'Processing').flatMap(({ job }) => job);
    expect(jobs.filter(({ action }) => action.startsWith('sagemaker:'))).toHaveLength(5);
    expect(
      await refused(
        arnOf(jobRole),
        jobs.filter(({ action }) => !logs.test(action)),
      ),
    ).toEqual([]);
    // The simulator reads all actions of AWS first.
  }, 60_000);
});
