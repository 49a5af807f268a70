import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import * as builder from '../../constructs/pipeline';
import { presets } from '../../lib/settings';
import { challengerAnswers } from '../../lib/credit-risk/step-files';
import { sharedAppOf } from '../support/app';
import { checkDefinition, definitionOf, type DefinedStep } from '../support/definition';
import { withBranches } from '../support/definition-parts';

// Definitions name kinds of steps, and several classes share one; only the steps themselves know their class.
const rendered = jest.spyOn(builder.Step.prototype, 'render');
const { build } = sharedAppOf('showcase').stacks;
const usedClasses = new Set(rendered.mock.contexts.map(step => (step as builder.Step).constructor.name));
rendered.mockRestore();

const pipelines = {
  challenger: build.examples?.challenger,
  spark: build.examples?.spark,
  batchScoring: build.examples?.batchScoring,
  experiments: build.examples?.experiments,
  release: build.examples?.release,
  emr: build.examples?.emr,
  bedrock: build.examples?.bedrock,
};
const definitions = Object.fromEntries(
  Object.entries(pipelines).flatMap(([name, pipeline]) => (pipeline ? [[name, definitionOf(pipeline)]] : [])),
);
const stepsOf = (name: string) => (definitions[name]?.Steps ?? []).flatMap(withBranches);
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

test('what a region lacks is left out', () => {
  const { examples } = sharedAppOf('showcase', { region: 'cn-north-1', account: '111122223333' }).stacks.build;
  expect(examples?.challenger).toBeUndefined();
  expect(examples?.bedrock).toBeUndefined();
  expect(examples?.spark).not.toBeUndefined();
  const release = examples && definitionOf(examples.release);
  expect((release?.Steps ?? []).flatMap(withBranches).map(({ Type }) => Type)).not.toContain('Training');
  expect(release?.Parameters?.map(({ Name }) => Name)).not.toContain('FeaturesUri');
  expect(checkDefinition(release ?? { Version: '', Steps: [] })).toEqual([]);
});

test('every class of step is used by a pipeline of the showcase', () => {
  const exceptions = {
    RawStep: 'for kinds that have no class, and all have one',
    AwaitableStep: 'abstract',
    Step: 'abstract',
  };
  const classes = Object.keys(builder).filter(name => name.endsWith('Step'));
  expect(classes.length).toBeGreaterThan(25);
  expect(classes.filter(name => !usedClasses.has(name)).sort()).toEqual(Object.keys(exceptions).sort());
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
  expect(commands).toHaveLength(8);
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
  const names = [
    'Encode',
    'CreateModel',
    'Score-transform',
    'Score-monitoring',
    'Decide',
    'DescribeKnownAnswers',
    'CheckAnswers',
    'CheckDecisionBias',
    'HandOver',
  ];
  const checks = ['Score-monitoring', 'CheckAnswers', 'CheckDecisionBias'];
  const { examples } = sharedAppOf('showcase', { managedChecks: false }).stacks.build;
  const open = examples && definitionOf(examples.batchScoring);
  const openStep = (name: string) => open?.Steps.find(({ Name }) => Name === name);

  test('the quality of the applications is checked before they are scored, and a violation stops the scoring', () => {
    expect(stepsOf('batchScoring').map(({ Name }) => Name)).toEqual(names);
    expect(step('batchScoring', 'Score-transform').DependsOn).toEqual(['Score-monitoring']);
    for (const name of checks) {
      expect(step('batchScoring', name)).toMatchObject({ SkipCheck: false, FailOnViolation: true });
    }
  });

  test('readers get decisions only after the checks of answers and bias, which a violation fails', () => {
    const place = (steps: readonly DefinedStep[] = []) =>
      steps.flatMap(({ Name, Arguments }) =>
        JSON.stringify(Arguments.ProcessingOutputConfig ?? '').includes('credit-risk/decisions') ? [Name] : [],
      );
    expect(step('batchScoring', 'HandOver').DependsOn).toEqual(['CheckAnswers', 'CheckDecisionBias']);
    expect(openStep('HandOver')).toEqual(step('batchScoring', 'HandOver'));
    expect([place(stepsOf('batchScoring')), place(open?.Steps)]).toEqual([['HandOver'], ['HandOver']]);
  });

  test('answers are compared with those that the version gave when it was made', () => {
    expect(step('batchScoring', 'CheckAnswers')).toMatchObject({
      SuppliedBaselineStatistics: { Get: 'Steps.DescribeKnownAnswers.CalculatedBaselineStatistics' },
      SuppliedBaselineConstraints: { Get: 'Steps.DescribeKnownAnswers.CalculatedBaselineConstraints' },
    });
    const { ProcessingInputs } = openStep('CheckAnswers')?.Arguments ?? {};
    expect(JSON.stringify(ProcessingInputs)).toContain('Steps.DescribeKnownAnswers.ProcessingOutputConfig');
  });

  test('the version, the applications and known answers are given at each start', () => {
    const required = definitions.batchScoring?.Parameters?.filter(parameter => !('DefaultValue' in parameter));
    expect(required?.map(({ Name }) => Name)).toEqual(['ApplicationsUri', 'ModelPackageArn', 'KnownAnswersUri']);
  });

  test('without the managed checks the same steps check, in jobs of our own', () => {
    expect(open?.Steps.map(({ Name }) => Name)).toEqual(names);
    expect(checkDefinition(open ?? { Version: '', Steps: [] })).toEqual([]);
    for (const name of checks) {
      const { AppSpecification } = openStep(name)?.Arguments ?? {};
      const words = (AppSpecification as { ContainerArguments: string[] }).ContainerArguments;
      expect(words[words.indexOf('--fail-on-violation') + 1]).toBe('true');
      expect(words).not.toContain('--skip-check');
    }
  });
});

