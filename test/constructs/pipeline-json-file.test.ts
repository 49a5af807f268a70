import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Token } from 'aws-cdk-lib/core';
import {
  CallbackStep,
  Condition,
  ConditionStep,
  ExecutionVariable,
  ExperimentVariable,
  type Expression,
  FailStep,
  join,
  JsonFile,
  Parameter,
  Pipeline,
  type PipelineProps,
  type Step,
} from '../../constructs/pipeline';
import { checkDefinition, type DefinedStep, definitionOf, normalised } from '../support/definition';
import { allowedFor, findingsIn, fixtureOf, newStack } from '../support/steps';

const stack = newStack();
const queue = sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:eu-west-1:111122223333:approvals');
const score = new CallbackStep('Score', { queue, outputs: { folder: 'String' } });
const run = join('/', 's3:/', 'loans', ExecutionVariable.PIPELINE_EXECUTION_ID, 'report.json');
const fail = (errorMessage: Expression<string> | string = 'no') => new FailStep('Tell', { errorMessage });
const gate = (condition: Condition, ifSteps: Step[] = [fail()]) =>
  new ConditionStep('Gate', { conditions: [condition], ifSteps });
const experiment = {
  experimentName: ExecutionVariable.PIPELINE_NAME,
  trialName: ExecutionVariable.PIPELINE_EXECUTION_ID,
};
const pipelineIn = (props: PipelineProps) => new Pipeline(newStack(), 'Pipeline', props);

describe('a JSON file in S3', () => {
  test('is read in conditions as the Python SDK reads it', () => {
    const condition = new ConditionStep('Gate', {
      conditions: [
        Condition.greaterThan(JsonFile.at(run).number('auc.value'), 0.5),
        Condition.equals(
          JsonFile.at(join('/', 's3://loans', score.output('folder'), 'report.json')).boolean('done'),
          true,
        ),
      ],
      ifSteps: [fail(join(' ', ExperimentVariable.EXPERIMENT_NAME, ExperimentVariable.TRIAL_NAME))],
    });
    const definition = definitionOf(pipelineIn({ steps: [score, condition], experiment }));
    expect(checkDefinition(definition)).toEqual([]);
    expect(normalised(definition.Steps[1])).toEqual(normalised(fixtureOf('json-file')[0]));
  });

  test('at a place that is known is a join of one value', () => {
    const text: Expression<string> = JsonFile.at('s3://loans/a.json').text('b');
    expect(text.render()).toEqual({
      'Std:JsonGet': { S3Uri: { 'Std:Join': { On: '', Values: ['s3://loans/a.json'] } }, Path: 'b' },
    });
    expect(JsonFile.at(Parameter.string('Place')).number('b').render()).toMatchObject({
      'Std:JsonGet': { S3Uri: { 'Std:Join': { Values: [{ Get: 'Parameters.Place' }] } } },
    });
  });

  test('makes its step run after those that name its place', () => {
    const value = JsonFile.at(join('/', 's3://loans', score.output('folder'))).number('a');
    expect(value.reads).toEqual([score]);
    expect(() => pipelineIn({ steps: [gate(Condition.lessThan(value, 1))] })).toThrow(
      new Error("Loans/Pipeline: step 'Gate' reads step 'Score', which is not in the pipeline; add it to 'steps'"),
    );
  });

  test('declares the parameters that its place names', () => {
    const place = Parameter.string('Place');
    const value = JsonFile.at(join('/', 's3://loans', place)).number('a');
    expect(definitionOf(pipelineIn({ steps: [gate(Condition.lessThan(value, 1))] })).Parameters).toEqual([
      { Name: 'Place', Type: 'String' },
    ]);
  });

  test('may be read by the pipeline, as far as its place is known', () => {
    const values = [
      JsonFile.at(run).number('a'),
      JsonFile.at(run).number('b'),
      JsonFile.at('s3://loans/c.json').number('c'),
    ];
    const conditions = values.map(value => Condition.lessThan(value, 1));
    const { pipeline } = allowedFor(new ConditionStep('Gate', { conditions, ifSteps: [fail()] }));
    expect(pipeline).toEqual([
      { Action: ['s3:GetObject'], Resource: ['arn:${AWS::Partition}:s3:::loans/*'] },
      { Action: ['s3:GetObject'], Resource: ['arn:${AWS::Partition}:s3:::loans/c.json'] },
    ]);
  });

  test('takes a bucket of the same app', () => {
    const bucket = new s3.Bucket(newStack(), 'Data');
    expect(() => JsonFile.at(`s3://${bucket.bucketName}/a.json`).number('a')).not.toThrow();
    expect(() => JsonFile.at(Token.asString({ Ref: 'Place' })).number('a')).not.toThrow();
  });

  test('warns when its bucket is not known', () => {
    const value = JsonFile.at(join('/', 's3:/', Parameter.string('Bucket'), 'a.json')).number('a');
    const pipeline = pipelineIn({ steps: [gate(Condition.lessThan(value, 1))] });
    Annotations.fromStack(pipeline.stack).hasWarning(
      '/Loans/Pipeline',
      `step 'Gate': the bucket of '{"Std:Join":{"On":"/","Values":["s3:/",{"Get":"Parameters.Bucket"},"a.json"]}}' is only known when the pipeline runs, so reading it is not granted; grant s3:GetObject to the pipeline's role [ack: sagemaker-cdk:read-not-granted-Gate]`,
    );
  });

  test('warns when it is read outside a condition, and only then', () => {
    const warningsOf = (step: Step) =>
      Annotations.fromStack(pipelineIn({ steps: [step] }).stack).findWarning('*', Match.anyValue());
    const value = JsonFile.at('s3://loans/a.json').text('a');
    expect(warningsOf(gate(Condition.equals(value, 'a')))).toEqual([]);
    expect(warningsOf(fail(value)).map(({ entry }) => entry.data)).toEqual([
      `step 'Tell' reads {"Std:Join":{"On":"","Values":["s3://loans/a.json"]}}, which is only known to work in the conditions of a condition step; try it before you rely on it [ack: sagemaker-cdk:json-file-Tell]`,
    ]);
  });

  test.each([
    ['loans/a.json', "JsonFile: 'uri' must be an S3 URI, which starts with s3://, got: loans/a.json"],
    [
      join('/', 'loans', Parameter.string('Place')),
      "JsonFile: 'uri' must be an S3 URI, which starts with s3://, got: loans/",
    ],
    [
      join('/', 's3://loans', join('-', 'a', ExecutionVariable.PIPELINE_NAME)),
      `JsonFile: 'uri' must be joined of literals, parameters, execution variables and properties, got: {"Std:Join":{"On":"-","Values":["a",{"Get":"Execution.PipelineName"}]}}`,
    ],
    [
      join('/', 's3://loans', JsonFile.at('s3://a/b').text('c')),
      `JsonFile: 'uri' must be joined of literals, parameters, execution variables and properties, got: {"Std:JsonGet":{"S3Uri":{"Std:Join":{"On":"","Values":["s3://a/b"]}},"Path":"c"}}`,
    ],
  ])('fails when its place is none: %#', (uri, problem) => {
    expect(() => JsonFile.at(uri)).toThrow(new Error(problem));
  });

  test('fails without a path', () => {
    expect(() => JsonFile.at('s3://loans/a.json').number('')).toThrow(
      new Error("JsonFile: 'path' must name a value, such as metrics.auc.value, got: none"),
    );
  });
});

