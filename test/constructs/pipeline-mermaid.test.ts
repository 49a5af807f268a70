import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib/core';
import { ContainerImage } from '../../constructs/images';
import {
  Condition,
  ConditionStep,
  FailStep,
  mermaid,
  Pipeline,
  ProcessingStep,
  RawStep,
  TrainingStep,
} from '../../constructs/pipeline';

const step = (Name: string, Type = 'Processing', more: object = {}) => ({ Name, Type, Arguments: {}, ...more });
const reading = (Name: string, ...values: unknown[]) => step(Name, 'Processing', { Arguments: { values } });
const linesOf = (...Steps: object[]) => {
  const [first, ...lines] = mermaid({ Version: '2020-12-01', Steps }).trimEnd().split('\n');
  expect(first).toBe('flowchart TD');
  return lines.map(line => line.slice(2));
};

describe('mermaid', () => {
  test('draws each kind of step in its shape', () => {
    const kinds = ['Processing', 'Training', 'Tuning', 'AutoML', 'Transform', 'Model', 'RegisterModel', 'ClarifyCheck'];
    kinds.push('QualityCheck', 'Condition', 'Fail', 'Lambda', 'Callback', 'EMR', 'Endpoint', 'Unheard-of');
    expect(kinds.flatMap(kind => linesOf(step('A', kind))).map(line => line.replace('step_A', ''))).toEqual([
      '["A<br/>Processing"]',
      '(["A<br/>Training"])',
      '(["A<br/>Tuning"])',
      '(["A<br/>AutoML"])',
      '[["A<br/>Transform"]]',
      '[("A<br/>Model")]',
      '[("A<br/>RegisterModel")]',
      '{{"A<br/>ClarifyCheck"}}',
      '{{"A<br/>QualityCheck"}}',
      '{"A<br/>Condition"}',
      '((("A<br/>Fail")))',
      '[/"A<br/>Lambda"/]',
      '[/"A<br/>Callback"/]',
      '["A<br/>EMR"]',
      '[\\"A<br/>Endpoint"\\]',
      '["A<br/>Unheard-of"]',
    ]);
  });

  test('labels what is read: the key, the last member, the place in a file; each once', () => {
    const output = { Get: "Steps.A.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri" };
    const file = {
      'Std:JsonGet': { PropertyFile: { Get: 'Steps.A.PropertyFiles.metrics' }, Path: "auc['value'][0]" },
    };
    const nested = {
      'Std:Join': { On: '/', Values: ['s3:/', { Get: 'Steps.A.TrainingJobSummaries[0].TrainingJobName' }] },
    };
    expect(linesOf(step('A'), reading('B', output, file, nested, output)).slice(2)).toEqual([
      'step_A -->|"train<br/>metrics: auc[\'value\'][0]<br/>TrainingJobName"| step_B',
    ]);
  });

  test('reads what stands beside the arguments, and no text that only looks like a reference', () => {
    const beside = step('B', 'QualityCheck', { SuppliedBaselineStatistics: { Get: 'Steps.A.Baseline' } });
    const text = reading('C', 'Steps.A.Baseline', { Get: 'Parameters.A' }, { Get: 'Execution.PipelineName' });
    expect(linesOf(step('A'), beside, text).slice(3)).toEqual(['step_A -->|"Baseline"| step_B']);
  });

  test('draws an order without a reading as a dashed arrow', () => {
    const both = { ...reading('C', { Get: 'Steps.A.X' }), DependsOn: ['A', 'B'] };
    expect(linesOf(step('A'), step('B'), both).slice(3)).toEqual(['step_A -->|"X"| step_C', 'step_B -.-> step_C']);
  });

  test('leads from a condition into its branches, and puts several steps into a box', () => {
    const Arguments = {
      Conditions: [{ Type: 'Equals', LeftValue: { Get: 'Steps.A.X' }, RightValue: 1 }],
      IfSteps: [step('B'), reading('C', { Get: 'Steps.B.Y' })],
      ElseSteps: [step('D', 'Fail')],
    };
    expect(linesOf(step('A'), { Name: 'Gate', Type: 'Condition', Arguments })).toEqual([
      'step_A["A<br/>Processing"]',
      'step_Gate{"Gate<br/>Condition"}',
      'subgraph if_step_Gate ["if"]',
      '  step_B["B<br/>Processing"]',
      '  step_C["C<br/>Processing"]',
      'end',
      'step_D((("D<br/>Fail")))',
      'step_A -->|"X"| step_Gate',
      'step_Gate -->|"if"| if_step_Gate',
      'step_Gate -->|"else"| step_D',
      'step_B -->|"Y"| step_C',
    ]);
  });

  test('escapes what means something to Mermaid, in labels and in ids', () => {
    const Arguments = { a: { Get: `Steps.a-b.Outputs['"]|<b>#;%'].X` } };
    expect(linesOf(step('a-b', 'x"`y'), step('a_b'), step('end', 'Fail', { Arguments }))).toEqual([
      'step_a_b["a-b<br/>x#34;#96;y"]',
      'step_a_b_2["a_b<br/>Processing"]',
      'step_end((("end<br/>Fail")))',
      'step_a_b -->|"#34;]#124;#60;b#62;#35;#59;#37;"| step_end',
    ]);
  });

  test('draws a graph whose steps nobody lists as far as it goes', () => {
    expect(linesOf({ ...reading('A', { Get: 'Steps.Gone.X' }), DependsOn: ['Lost'] })).toEqual([
      'step_A["A<br/>Processing"]',
    ]);
    expect(mermaid({})).toBe('flowchart TD\n');
  });
});