describe('experiments', () => {
  test('algorithms are ranked together', () => {
    const { TrainingJobDefinitions } = step('experiments', 'CompareAlgorithms').Arguments as {
      TrainingJobDefinitions: Record<string, unknown>[];
    };
    expect(TrainingJobDefinitions.map(({ DefinitionName }) => DefinitionName)).toEqual(['trees', 'linear']);
    expect(
      new Set(TrainingJobDefinitions.map(({ TuningObjective }) => (TuningObjective as { Type: string }).Type)),
    ).toEqual(new Set(['Maximize']));
  });

  test('the program gets arguments that it knows, and can go on after an interruption', () => {
    const { HyperParameters, CheckpointConfig, EnableManagedSpotTraining } = step('experiments', 'TrainOnSpot')
      .Arguments as Record<string, object>;
    const program = readFileSync(join(__dirname, '../../lib/credit-risk/training/train.py'), 'utf8');
    const given = Object.keys(HyperParameters ?? {}).filter(name => !name.startsWith('sagemaker_'));
    expect(given).toHaveLength(6);
    for (const name of given) expect(program).toMatch(new RegExp(`["-]${name}"`));
    // The program looks there for what an interrupted run has left.
    const { LocalPath = '/opt/ml/checkpoints' } = CheckpointConfig as { LocalPath?: string };
    expect(CheckpointConfig).toMatchObject({ S3Uri: { 'Std:Join': expect.anything() as unknown } });
    expect(program).toContain(LocalPath);
    expect(EnableManagedSpotTraining).toBe(true);
  });

  test('without the managed checks, Debugger and Profiler are left alone', () => {
    const { examples } = sharedAppOf('showcase', { managedChecks: false }).stacks.build;
    const steps = examples ? definitionOf(examples.experiments).Steps : [];
    const train = steps.find(({ Name }) => Name === 'TrainOnSpot')?.Arguments ?? {};
    expect(Object.keys(train)).not.toContain('DebugRuleConfigurations');
    expect(Object.keys(train)).not.toContain('ProfilerConfig');
    expect(Object.keys(step('experiments', 'TrainOnSpot').Arguments)).toEqual(
      expect.arrayContaining(['DebugRuleConfigurations', 'ProfilerConfig']),
    );
  });

  test('the model that is tried has the program for answers in it', () => {
    expect(step('experiments', 'CreateModel').Arguments.PrimaryContainer).toMatchObject({
      Environment: { SAGEMAKER_PROGRAM: 'inference.py', SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code' },
      ModelDataUrl: { Get: 'Steps.AddInference.ModelArtifacts.S3ModelArtifacts' },
    });
  });
});

describe('release', () => {
  test('nothing is created before the function and the person agree', () => {
    expect(definitions.release?.Steps.map(({ Name }) => Name)).toEqual(['LookUp', 'Releasable']);
    expect(step('release', 'Releasable').Arguments.Conditions).toMatchObject([{ Type: 'Equals', RightValue: true }]);
    expect(step('release', 'CreateModel').DependsOn).toEqual(['AskPerson']);
    expect(step('release', 'CreateConfig').DependsOn).toEqual(['AskPerson']);
  });

  test('the notebook asks the endpoint that the model was placed on, and the jobs may', () => {
    const { HyperParameters } = step('release', 'Report').Arguments;
    expect(HyperParameters).toMatchObject({
      endpoint_name: { Get: 'Steps.DeployEndpoint.EndpointName' },
      component_name: { Get: 'Steps.PlaceModel.InferenceComponentName' },
    });
    const { EndpointName } = step('release', 'DeployEndpoint').Arguments;
    // A policy of a role that has grown too large goes on in managed ones.
    const template = Template.fromStack(build);
    const all = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap(type =>
      Object.values(template.findResources(type)).flatMap(policy =>
        (
          policy as { Properties: { PolicyDocument: { Statement: { Action: unknown }[] } } }
        ).Properties.PolicyDocument.Statement.filter(({ Action }) => Action === 'sagemaker:InvokeEndpoint'),
      ),
    );
    expect(all).toHaveLength(1);
    expect(JSON.stringify(all)).toContain(`:endpoint/${String(EndpointName)}"`);
  });

  test('its questions are encrypted, go over TLS only, and are not lost', () => {
    const template = Template.fromStack(build);
    const queues = template.findResources('AWS::SQS::Queue', { Properties: { SqsManagedSseEnabled: true } }) as Record<
      string,
      { readonly Properties: object }
    >;
    const desk = Object.keys(queues).filter(id => id.startsWith('ExamplePipelinesReleaseDesk'));
    expect(desk).toHaveLength(2);
    expect(desk.filter(id => 'RedrivePolicy' in (queues[id]?.Properties ?? {}))).toHaveLength(1);
    for (const id of desk) {
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: id }],
        PolicyDocument: {
          Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Action: 'sqs:*' }],
        },
      });
    }
  });
});

