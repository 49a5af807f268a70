import * as iam from 'aws-cdk-lib/aws-iam';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { FileSet } from '../../constructs/assets';
import { ContainerImage } from '../../constructs/images';
import {
  DebuggerAction,
  DebuggerRule,
  ExecutionVariable,
  join,
  Parameter,
  Pipeline,
  ProfilerRule,
  type TrainingDebugger,
  type TrainingProfiler,
  TrainingStep,
  type TrainingStepProps,
} from '../../constructs/pipeline';
import { Deployment } from '../support/deployment';
import { type Call, callsOf } from '../support/pipeline-calls';
import { simulate } from '../support/simulate';
import { allowedFor, newStack, SAGEMAKER } from '../support/steps';

const ours = ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/loans:1');
const valid: TrainingStepProps = {
  image: ours,
  instanceType: 'ml.m5.xlarge',
  inputs: { train: 's3://loans/train' },
  outputPath: 's3://loans/models',
};
const step = (props: Partial<TrainingStepProps>) =>
  new TrainingStep('Train', { ...valid, ...props } as TrainingStepProps);
const overfit = (...actions: DebuggerAction[]) => DebuggerRule.builtIn('Overfit', { actions });
const email = DebuggerAction.email('team@example.com');
const file = FileSet.fromJson('rule.py', 1);

const plain = allowedFor(step({})).job;
/** What the role of the job may do more than without a debugger. */
const more = (props: Partial<TrainingStepProps>) => {
  const before = plain.map(statement => JSON.stringify(statement));
  const { job, pipeline } = allowedFor(step(props));
  expect(pipeline).toEqual(allowedFor(step({})).pipeline);
  return job.filter(statement => !before.includes(JSON.stringify(statement)));
};
const rulesImage = (account: string, repository: string) => ({
  Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  Resource: [`arn:\${AWS::Partition}:ecr:eu-west-1:${account}:repository/${repository}`],
});
const built = rulesImage('929884845733', 'sagemaker-debugger-rules');
const lists = { Action: ['sagemaker:ListTrainingJobs'], Resource: ['*'] };
const stops = (prefix: string) => ({
  Action: ['sagemaker:StopTrainingJob'],
  Resource: [`${SAGEMAKER}:training-job/${prefix}*`],
});
const topic = {
  Action: ['sns:CreateTopic', 'sns:Publish', 'sns:Subscribe'],
  Resource: ['arn:${AWS::Partition}:sns:eu-west-1:111122223333:SMDebugRules'],
};

