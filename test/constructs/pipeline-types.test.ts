import { ContainerImage } from '../../constructs/images';
import {
  CallbackStep,
  Condition,
  ConditionStep,
  EmrServerlessStep,
  EmrStep,
  type Expression,
  LambdaStep,
  FailStep,
  join,
  ModelStep,
  Parameter,
  ProcessingStep,
  QualityCheckStep,
  type RawStep,
  RegisterModelStep,
  type RetryPolicy,
  type StepProps,
  TrainingStep,
  TuningStep,
  type TuningStepProps,
} from '../../constructs/pipeline';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Duration, Stack } from 'aws-cdk-lib/core';

// The compiler reads this file: each line below `@ts-expect-error` must not compile. Nothing of it has to hold at run time.
const image = ContainerImage.fromUri('loans');
const job = { image, instanceType: 'ml.m5.large' } as const;
const place = 's3://loans/a';
const [text, number, flag] = [Parameter.string('A'), Parameter.integer('B'), Parameter.boolean('C')];
const fail = new FailStep('Fail', { errorMessage: 'no' });
const gate = new ConditionStep('Gate', { conditions: [Condition.equals(text, 'a')], ifSteps: [fail] });
const evaluate = new ProcessingStep('Evaluate', {
  ...job,
  outputs: { report: place, train: place },
  propertyFiles: { metrics: { output: 'report', path: 'metrics.json' } },
});
const train = new TrainingStep('Train', { ...job, inputs: { train: evaluate.output('train') }, outputPath: place });

test('outputs and property files are known by name', () => {
  // @ts-expect-error: no such output
  evaluate.output('trian');
  // @ts-expect-error: no such property file
  evaluate.number('metric', 'auc');
  // @ts-expect-error: no output was declared
  new ProcessingStep('Other', job).output('train');
  new ProcessingStep('Other', {
    ...job,
    outputs: { report: place },
    // @ts-expect-error: a property file of no output
    propertyFiles: { metrics: { output: 'reports', path: 'metrics.json' } },
  });
  const values: [Expression<number>, Expression<string>, Expression<boolean>] = [
    evaluate.number('metrics', 'a'),
    evaluate.text('metrics', 'a'),
    evaluate.boolean('metrics', 'a'),
  ];
  expect(values).toHaveLength(3);
});

test('properties are known by path, with their type', () => {
  const uri: Expression<string> = evaluate.property("ProcessingOutputConfig.Outputs['report'].S3Output.S3Uri");
  const size: Expression<number> = train.property('ResourceConfig.VolumeSizeInGB');
  const spot: Expression<boolean> = train.property('EnableManagedSpotTraining');
  const status: Expression<string> = train.property('TrainingJobStatus');
  const channel: Expression<string> = train.property('InputDataConfig[0].DataSource.S3DataSource.S3Uri');
  const variable: Expression<string> = train.property("Environment['LOG_LEVEL']");
  // @ts-expect-error: no such property
  train.property('ModelArtifact.S3ModelArtifacts');
  // @ts-expect-error: a property of another kind of job
  train.property('ProcessingJobName');
  // @ts-expect-error: a structure is no value
  train.property('ModelArtifacts');
  // @ts-expect-error: a list is no value
  train.property('InputDataConfig');
  // @ts-expect-error: an index of what is no list
  train.property('ModelArtifacts[0].S3ModelArtifacts');
  // @ts-expect-error: a number is no text
  const wrong: Expression<string> = train.property('ResourceConfig.VolumeSizeInGB');
  expect([uri, size, spot, status, channel, variable, wrong]).toHaveLength(7);
});

test('outputs of a function are known by name, with their type', () => {
  const lambdaFunction = lambda.Function.fromFunctionName(new Stack(), 'Price', 'price');
  const outputs = { table: 'String', rows: 'Integer', share: 'Float', complete: 'Boolean' } as const;
  const step = new LambdaStep('Price', { lambdaFunction, outputs });
  const table: Expression<string> = step.output('table');
  const numbers: Expression<number>[] = [step.output('rows'), step.output('share')];
  const complete: Expression<boolean> = step.output('complete');
  // @ts-expect-error: a number is no text
  const wrong: Expression<string> = step.output('rows');
  // @ts-expect-error: no such output
  step.output('tables');
  // @ts-expect-error: no output was declared
  new LambdaStep('Price', { lambdaFunction }).output('table');
  const dynamic: Record<string, 'Integer'> = { [table.constructor.name]: 'Integer' };
  const read: Expression<number> = new LambdaStep('Price', { lambdaFunction, outputs: dynamic }).output('any');
  // @ts-expect-error: no such type
  new LambdaStep('Price', { lambdaFunction, outputs: { table: 'Text' } });
  // @ts-expect-error: inputs are flat
  new LambdaStep('Price', { lambdaFunction, inputs: { data: { uri: place } } });
  // @ts-expect-error: the service does not try a function again
  new LambdaStep('Price', { lambdaFunction, retryPolicies: [] });
  // @ts-expect-error: a queue is no function
  new CallbackStep('Approve', { queue: lambdaFunction });
  expect([table, ...numbers, complete, wrong, read]).toHaveLength(6);
});