describe('emr', () => {
  test('both ways run the same program with the same arguments', () => {
    const { JobConfig } = step('emr', 'EncodeServerless').Arguments as {
      JobConfig: { jobDriver: { sparkSubmit: { entryPoint: unknown; entryPointArguments: unknown[] } } };
    };
    const { StepConfig } = step('emr', 'EncodeOnCluster').Arguments as {
      StepConfig: { HadoopJarStep: { Args: unknown[] } };
    };
    const { entryPoint, entryPointArguments } = JobConfig.jobDriver.sparkSubmit;
    expect(StepConfig.HadoopJarStep.Args.slice(-7)).toEqual([entryPoint, ...entryPointArguments]);
    expect(JSON.stringify(entryPoint)).toContain('encode_with_spark.py');
  });

  test('all modules that the program imports go with it', () => {
    const folder = join(__dirname, '../../lib/credit-risk/steps');
    const importsOf = (file: string): string[] => {
      const found = [...readFileSync(join(folder, file), 'utf8').matchAll(/^(?:from|import) (\w+)/gm)];
      return found.map(([, name]) => `${String(name)}.py`).filter(name => existsSync(join(folder, name)));
    };
    const words = JSON.stringify(step('emr', 'EncodeOnCluster').Arguments);
    const modules = importsOf('encode_with_spark.py');
    expect(modules).not.toEqual([]);
    for (const name of modules.flatMap(each => [each, ...importsOf(each)])) expect(words).toContain(`/${name}`);
  });

  test('without a cluster, EMR Serverless is taken', () => {
    expect(definitions.emr?.Parameters).toContainEqual(
      expect.objectContaining({ Name: 'EmrClusterId', DefaultValue: 'none' }),
    );
    expect(step('emr', 'WithoutCluster').Arguments.Conditions).toMatchObject([{ Type: 'Equals', RightValue: 'none' }]);
  });
});

describe('bedrock', () => {
  test('each value of the parameter runs one branch', () => {
    const { EnumValues } = definitions.bedrock?.Parameters?.find(({ Name }) => Name === 'Way') ?? {};
    const branches = definitions.bedrock?.Steps.map(({ Arguments }) => Arguments as Record<string, DefinedStep[]>);
    expect(branches?.flatMap(({ Conditions = [] }) => Conditions.map(({ RightValue }) => RightValue))).toEqual(
      EnumValues,
    );
    expect(branches?.map(({ IfSteps = [] }) => IfSteps.map(({ Type }) => Type))).toEqual([
      ['BedrockModelImport'],
      ['BedrockCustomModel', 'BedrockCustomModelDeployment'],
      ['BedrockCustomModel', 'BedrockProvisionedModelThroughput'],
    ]);
  });

  test('its role trusts Bedrock for this account only', () => {
    Template.fromStack(build).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'bedrock.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
    });
  });
});