describe('the role of the job', () => {
  test('may do nothing more for tensors, measurements and boards alone', () => {
    expect(more({ debugger: {}, profiler: {}, tensorBoard: { outputPath: 's3://loans/board' } })).toEqual([]);
  });

  test.each<[string, Partial<TrainingStepProps>, object[]]>([
    ['may pull the image of a rule', { debugger: { rules: [DebuggerRule.builtIn('Overfit')] } }, [built]],
    [
      'may pull the image of a profiler rule',
      { profiler: { rules: [ProfilerRule.builtIn('ProfilerReport')] } },
      [built],
    ],
    [
      'may find and stop jobs of pipelines',
      { debugger: { rules: [overfit(DebuggerAction.stopTraining())] } },
      [built, lists, stops('pipelines-')],
    ],
    [
      'may stop jobs that begin as the action says',
      { debugger: { rules: [overfit(DebuggerAction.stopTraining('loans-'))] } },
      [built, lists, stops('loans-')],
    ],
    [
      'may stop jobs that begin as the action says, as far as that is known',
      {
        debugger: {
          rules: [
            overfit(DebuggerAction.stopTraining(join('-', 'pipelines', ExecutionVariable.PIPELINE_EXECUTION_ID))),
          ],
        },
      },
      [built, lists, stops('pipelines-')],
    ],
    [
      'may stop a stalled job',
      {
        debugger: {
          rules: [DebuggerRule.builtIn('StalledTrainingRule', { parameters: { stop_training_on_fire: true } })],
        },
      },
      [built, lists, stops('pipelines-')],
    ],
    [
      'may do nothing for a stalled job that goes on',
      {
        debugger: {
          rules: [DebuggerRule.builtIn('StalledTrainingRule', { parameters: { stop_training_on_fire: false } })],
        },
      },
      [built],
    ],
    [
      'may make the one topic, subscribe to it and publish there',
      { debugger: { rules: [overfit(email, DebuggerAction.sms('+12223334444'))] } },
      [built, topic],
    ],
    [
      'may read the file of a rule',
      {
        debugger: {
          rules: [DebuggerRule.custom('Ours', { instanceType: 'ml.t3.medium', source: { file, ruleClass: 'A' } })],
        },
      },
      [
        rulesImage('606966180310', 'sagemaker-debugger-rule-evaluator'),
        {
          Action: ['s3:GetObject'],
          Resource: [expect.stringMatching(/^arn:.*cdk-.*-assets-.*\/[0-9a-f]{32}\/rule\.py$/)],
        },
        {
          Action: ['s3:ListBucket'],
          Resource: [expect.stringMatching(/^arn:.*cdk-.*-assets-[^/]*$/)],
          Condition: { StringLike: { 's3:prefix': [expect.stringMatching(/^[0-9a-f]{32}\/rule\.py\*$/)] } },
        },
      ],
    ],
  ])('%s, and nothing else', (_, props, statements) => {
    const found = more(props);
    expect(found).toHaveLength(statements.length);
    expect(found).toEqual(expect.arrayContaining(statements));
  });

  test('may do all that a job and its rules do', async () => {
    const stack = newStack();
    const training = step({
      debugger: {
        rules: [
          overfit(DebuggerAction.stopTraining(), email),
          DebuggerRule.custom('Ours', { instanceType: 'ml.t3.medium', source: { file, ruleClass: 'A' } }),
          DebuggerRule.builtIn('StalledTrainingRule', { parameters: { stop_training_on_fire: true } }),
        ],
      },
      profiler: { rules: [ProfilerRule.builtIn('ProfilerReport')] },
      tensorBoard: { outputPath: 's3://loans/board' },
    });
    const jobRole = new iam.Role(stack, 'Jobs', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    new Pipeline(stack, 'Pipeline', { steps: [training], jobRole });
    const { region } = new Deployment({});
    const template = JSON.stringify(Template.fromStack(stack).toJSON()).replaceAll('eu-west-1', region);
    const deployment = new Deployment({ Loans: JSON.parse(template) as never });
    const [{ job, jobRole: role = '' } = { job: [], jobRole: '' }] = callsOf(deployment);
    const own = job.filter(call => !isGivenElsewhere(call));
    expect(new Set(own.map(({ action }) => action.split(':')[0]))).toEqual(new Set(['ecr', 's3', 'sagemaker', 'sns']));
    const verdicts = await Promise.all(own.map(call => simulate(deployment, role, call)));
    expect(own.filter((_, index) => verdicts[index] !== 'Allowed')).toEqual([]);
  });

  /** Data is granted by whoever has it, and logs by the role. */
  const isGivenElsewhere = ({ action, resource }: Call) =>
    /^(logs|cloudwatch):/.test(action) || resource.startsWith('arn:aws:s3:::loans');
});

test('a step that stops its job is never reused: its rules know the execution', () => {
  const warnings = (props: Partial<TrainingStepProps>) => {
    const stack = newStack();
    new Pipeline(stack, 'Pipeline', { steps: [step({ ...props, cacheExpireAfter: Duration.days(1) })] });
    return Annotations.fromStack(Stack.of(stack))
      .findWarning('*', Match.anyValue())
      .map(({ entry }) => entry.data);
  };
  expect(warnings({ debugger: { rules: [overfit(email)] } })).toEqual([]);
  expect(warnings({ debugger: { rules: [overfit(DebuggerAction.stopTraining())] } })).toEqual([
    expect.stringContaining(
      'step \'Train\' has \'cacheExpireAfter\', but reads {"Get":"Execution.PipelineExecutionId"}',
    ),
  ]);
});

// The compiler reads this: each line below `@ts-expect-error` must not compile. Nothing of it has to hold at run time.
test('the compiler refuses what rules, hooks and profilers do not know', () => {
  const flag = Parameter.boolean('Flag');
  const custom = { instanceType: 'ml.t3.medium' } as const;
  const wrong = [
    // @ts-expect-error: no such rule
    () => DebuggerRule.builtIn('Overfitting'),
    // @ts-expect-error: no such parameter
    () => DebuggerRule.builtIn('Overfit', { parameters: { threshold: 1 } }),
    // @ts-expect-error: a text for a number
    () => DebuggerRule.builtIn('Overfit', { parameters: { patience: '1' } }),
    // @ts-expect-error: a boolean must be known at synthesis
    () => DebuggerRule.builtIn('ExplodingTensor', { parameters: { only_nan: flag } }),
    // @ts-expect-error: no such phase
    () => DebuggerRule.builtIn('LossNotDecreasing', { parameters: { mode: 'TEST' } }),
    // @ts-expect-error: tensors must be chosen
    () => DebuggerRule.builtIn('AllZero'),
    // @ts-expect-error: tensors must be chosen
    () => DebuggerRule.builtIn('TensorVariance', { parameters: { max_threshold: 1 } }),
    // @ts-expect-error: another training must be named
    () => DebuggerRule.builtIn('SimilarAcrossRuns', { parameters: { collection_names: 'losses' } }),
    // @ts-expect-error: a rule about machines
    () => DebuggerRule.builtIn('LowGPUUtilization'),
    // @ts-expect-error: a rule about machines has no actions
    () => ProfilerRule.builtIn('LowGPUUtilization', { actions: [email] }),
    // @ts-expect-error: the name of another rule is missing
    () => ProfilerRule.builtIn('ProfilerReport', { parameters: { cpu_threshold: 90 } }),
    // @ts-expect-error: a rule of your own needs a file or an image
    () => DebuggerRule.custom('Ours', custom),
    // @ts-expect-error: a rule of your own needs an instance
    () => DebuggerRule.custom('Ours', { image: ours }),
  ];
  const hooks: TrainingDebugger[] = [
    // @ts-expect-error: no such parameter
    { collections: { losses: { save_every: 5 } } },
    // @ts-expect-error: no such phase
    { parameters: { 'test.save_interval': 5 } },
    // @ts-expect-error: no such reduction
    { collections: { losses: { reductions: ['average'] } } },
  ];
  const profilers: TrainingProfiler[] = [
    // @ts-expect-error: no such interval
    { systemIntervalMillis: 300 },
    // @ts-expect-error: steps or a time
    { frameworkMetrics: { measure: { steps: 1, startTime: 0, duration: Duration.minutes(1) } } },
    // @ts-expect-error: rules of machines that nobody measures
    { rules: [ProfilerRule.builtIn('BatchSize')], disabled: true },
  ];
  // @ts-expect-error: rules about machines are no rules about tensors
  const mixed: ProfilerRule extends DebuggerRule ? true : false = true;
  // @ts-expect-error: rules about tensors are no rules about machines
  const mixedUp: DebuggerRule extends ProfilerRule ? true : false = true;
  expect([wrong.length, hooks.length, profilers.length, mixed, mixedUp]).toEqual([13, 3, 3, true, true]);
});