test('a job on EMR has one cluster, and the service decides when that ends', () => {
  const role = iam.Role.fromRoleName(new Stack(), 'Spark', 'spark');
  const instanceProfile = iam.InstanceProfile.fromInstanceProfileName(new Stack(), 'Profile', 'nodes');
  const roles = { serviceRole: role, instanceProfile };
  const master = { InstanceRole: 'MASTER', InstanceType: text, InstanceCount: number } as const;
  const cluster = { ...roles, releaseLabel: text, instances: { InstanceGroups: [master] } };
  const program = { jar: text };
  // @ts-expect-error: no cluster
  new EmrStep('Join', program);
  // @ts-expect-error: two clusters
  new EmrStep('Join', { ...program, clusterId: text, cluster });
  // @ts-expect-error: a cluster of its own has its own roles
  new EmrStep('Join', { ...program, cluster, executionRole: role });
  const both = { InstanceGroups: [master], InstanceFleets: [] };
  // @ts-expect-error: groups and fleets
  new EmrStep('Join', { ...program, cluster: { ...cluster, instances: both } });
  // @ts-expect-error: neither groups nor fleets
  new EmrStep('Join', { ...program, cluster: { ...cluster, instances: {} } });
  const ends = { InstanceGroups: [master], KeepJobFlowAliveWhenNoSteps: true };
  // @ts-expect-error: the service decides when the cluster ends
  new EmrStep('Join', { ...program, cluster: { ...cluster, instances: ends } });
  const locked = { InstanceGroups: [master], TerminationProtected: true };
  // @ts-expect-error: the service ends the cluster
  new EmrStep('Join', { ...program, cluster: { ...cluster, instances: locked } });
  // @ts-expect-error: the service names the cluster
  new EmrStep('Join', { ...program, cluster: { ...cluster, request: { Name: 'loans' } } });
  // @ts-expect-error: the step is the only one
  new EmrStep('Join', { ...program, cluster: { ...cluster, request: { Steps: [] } } });
  // @ts-expect-error: the service decides when the cluster ends
  new EmrStep('Join', { ...program, cluster: { ...cluster, request: { AutoTerminationPolicy: {} } } });
  // @ts-expect-error: the role has a prop, which also grants what it needs
  new EmrStep('Join', { ...program, cluster: { ...cluster, request: { ServiceRole: 'a' } } });
  // @ts-expect-error: not a failure of EMR
  new EmrStep('Join', { ...program, cluster, retryPolicies: [{ exceptionTypes: ['SageMaker.CAPACITY_ERROR'] }] });
  const step = new EmrStep('Join', { ...program, cluster });
  const state: Expression<string> = step.property('Status.State');
  // @ts-expect-error: no such property
  step.property('State');
  expect(state.reads).toEqual([step]);
});

test('a job on EMR Serverless has one application and one program, in the words of EMR', () => {
  const executionRole = iam.Role.fromRoleName(new Stack(), 'Spark', 'spark');
  const jobDriver = { sparkSubmit: { entryPoint: text, entryPointArguments: ['--run', text] } };
  const application = { releaseLabel: text, type: 'SPARK' };
  const job = { executionRole, jobDriver };
  // @ts-expect-error: no application
  new EmrServerlessStep('Features', job);
  // @ts-expect-error: two applications
  new EmrServerlessStep('Features', { ...job, applicationId: text, application });
  // @ts-expect-error: no such program
  new EmrServerlessStep('Features', { ...job, applicationId: text, jobDriver: { SparkSubmit: {} } });
  const two = { ...jobDriver, hive: { query: text } };
  // @ts-expect-error: two programs
  new EmrServerlessStep('Features', { ...job, applicationId: text, jobDriver: two });
  // @ts-expect-error: an application needs a release
  new EmrServerlessStep('Features', { ...job, application: { type: 'SPARK' } });
  // @ts-expect-error: the role has a prop, which also grants what it needs
  new EmrServerlessStep('Features', { ...job, application, request: { executionRoleArn: text } });
  // @ts-expect-error: the service makes the token
  new EmrServerlessStep('Features', { ...job, application: { ...application, clientToken: text } });
  const step = new EmrServerlessStep('Features', { ...job, application });
  const values: [Expression<string>, Expression<number>] = [
    step.property('jobRun.jobRunId'),
    step.property('jobRun.billedResourceUtilization.vCPUHour'),
  ];
  // @ts-expect-error: the answer is in jobRun
  step.property('jobRunId');
  expect(values).toHaveLength(2);
});