describe('the graph of a pipeline', () => {
  const image = ContainerImage.scikitLearn('1.2-1');
  const instanceType = 'ml.m5.large';
  const prepare = new ProcessingStep('Prepare', { image, instanceType, outputs: { train: 's3://loans/train' } });
  const train = new TrainingStep('Train', {
    image,
    instanceType,
    inputs: { train: { uri: prepare.output('train'), contentType: 'text/csv' } },
    outputPath: 's3://loans/models',
  });
  const gate = new ConditionStep('Gate', {
    conditions: [Condition.equals(train.property('TrainingJobStatus'), 'Completed')],
    ifSteps: [new RawStep('Tell', { type: 'Lambda', arguments: {} })],
    elseSteps: [new FailStep('Stop', { errorMessage: 'no' })],
  });
  const app = new App();
  const stage = new Stage(app, 'Test');
  const newPipeline = (scope: Stack) => new Pipeline(scope, 'Pipeline', { steps: [prepare, train, gate] });
  const pipeline = newPipeline(new Stack(app, 'Loans'));
  newPipeline(new Stack(stage, 'Staged'));

  const expected = [
    'flowchart TD',
    '  step_Prepare["Prepare<br/>Processing"]',
    '  step_Train(["Train<br/>Training"])',
    '  step_Gate{"Gate<br/>Condition"}',
    '  step_Tell[/"Tell<br/>Lambda"/]',
    '  step_Stop((("Stop<br/>Fail")))',
    '  step_Prepare -->|"train"| step_Train',
    '  step_Train -->|"TrainingJobStatus"| step_Gate',
    '  step_Gate -->|"if"| step_Tell',
    '  step_Gate -->|"else"| step_Stop',
    '',
  ].join('\n');

  test('is that of its definition', () => {
    expect(pipeline.toMermaid()).toBe(expected);
  });

  test('lies beside the template, in the assembly of its stage', () => {
    const { directory } = app.synth();
    const drawings = (folder: string) => readdirSync(folder).filter(name => name.endsWith('.mmd'));
    expect(drawings(directory)).toEqual(['Loans.Pipeline.mmd']);
    expect(readFileSync(join(directory, 'Loans.Pipeline.mmd'), 'utf8')).toBe(expected);
    expect(drawings(join(directory, 'assembly-Test'))).toEqual(['TestStaged3077FFF7.Pipeline.mmd']);
  });
});
