import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { App, Duration, Stack, Token } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ContainerImage } from '../../constructs/images';
import { AutoMLStep, FailStep, Pipeline, ProcessingStep, type Step } from '../../constructs/pipeline';
import { matchesPattern } from '../support/event-pattern';
import { type InputTransformer, transformed } from '../support/notification';

interface Event {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

const FIXTURE = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'pipeline-events.json'), 'utf8')) as {
  readonly execution: Event;
  readonly step: Event;
};
const env = { account: '123456789012', region: 'us-east-1' };
const prepare = () =>
  new ProcessingStep('myprocessingstep1', {
    image: ContainerImage.scikitLearn('1.2-1'),
    instanceType: 'ml.m5.large',
    outputs: { train: 's3://loans/train' },
  });
const newStack = (where: object | undefined = env) => new Stack(new App(), 'Loans', { env: where });
const pipelineIn = (stack: Stack, pipelineName = 'myPipeline-123', steps: readonly Step[] = [prepare()]) =>
  new Pipeline(stack, 'Pipeline', { pipelineName, steps });

/** Takes out what CloudFormation fills in. */
function filled(value: unknown): unknown {
  const text = JSON.stringify(value, (_, part: unknown) => {
    const join = (part as { 'Fn::Join'?: [string, unknown[]] } | null)?.['Fn::Join'];
    return join ? join[1].map(each => (typeof each === 'string' ? each : 'aws')).join(join[0]) : part;
  });
  return JSON.parse(text);
}
const ruleIn = (stack: Stack) => {
  const [rule] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  return filled(rule) as {
    Properties: { EventPattern: unknown; Description?: string; Targets: { InputTransformer: InputTransformer }[] };
  };
};
const changed = (event: Event, detail: object): Event => ({ ...event, detail: { ...event.detail, ...detail } });

describe('a rule', () => {
  const failed = changed(FIXTURE.execution, { currentPipelineExecutionStatus: 'Failed' });
  const stepFailed = changed(FIXTURE.step, { currentStepStatus: 'Failed', failureReason: 'ClientError' });
  const other = { pipelineArn: 'arn:aws:sagemaker:us-east-1:123456789012:pipeline/other' };
  const rules: Record<string, [make: (pipeline: Pipeline) => events.Rule, fits: Event[], fitsNot: Event[]]> = {
    onExecutionStatusChange: [
      pipeline => pipeline.onExecutionStatusChange('Rule'),
      [FIXTURE.execution, failed],
      [FIXTURE.step, changed(failed, other)],
    ],
    onSucceeded: [
      pipeline => pipeline.onSucceeded('Rule'),
      [FIXTURE.execution],
      [failed, FIXTURE.step, changed(FIXTURE.execution, other)],
    ],
    onFailed: [
      pipeline => pipeline.onFailed('Rule'),
      [failed],
      [FIXTURE.execution, stepFailed, changed(failed, other)],
    ],
    'onStepFailed of any step': [
      pipeline => pipeline.onStepFailed('Rule'),
      [stepFailed, changed(stepFailed, { stepName: 'another' })],
      [failed, FIXTURE.step, changed(stepFailed, other)],
    ],
    'onStepFailed of one step': [
      pipeline => pipeline.onStepFailed('Rule', { step: 'myprocessingstep1' }),
      [stepFailed],
      [changed(stepFailed, { stepName: 'another' }), FIXTURE.step],
    ],
  };

  test.each(Object.entries(rules))('%s matches the events of the documentation', (_, [make, fits, fitsNot]) => {
    const stack = newStack();
    make(pipelineIn(stack));
    const { EventPattern } = ruleIn(stack).Properties;
    expect(fits.map(event => matchesPattern(EventPattern, event))).toEqual(fits.map(() => true));
    expect(fitsNot.map(event => matchesPattern(EventPattern, event))).toEqual(fitsNot.map(() => false));
  });

  test('takes a step itself, a target, and the options of any rule', () => {
    const stack = newStack();
    const step = prepare();
    const rule = pipelineIn(stack, 'loans', [step]).onStepFailed('Rule', {
      step,
      description: 'tells us',
      target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')),
    });
    expect(rule.node.path).toBe('Loans/Pipeline/Rule');
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Description: 'tells us',
      EventPattern: Match.objectLike({ detail: Match.objectLike({ stepName: ['myprocessingstep1'] }) }),
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
  });

  test('fails when the step is not in the pipeline', () => {
    expect(() => pipelineIn(newStack()).onStepFailed('Rule', { step: 'Train' })).toThrow(
      new Error("Loans/Pipeline: 'step' must be one of the pipeline's steps, got: Train"),
    );
  });

  test('has a source that matches nothing else', () => {
    expect(matchesPattern({ source: ['aws.sagemaker'] }, { ...FIXTURE.step, source: 'mine' })).toBe(false);
  });
});

