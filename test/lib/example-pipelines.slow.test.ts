import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { presets } from '../../lib/settings';
import { challengerAnswers } from '../../lib/credit-risk/step-files';
import { sharedAppOf } from '../support/app';
import { checkDefinition, definitionOf, type DefinedStep } from '../support/definition';

const { build } = sharedAppOf('showcase').stacks;
const pipelines = {
  challenger: build.examples?.challenger,
  spark: build.examples?.spark,
  batchScoring: build.examples?.batchScoring,
};
const definitions = Object.fromEntries(
  Object.entries(pipelines).flatMap(([name, pipeline]) => (pipeline ? [[name, definitionOf(pipeline)]] : [])),
);
const stepsOf = (name: string) => definitions[name]?.Steps ?? [];
const step = (pipeline: string, name: string): DefinedStep => {
  const found = stepsOf(pipeline).find(({ Name }) => Name === name);
  if (!found) throw new Error(`no step ${name}`);
  return found;
};

test('the showcase has all example pipelines, the other presets none', () => {
  const ofPreset = (preset: keyof typeof presets) =>
    Template.fromStack(sharedAppOf(preset).stacks.build).findResources('AWS::SageMaker::Pipeline');
  expect(Object.keys(definitions)).toEqual(Object.keys(pipelines));
  expect(Object.keys(ofPreset('showcase'))).toHaveLength(1 + Object.keys(pipelines).length);
  expect(Object.keys(ofPreset('sandbox'))).toHaveLength(1);
});

test('where Autopilot has no images there is no challenger', () => {
  const { examples } = sharedAppOf('showcase', { region: 'cn-north-1', account: '111122223333' }).stacks.build;
  expect(examples?.challenger).toBeUndefined();
  expect(examples?.spark).not.toBeUndefined();
});

test.each(Object.keys(pipelines))('the service would take the definition of %s', name => {
  expect(checkDefinition(definitions[name] ?? { Version: '', Steps: [] })).toEqual([]);
});

test('every script that a step runs is a file of the project, in a container that has its command', () => {
  const commands = Object.keys(definitions).flatMap(name =>
    stepsOf(name).flatMap(({ Arguments }) => {
      const { ContainerEntrypoint = [] } = (Arguments.AppSpecification ?? {}) as { ContainerEntrypoint?: string[] };
      return ContainerEntrypoint.length > 0 ? [ContainerEntrypoint] : [];
    }),
  );
  expect(commands).toHaveLength(4);
  for (const [command, script = ''] of commands) {
    const file = script.replace('/opt/ml/processing/input/code/', '');
    expect(existsSync(join(__dirname, '../../lib/credit-risk/steps', file))).toBe(true);
    expect(command).toBe(file.includes('spark') ? 'smspark-submit' : 'python3');
  }
});

describe('challenger', () => {
  test('the container answers what the evaluate step is told to read', () => {
    expect(step('challenger', 'Evaluate').Arguments.AppSpecification).toMatchObject({
      ContainerArguments: ['--answers', challengerAnswers],
    });
    expect(step('challenger', 'CreateModel').Arguments.PrimaryContainer).toMatchObject({
      Environment: { SAGEMAKER_INFERENCE_OUTPUT: 'predicted_label,probability' },
    });
  });

  test('is registered in a group of its own, and only if it is better', () => {
    const { IfSteps, ElseSteps, Conditions } = step('challenger', 'BetterThanChampion').Arguments as {
      IfSteps: DefinedStep[];
      ElseSteps: DefinedStep[];
      Conditions: unknown;
    };
    expect(IfSteps.map(({ Arguments }) => Arguments.ModelPackageGroupName)).toEqual([
      'showcase-credit-risk-challenger',
    ]);
    expect(ElseSteps).toEqual([]);
    expect(Conditions).toMatchObject([{ Type: 'GreaterThan', RightValue: { Get: 'Parameters.ChampionAuc' } }]);
  });

  test('its jobs have a role that the jobs of the workload do not have', () => {
    const { RoleArn } = step('challenger', 'SearchModels').Arguments;
    expect(RoleArn).not.toEqual(
      definitionOf(build.pipeline).Steps.find(({ Name }) => Name === 'Prepare')?.Arguments.RoleArn,
    );
  });
});

describe('spark', () => {
  test('several instances train on shares of the files that the cluster writes', () => {
    const { InputDataConfig, ResourceConfig } = step('spark', 'Train').Arguments as {
      InputDataConfig: { ChannelName: string; DataSource: { S3DataSource: Record<string, unknown> } }[];
      ResourceConfig: { InstanceCount: number };
    };
    expect(ResourceConfig.InstanceCount).toBeGreaterThan(1);
    const { ContainerArguments } = step('spark', 'EncodeWithSpark').Arguments.AppSpecification as {
      ContainerArguments: unknown[];
    };
    const folder = ContainerArguments[ContainerArguments.indexOf('--to') + 1] as { 'Std:Join': { Values: unknown[] } };
    for (const { ChannelName, DataSource } of InputDataConfig) {
      expect(DataSource.S3DataSource.S3DataDistributionType).toBe('ShardedByS3Key');
      const { Values } = (DataSource.S3DataSource.S3Uri as typeof folder)['Std:Join'];
      expect(Values).toEqual([
        ...folder['Std:Join'].Values.slice(0, -1),
        `${String(folder['Std:Join'].Values.at(-1))}/${ChannelName}`,
      ]);
    }
    const files = Number(ContainerArguments[ContainerArguments.indexOf('--files') + 1]);
    expect(files).toBeGreaterThanOrEqual(ResourceConfig.InstanceCount);
  });

  test('training waits for the cluster, although it reads none of its properties', () => {
    expect(step('spark', 'Train').DependsOn).toEqual(['EncodeWithSpark']);
  });
});

describe('batch scoring', () => {
  test('the quality of the applications is checked before they are scored, and a violation stops the scoring', () => {
    expect(stepsOf('batchScoring').map(({ Name }) => Name)).toEqual([
      'Encode',
      'CreateModel',
      'Score-transform',
      'Score-monitoring',
    ]);
    expect(step('batchScoring', 'Score-transform').DependsOn).toEqual(['Score-monitoring']);
    expect(step('batchScoring', 'Score-monitoring')).toMatchObject({ SkipCheck: false, FailOnViolation: true });
  });

  test('the version and the applications are given at each start', () => {
    const required = definitions.batchScoring?.Parameters?.filter(parameter => !('DefaultValue' in parameter));
    expect(required?.map(({ Name }) => Name)).toEqual(['ApplicationsUri', 'ModelPackageArn']);
  });

  test('without the managed checks the applications are scored all the same', () => {
    const { examples } = sharedAppOf('showcase', { managedChecks: false }).stacks.build;
    const plain = examples && definitionOf(examples.batchScoring);
    expect(plain?.Steps.map(({ Name }) => Name)).toEqual(['Encode', 'CreateModel', 'Score-transform']);
    expect(checkDefinition(plain ?? { Version: '', Steps: [] })).toEqual([]);
  });
});