describe('the check of definitions', () => {
  const [step] = fixtureOf('json-file');
  const changed = (from: string, to: string) =>
    findingsIn([JSON.parse(JSON.stringify(step).replace(from, to)) as DefinedStep]);

  test.each([
    ['"Path":"auc.value"', '"Path":""', /needs a joined S3Uri and a Path/],
    ['"Path":"auc.value"', '"Path":"a","File":1', /needs a joined S3Uri and a Path/],
    [
      '{"Get":"Execution.PipelineExecutionId"}',
      '{"Std:Join":{"On":"","Values":[]}}',
      /needs a joined S3Uri and a Path/,
    ],
    ['{"Get":"Execution.PipelineExecutionId"}', '{"Get":"Parameters.None"}', /nothing is at Parameters\.None/],
    ['"Tell"', '"Say"', /nothing is at PipelineExperimentConfig\.ExperimentName/],
  ])('finds what is wrong with %s as %s', (from, to, finding) => {
    expect(changed(from, to)).toContainEqual(expect.stringMatching(finding));
  });
});

describe('the names of an experiment', () => {
  test('can be read where there is one, and nowhere else', () => {
    const steps = [fail(ExperimentVariable.TRIAL_NAME)];
    const definition = definitionOf(pipelineIn({ steps, experiment }));
    expect(definition.Steps[0]?.Arguments).toEqual({ ErrorMessage: { Get: 'PipelineExperimentConfig.TrialName' } });
    expect(checkDefinition(definition)).toEqual([]);
    expect(() => pipelineIn({ steps })).toThrow(
      new Error("Loans/Pipeline: 'experiment' must be given where a step reads its names, got: none for step 'Tell'"),
    );
  });

  test('fails when the experiment reads itself', () => {
    const own = { ...experiment, trialName: join('-', ExperimentVariable.EXPERIMENT_NAME, 'a') };
    expect(() => pipelineIn({ steps: [fail()], experiment: own })).toThrow(
      new Error("Loans/Pipeline: 'experiment' must not read its own names, got: ExperimentVariable"),
    );
  });
});