describe('notify', () => {
  const messageIn = (stack: Stack, event: Event) => {
    const [target] = ruleIn(stack).Properties.Targets;
    return target ? transformed(target.InputTransformer, event) : '';
  };
  const failed = changed(FIXTURE.execution, { currentPipelineExecutionStatus: 'Failed' });

  test('tells of executions that failed or were stopped, in lines that a person reads', () => {
    const stack = newStack();
    pipelineIn(stack).notify(new sns.Topic(stack, 'Topic'));
    const { EventPattern, Description } = ruleIn(stack).Properties;
    const statuses = ['Executing', 'Succeeded', 'Failed', 'Stopping', 'Stopped'].filter(status =>
      matchesPattern(EventPattern, changed(failed, { currentPipelineExecutionStatus: status })),
    );
    expect(statuses).toEqual(['Failed', 'Stopped']);
    expect(Description).toBe('Tells of executions of myPipeline-123: Failed, Stopped');
    const arn = 'arn:aws:sagemaker:us-east-1:123456789012:pipeline/myPipeline-123/execution/p4jn9xou8a8s';
    expect(messageIn(stack, failed).split('\n')).toEqual([
      '"Pipeline myPipeline-123: Failed"',
      `"Execution: ${arn}"`,
      '"Time: 2021-03-15T16:03:13Z to 2021-03-15T16:10:10Z"',
      `"Steps and reasons: aws sagemaker list-pipeline-execution-steps --region us-east-1 --pipeline-execution-arn ${arn}"`,
      '"Studio: https://console.aws.amazon.com/sagemaker/home?region=us-east-1#/studio"',
    ]);
  });

  test.each([
    ['cn-north-1', 'console.amazonaws.cn'],
    ['us-gov-west-1', 'console.amazonaws-us-gov.com'],
    ['eu-central-1', 'console.aws.amazon.com'],
  ])('links the console of %s', (region, host) => {
    const stack = newStack({ ...env, region });
    pipelineIn(stack).notify(new sns.Topic(stack, 'Topic'));
    expect(messageIn(stack, { ...failed, region })).toContain(
      `"Studio: https://${host}/sagemaker/home?region=${region}#/studio"`,
    );
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Conditions');
  });

  test('lets CloudFormation choose the console where the region is not known, with one condition for all pipelines', () => {
    const stack = newStack({});
    pipelineIn(stack).notify(new sns.Topic(stack, 'Topic'));
    new Pipeline(stack, 'Second', { steps: [prepare()] }).notify(new sns.Topic(stack, 'Topic2'));
    const template = Template.fromStack(stack);
    expect((template.toJSON() as { Conditions: unknown }).Conditions).toEqual({
      IsPartitionOfChina: { 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-cn'] },
      IsPartitionOfGovCloud: { 'Fn::Equals': [{ Ref: 'AWS::Partition' }, 'aws-us-gov'] },
    });
    expect(JSON.stringify(template.findResources('AWS::Events::Rule'))).toContain(
      JSON.stringify({
        'Fn::If': [
          'IsPartitionOfGovCloud',
          'console.amazonaws-us-gov.com',
          { 'Fn::If': ['IsPartitionOfChina', 'console.amazonaws.cn', 'console.aws.amazon.com'] },
        ],
      }),
    );
  });

  test('tells of the statuses that are asked for', () => {
    const stack = newStack();
    pipelineIn(stack).notify(new sns.Topic(stack, 'Topic'), { statuses: ['Succeeded'] });
    expect(matchesPattern(ruleIn(stack).Properties.EventPattern, FIXTURE.execution)).toBe(true);
    expect(matchesPattern(ruleIn(stack).Properties.EventPattern, failed)).toBe(false);
  });

  test('publishes through a role, which may use the key of the topic', () => {
    const stack = newStack();
    const masterKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    pipelineIn(stack).notify(new sns.Topic(stack, 'Topic', { masterKey, enforceSSL: true }));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'sns:Publish', Resource: { Ref: Match.stringLikeRegexp('^Topic') } },
          { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: Match.anyValue() },
        ],
      },
    });
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('can tell several topics', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack);
    pipeline.notify(new sns.Topic(stack, 'One'));
    pipeline.notify(new sns.Topic(stack, 'Two'));
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 2);
  });

  test('fails when a topic is told a second time', () => {
    const stack = newStack();
    const pipeline = pipelineIn(stack);
    const topic = new sns.Topic(stack, 'Topic');
    pipeline.notify(topic);
    expect(() => pipeline.notify(topic, { statuses: ['Succeeded'] })).toThrow(
      new Error("Loans/Pipeline: 'topic' must be told once, of all its 'statuses', got: Loans/Topic for a second time"),
    );
  });

  test('fails when there is no status to tell of', () => {
    const stack = newStack();
    expect(() => pipelineIn(stack).notify(new sns.Topic(stack, 'Topic'), { statuses: [] })).toThrow(
      new Error("Loans/Pipeline: 'statuses' must hold at least one element, got: []"),
    );
  });
});

