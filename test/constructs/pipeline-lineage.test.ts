import { Duration } from 'aws-cdk-lib/core';
import {
  AutoMLStep,
  ExecutionVariable,
  LineageStep,
  type LineageStepProps,
  Parameter,
  Pipeline,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf, normalised } from '../support/definition';
import { allowedFor, expectProblem, findingsIn, fixtureOf, newStack, SAGEMAKER } from '../support/steps';
import { pipelineOf, refusedCalls, written } from '../support/steps';

const id = ExecutionVariable.PIPELINE_EXECUTION_ID;
const action = { type: 'Evaluation', sourceUri: 's3://loans/a' };
const step = (props: LineageStepProps<string, string, string>) => new LineageStep('Record', props);

/** The pipeline that the fixture comes from, with this builder. */
function asInFixture(): Pipeline {
  const search = new AutoMLStep('Automl', {
    trainingData: 's3://loans/raw/',
    targetAttribute: 'credit_risk',
    outputPath: 's3://loans/automl',
  });
  const record = new LineageStep('Record', {
    displayName: 'Record',
    description: 'What came from what',
    actions: {
      evaluation: {
        name: id,
        type: 'Evaluation',
        status: 'Completed',
        description: 'One evaluation',
        sourceUri: ExecutionVariable.PIPELINE_EXECUTION_ARN,
        sourceType: 'Pipeline',
        sourceId: 'loans',
        properties: { auc: '0.8' },
        metadata: { CommitId: '0a1b2c' },
        tags: { team: 'risk' },
      },
    },
    artifacts: {
      report: {
        type: 'EvaluationReport',
        sourceUri: search.insightsReport,
        sourceIds: { Custom: 'report' },
        properties: { kind: 'insights' },
      },
    },
    contexts: {
      loans: { type: 'Project', description: 'All about loans', sourceUri: 's3://loans', sourceType: 'Bucket' },
    },
    associations: [
      { source: { action: 'evaluation' }, destination: { artifact: 'report' }, type: 'Produced' },
      { source: { artifact: 'report' }, destination: { context: 'loans' }, type: 'AssociatedWith' },
    ],
  });
  const more = new LineageStep('RecordMore', {
    associations: [{ source: { arn: record.artifactArn('report') }, destination: { kind: 'Action', name: id } }],
  });
  return new Pipeline(newStack(), 'Pipeline', { steps: [search, record, more] });
}