test('conditions compare values of one type, and order numbers only', () => {
  // @ts-expect-error: a text where a number belongs
  Condition.greaterThan(train.modelArtifacts, 1);
  // @ts-expect-error: a text where a number belongs
  Condition.lessThan(number, '1');
  // @ts-expect-error: a flag where a number belongs
  Condition.lessThanOrEqualTo(flag, 1);
  // @ts-expect-error: a number is never equal to a text
  Condition.equals(number, 'a');
  // @ts-expect-error: a number is never equal to a text
  Condition.equals(number, text);
  // @ts-expect-error: a text is never one of numbers
  Condition.in(text, [1, 2]);
  expect(Condition.in(text, ['a', text])).toBeInstanceOf(Condition);
});

/** What the compiler thinks of `dependsOn: [step]`. */
type CanBeAwaited<S> = [S] extends [NonNullable<StepProps['dependsOn']>[number]] ? true : false;

test('steps wait for steps that can be awaited', () => {
  // @ts-expect-error: a condition cannot be awaited
  const condition: CanBeAwaited<typeof gate> = true;
  // @ts-expect-error: a failure cannot be awaited
  const failure: CanBeAwaited<typeof fail> = true;
  const others: CanBeAwaited<typeof train | typeof evaluate | RawStep> = true;
  expect([condition, failure, others, gate]).toHaveLength(4);
  // @ts-expect-error: a name is no step
  new ModelStep('Create', { image, dependsOn: ['Train'] });
  expect(new ModelStep('Create', { image, dependsOn: [train, evaluate] }).dependsOn).toEqual([train, evaluate]);
});

test('requests are those of the API, with expressions in the place of scalars', () => {
  // @ts-expect-error: no such instance type
  new ProcessingStep('Prepare', { image, instanceType: 'ml.m5.larg' });
  // @ts-expect-error: an instance type for training only
  new ProcessingStep('Prepare', { image, instanceType: 'ml.trn1.2xlarge' });
  // @ts-expect-error: no such member
  new ProcessingStep('Prepare', { ...job, request: { StoppingConditions: {} } });
  // @ts-expect-error: a text where a number belongs
  new ProcessingStep('Prepare', { ...job, request: { StoppingCondition: { MaxRuntimeInSeconds: text } } });
  // @ts-expect-error: a list cannot be an expression
  new ProcessingStep('Prepare', { ...job, request: { AppSpecification: { ContainerArguments: text } } });
  // @ts-expect-error: the role has a prop, which also grants what it needs
  new ProcessingStep('Prepare', { ...job, request: { RoleArn: 'arn:aws:iam::111122223333:role/a' } });
  // @ts-expect-error: the pipeline decides on the experiment
  new ProcessingStep('Prepare', { ...job, request: { ExperimentConfig: { ExperimentName: 'a' } } });
  // @ts-expect-error: a number where a text belongs
  new ModelStep('Create', { image, environment: { LEVEL: number } });
  new ProcessingStep('Prepare', { image, instanceType: text, instanceCount: number, environment: { LEVEL: text } });
  expect(new ModelStep('Create', { image, environment: { LEVEL: join('', number) } })).toBeInstanceOf(ModelStep);
});

test('retries end after a number of attempts or after a time, and only failures of the kind of step are retried', () => {
  const retryPolicies = [{ exceptionTypes: ['SageMaker.JOB_INTERNAL_ERROR'] }] as const;
  // @ts-expect-error: both limits
  const both: RetryPolicy = { exceptionTypes: [], maxAttempts: 1, expireAfter: Duration.hours(1) };
  // @ts-expect-error: no job, so no failure of one
  new ModelStep('Create', { image, retryPolicies });
  const tuning: Omit<TuningStepProps, 'retryPolicies'> = {
    training: { ...job, inputs: { train: place }, outputPath: place },
    objective: { metricName: 'a', type: 'Maximize' },
    ranges: { a: { type: 'Integer', min: 1, max: 2 } },
    maxTrainingJobs: 1,
  };
  // @ts-expect-error: tuning ignores this failure
  new TuningStep('Tune', { ...tuning, retryPolicies });
  // @ts-expect-error: a result that is never reused
  new ModelStep('Create', { image, cacheExpireAfter: Duration.days(1) });
  expect(both.maxAttempts).toBe(1);
});

test('the results of a check go into the place of its kind', () => {
  const props = { modelPackageGroupName: 'a', image, modelData: place, contentTypes: [], responseTypes: [] };
  const dataQuality = new QualityCheckStep('Check', {
    checkType: 'DATA_QUALITY',
    instanceType: 'ml.m5.large',
    dataset: place,
    outputPath: place,
    skipCheck: true,
  });
  new RegisterModelStep('Register', { ...props, checks: { dataQuality } });
  // @ts-expect-error: a check of data is none of predictions
  new RegisterModelStep('Register', { ...props, checks: { modelQuality: dataQuality } });
  // @ts-expect-error: no such state
  new RegisterModelStep('Register', { ...props, approvalStatus: 'Yes' });
  expect(new RegisterModelStep('Register', { ...props, approvalStatus: text })).toBeInstanceOf(RegisterModelStep);
});
