import { Duration } from 'aws-cdk-lib/core';
import {
  AutoMLStep,
  type AutoMLStepProps,
  Condition,
  ConditionStep,
  type Expression,
  FailStep,
  Parameter,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf } from '../support/definition';
import { expectProblem, pipelineOf, written } from '../support/steps';

const valid: AutoMLStepProps = {
  trainingData: 's3://loans/raw/',
  targetAttribute: 'credit_risk',
  outputPath: 's3://loans/automl',
};
const step = (props: Partial<AutoMLStepProps> = {}) => new AutoMLStep('Automl', { ...valid, ...props });

describe('the mode of Autopilot', () => {
  test('is ensembling, also when it is said', () => {
    expect(written(step({ mode: 'ENSEMBLING' })).Arguments).toEqual(written(step()).Arguments);
    expect(written(step()).Arguments.AutoMLJobConfig).toEqual({ Mode: 'ENSEMBLING' });
  });

  test.each(['HYPERPARAMETER_TUNING', 'AUTO'])('fails when the compiler was not asked, and it is %s', mode => {
    const reason = `'mode' must be ENSEMBLING, because a pipeline takes no other mode of Autopilot, got: ${mode}`;
    expectProblem(step({ mode } as unknown as Partial<AutoMLStepProps>), reason);
    const request = { AutoMLJobConfig: { Mode: mode } };
    expectProblem(step({ request } as unknown as Partial<AutoMLStepProps>), reason);
  });

  test('is known to the compiler, and so is what version 2 of the API takes', () => {
    // @ts-expect-error: the service refuses it
    step({ mode: 'HYPERPARAMETER_TUNING' });
    // @ts-expect-error: the service refuses it
    step({ mode: 'AUTO' });
    // @ts-expect-error: a member of CreateAutoMLJobV2
    step({ request: { AutoMLProblemTypeConfig: { ImageClassificationJobConfig: {} } } });
    // @ts-expect-error: a member of CreateAutoMLJobV2
    step({ request: { AutoMLJobInputDataConfig: [] } });
    expect(step()).toBeInstanceOf(AutoMLStep);
  });
});

describe('a search of models', () => {
  test('ranks with data of its own or with a part of the training data, not with both', () => {
    const validationData = 's3://loans/validation/';
    expect(() => written(step({ validationData }))).not.toThrow();
    expectProblem(
      step({ validationData, validationFraction: 0.25 }),
      "'validationFraction' must be left out where 'validationData' is given, got: 0.25",
    );
    expectProblem(
      step({ validationData, validationFraction: Parameter.float('Part') }),
      "'validationFraction' must be left out where 'validationData' is given, got: an expression",
    );
  });

  test('ends after 30 days', () => {
    expect(() => written(step({ maxRuntime: Duration.days(30) }))).not.toThrow();
    expectProblem(
      step({ maxRuntime: Duration.days(31) }),
      "'maxRuntime' must be 1 to 2592000 whole seconds, got: 2678400 seconds",
    );
  });

  test('decides by the metric of its best candidate what runs next', () => {
    const search = step();
    const metric: Expression<number> = search.metricValue;
    const gate = new ConditionStep('Gate', {
      conditions: [Condition.lessThan(metric, 0.7)],
      ifSteps: [new FailStep('Weak', { errorMessage: 'no' })],
    });
    const definition = definitionOf(pipelineOf(search, gate));
    expect(checkDefinition(definition)).toEqual([]);
    expect(definition.Steps[1]?.Arguments.Conditions).toEqual([
      {
        Type: 'LessThan',
        LeftValue: { Get: 'Steps.Automl.BestCandidate.FinalAutoMLJobObjectiveMetric.Value' },
        RightValue: 0.7,
      },
    ]);
  });
});