describe('LineageStep', () => {
  test('writes entities and associations as the Python SDK does', async () => {
    const pipeline = asInFixture();
    const definition = definitionOf(pipeline);
    expect(normalised(definition.Steps.slice(1))).toEqual(normalised(fixtureOf('lineage')));
    expect(checkDefinition(definition)).toEqual([]);
    expect(findingsIn([...fixtureOf('automl').slice(0, 1), ...fixtureOf('lineage')])).toEqual([]);
    expect(await refusedCalls(pipeline)).toEqual([]);
  });

  test('needs one entity, whose key is its name', () => {
    expect(written(step({ actions: { evaluation: action } })).Arguments).toEqual({
      Actions: [{ ActionName: 'evaluation', ActionType: 'Evaluation', Source: { SourceUri: 's3://loans/a' } }],
    });
  });

  test('tells the ARNs of entities whose name is known', () => {
    const record = new LineageStep('Record', {
      actions: { a: action, b: { ...action, name: id } },
      artifacts: { a: { ...action, name: 'report' } },
      contexts: { a: action },
    });
    expect(record.actionArn('a').render()).toEqual({ Get: "Steps.Record.ActionArns['a']" });
    expect(record.artifactArn('a').render()).toEqual({ Get: "Steps.Record.ArtifactArns['report']" });
    expect(record.contextArn('a').reads).toEqual([record]);
    expect(() => record.actionArn('b')).toThrow(
      new Error(
        `step 'Record': 'b' must have a name that is known at synthesis for its ARN to be read, got: {"Get":"Execution.PipelineExecutionId"}`,
      ),
    );
  });

  const adds = (...resources: string[]) => ({
    Action: ['sagemaker:AddAssociation'],
    Resource: resources.map(resource => (resource.startsWith('arn:') ? resource : `${SAGEMAKER}:${resource}`)),
  });
  const creates = (kind: string, resource: string) => ({
    Action: ['sagemaker:AddTags', `sagemaker:Create${kind}`],
    Resource: [`${SAGEMAKER}:${resource}`],
  });

  test('lets the pipeline create what it names, and associate what it names', () => {
    const record = new LineageStep('Record', {
      actions: { evaluation: action },
      artifacts: { report: action },
      contexts: { loans: { ...action, name: Parameter.string('Project') } },
      associations: [{ source: { action: 'evaluation' }, destination: { artifact: 'report' } }],
    });
    expect(allowedFor(record).pipeline).toEqual([
      creates('Action', 'action/evaluation'),
      creates('Artifact', 'artifact/*'),
      creates('Context', 'context/*'),
      adds('action/evaluation'),
      adds('artifact/*'),
    ]);
  });

  test('lets the pipeline associate this ARN, or any entity where an ARN is not known', () => {
    const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:experiment/loans';
    const record = step({ associations: [{ source: { arn }, destination: { arn: Parameter.string('Arn') } }] });
    expect(allowedFor(record).pipeline).toEqual([
      adds(arn),
      adds('action/*', 'artifact/*', 'context/*', 'experiment/*', 'experiment-trial-component/*'),
    ]);
  });

  const many = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, action]));
  const texts = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`name${index}`, 'a']));
  const association = { source: { kind: 'Action', name: 'a' }, destination: { kind: 'Action', name: 'b' } } as const;
  const one = (more: object) => ({ actions: { a: { ...action, ...more } } });
  test.each([
    [{}, "'actions', 'artifacts', 'contexts' or 'associations' must hold something, got: nothing"],
    [{ actions: many(6) }, "'actions' must be at most 5, got: 6"],
    [{ artifacts: many(6) }, "'artifacts' must be at most 5, got: 6"],
    [{ contexts: many(6) }, "'contexts' must be at most 5, got: 6"],
    [{ associations: Array.from({ length: 11 }, () => association) }, "'associations' must be at most 10, got: 11"],
    [
      { artifacts: { a_b: action } },
      "'artifacts.a_b' must have a name of 1 to 120 letters, digits and hyphens, and start and end with a letter or digit, got: a_b",
    ],
    [
      { contexts: { a: { ...action, name: 'a b' } } },
      "'contexts.a' must have a name of 1 to 120 letters, digits, - and _, and start and end with a letter or digit, got: a b",
    ],
    [one({ type: 'x'.repeat(257) }), "'actions.a.type' must have at most 256 characters, got: 257"],
    [one({ sourceUri: '' }), "'actions.a.sourceUri' must not be empty, got: "],
    [one({ sourceUri: 'x'.repeat(2049) }), "'actions.a.sourceUri' must have at most 2048 characters, got: 2049"],
    [one({ sourceType: 'x'.repeat(257) }), "'actions.a.sourceType' must have at most 256 characters, got: 257"],
    [one({ sourceId: 'x'.repeat(257) }), "'actions.a.sourceId' must have at most 256 characters, got: 257"],
    [one({ description: 'x'.repeat(3073) }), "'actions.a.description' must have at most 3072 characters, got: 3073"],
    [one({ properties: texts(31) }), "'actions.a.properties' must be at most 30, got: 31"],
    [one({ tags: texts(51) }), "'actions.a.tags' must be at most 50, got: 51"],
  ] as [LineageStepProps<string, string, string>, string][])(
    'fails when a prop breaks a rule: %#',
    (props, problem) => {
      expectProblem(step(props), problem);
    },
  );

  test('takes a context with _ in its name', () => {
    expect(() => pipelineOf(step({ contexts: { a_b: action } }))).not.toThrow();
  });

  test('knows entities by key, and is neither retried nor cached', () => {
    const actions = { evaluation: action };
    const record = new LineageStep('Record', { actions });
    // @ts-expect-error: no such action
    record.actionArn('evaluations');
    // @ts-expect-error: no artifact was declared
    record.artifactArn('evaluation');
    // @ts-expect-error: no such action
    new LineageStep('A', { actions, associations: [{ source: { action: 'b' }, destination: { arn: 'a' } }] });
    // @ts-expect-error: no such relation
    new LineageStep('A', { associations: [{ source: { arn: 'a' }, destination: { arn: 'a' }, type: 'Made' }] });
    // @ts-expect-error: the service does not cache it
    new LineageStep('A', { actions, cacheExpireAfter: Duration.days(1) });
    // @ts-expect-error: the service does not retry it
    new LineageStep('A', { actions, retryPolicies: [] });
    expect(record).toBeInstanceOf(LineageStep);
  });
});