describe('a metric', () => {
  const NAMESPACE = 'AWS/Sagemaker/ModelBuildingPipeline';
  const statOf = (metric: cloudwatch.Metric) => metric.toMetricConfig().metricStat;

  test.each([
    ['metricStarted', 'ExecutionStarted', 'Sum'],
    ['metricSucceeded', 'ExecutionSucceeded', 'Sum'],
    ['metricFailed', 'ExecutionFailed', 'Sum'],
    ['metricStopped', 'ExecutionStopped', 'Sum'],
    ['metricDuration', 'ExecutionDuration', 'Maximum'],
  ] as const)('%s is %s of the pipeline, as %s', (method, metricName, statistic) => {
    expect(statOf(pipelineIn(newStack(), 'loans')[method]())).toMatchObject({
      namespace: NAMESPACE,
      metricName,
      statistic,
      dimensions: [{ name: 'PipelineName', value: 'loans' }],
    });
  });

  test.each([
    ['metricStepFailed', 'StepFailed', 'Sum'],
    ['metricStepDuration', 'StepDuration', 'Maximum'],
  ] as const)('%s is %s of the step, given itself or by name, as %s', (method, metricName, statistic) => {
    const step = prepare();
    const pipeline = pipelineIn(newStack(), 'loans', [step]);
    const expected = {
      namespace: NAMESPACE,
      metricName,
      statistic,
      dimensions: [
        { name: 'PipelineName', value: 'loans' },
        { name: 'StepName', value: 'myprocessingstep1' },
      ],
    };
    expect(statOf(pipeline[method](step))).toMatchObject(expected);
    expect(statOf(pipeline[method]('myprocessingstep1'))).toMatchObject(expected);
  });

  test('takes options', () => {
    const metric = pipelineIn(newStack()).metricDuration({ statistic: 'p90', period: Duration.hours(1) });
    expect(statOf(metric)).toMatchObject({ statistic: 'p90', period: Duration.hours(1) });
  });
});

describe('an alarm', () => {
  const alarmOf = (make: (pipeline: Pipeline) => cloudwatch.Alarm) => {
    const stack = newStack();
    make(pipelineIn(stack, 'loans'));
    const [alarm] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
    return (alarm as { Properties: unknown }).Properties;
  };
  const PIPELINE = { Name: 'PipelineName', Value: 'loans' };
  const STEP = { Name: 'StepName', Value: 'myprocessingstep1' };
  const namespace = { Namespace: 'AWS/Sagemaker/ModelBuildingPipeline' };

  test('on failures goes off at the first one, and is well without executions', () => {
    expect(alarmOf(pipeline => pipeline.addFailureAlarm('Failures'))).toEqual({
      ...namespace,
      AlarmDescription: 'Pipeline loans: failures of executions',
      MetricName: 'ExecutionFailed',
      Dimensions: [PIPELINE],
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('on failures can watch one step, for several within a time', () => {
    const options = { step: 'myprocessingstep1', threshold: 3, period: Duration.hours(1) };
    expect(alarmOf(pipeline => pipeline.addFailureAlarm('Failures', options))).toMatchObject({
      AlarmDescription: 'Pipeline loans: failures of step myprocessingstep1',
      MetricName: 'StepFailed',
      Dimensions: [PIPELINE, STEP],
      Period: 3600,
      Threshold: 3,
    });
  });

  test('on the duration compares milliseconds', () => {
    expect(alarmOf(pipeline => pipeline.addDurationAlarm('Slow', { longerThan: Duration.hours(2) }))).toEqual({
      ...namespace,
      AlarmDescription: 'Pipeline loans: milliseconds that executions took',
      MetricName: 'ExecutionDuration',
      Dimensions: [PIPELINE],
      Statistic: 'Maximum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 7_200_000,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
  });

  test('on the duration can watch one step', () => {
    const options = { step: 'myprocessingstep1', longerThan: Duration.minutes(1), period: Duration.minutes(10) };
    expect(alarmOf(pipeline => pipeline.addDurationAlarm('Slow', options))).toMatchObject({
      AlarmDescription: 'Pipeline loans: milliseconds that step myprocessingstep1 took',
      MetricName: 'StepDuration',
      Dimensions: [PIPELINE, STEP],
      Period: 600,
      Threshold: 60_000,
    });
  });

  test('takes a duration that is only known at deployment', () => {
    const longerThan = Duration.millis(Token.asNumber({ Ref: 'Limit' }));
    expect(alarmOf(pipeline => pipeline.addDurationAlarm('Slow', { longerThan }))).toMatchObject({
      Threshold: { Ref: 'Limit' },
    });
  });

  test.each([
    [(pipeline: Pipeline) => pipeline.addFailureAlarm('A', { threshold: 0 }), "'threshold' must be 1 or more, got: 0"],
    [
      (pipeline: Pipeline) => pipeline.addDurationAlarm('A', { longerThan: Duration.minutes(0) }),
      "'longerThan' must be above 0, got: 0 milliseconds",
    ],
    [
      (pipeline: Pipeline) => pipeline.addFailureAlarm('A', { step: 'Train' }),
      "'step' must be one of the pipeline's steps, got: Train",
    ],
  ])('fails when an option breaks a rule: %#', (make, problem) => {
    expect(() => alarmOf(make)).toThrow(new Error(`Loans/Pipeline: ${problem}`));
  });
});

describe('logGroupNames', () => {
  const of = (...steps: Step[]) => pipelineIn(newStack(), 'loans', steps).logGroupNames;

  test('are those of the jobs', () => {
    expect(of(prepare())).toEqual(['/aws/sagemaker/ProcessingJobs']);
    const stack = newStack();
    const kinds = ['Training', 'Tuning', 'Transform', 'ClarifyCheck', 'QualityCheck', 'Model', 'Lambda'];
    const Steps = kinds.map(kind => ({ Name: kind, Type: kind, Arguments: {} }));
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/Pipelines');
    const definition = { Version: '2020-12-01', Steps };
    expect(Pipeline.fromDefinition(stack, 'Pipeline', { definition, role }).logGroupNames).toEqual([
      '/aws/sagemaker/ProcessingJobs',
      '/aws/sagemaker/TrainingJobs',
      '/aws/sagemaker/TransformJobs',
    ]);
  });

  test('of AutoML are those of all the jobs that it starts', () => {
    const step = new AutoMLStep('Search', {
      trainingData: { uri: 's3://loans/train' },
      targetAttribute: 'credit_risk',
      outputPath: 's3://loans/automl',
    });
    expect(of(step)).toEqual([
      '/aws/sagemaker/AutoMLJobs',
      '/aws/sagemaker/ProcessingJobs',
      '/aws/sagemaker/TrainingJobs',
      '/aws/sagemaker/TransformJobs',
    ]);
  });

  test('are none where no job runs', () => {
    expect(of(new FailStep('Fail', { errorMessage: 'no' }))).toEqual([]);
  });
});
