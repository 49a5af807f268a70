import {
  CreateModelInput$,
  CreateProcessingJobRequest$,
  DescribeTrainingJobResponse$,
} from '@aws-sdk/client-sagemaker';
import { checkDefinition, type Definition, definitionOf } from '../support/definition';
import { everyKind } from '../support/every-kind-of-step';
import { requestProblems, typeAt } from '../support/request-schema';

// The oracles of the other tests: each of these faults must be found, or the oracles prove nothing.

describe('the schemas of requests', () => {
  const model = { ModelName: 'loans', PrimaryContainer: { Image: 'loans', Environment: { LEVEL: 'info' } } };

  test('find nothing in a good request', () => {
    expect(requestProblems(CreateModelInput$, model)).toEqual([]);
  });

  test.each([
    [{ ...model, Name: 'a' }, ['.Name: is unknown']],
    [{}, ['.ModelName: is missing']],
    [{ ...model, ModelName: 1 }, ['.ModelName: must be a string, got: 1']],
    [{ ...model, ModelName: { Get: 'Parameters.A' } }, ['.ModelName: must be a string, got: {"Get":"Parameters.A"}']],
    [{ ...model, EnableNetworkIsolation: 'yes' }, ['.EnableNetworkIsolation: must be a boolean, got: "yes"']],
    [{ ...model, Containers: {} }, ['.Containers: must be a list, got: {}']],
    [{ ...model, Containers: [{ Imag: 'a' }] }, ['.Containers[0].Imag: is unknown']],
    [{ ...model, VpcConfig: { Subnets: [] } }, ['.VpcConfig.SecurityGroupIds: is missing']],
    [
      { ...model, PrimaryContainer: { Environment: { LEVEL: 1 } } },
      ['.PrimaryContainer.Environment.LEVEL: must be a string, got: 1'],
    ],
    [[], [': must be a structure, got: []']],
  ])('find the fault of a bad request: %#', (request, problems) => {
    expect(requestProblems(CreateModelInput$, request)).toEqual(problems);
  });

  test('let members be optional or refused in the request itself, and nowhere below', () => {
    const options = { optional: ['ModelName', 'Image'], refused: ['VpcConfig'] };
    expect(requestProblems(CreateModelInput$, {}, options)).toEqual([]);
    expect(requestProblems(CreateModelInput$, { VpcConfig: { Subnets: [] } }, options)).toEqual([
      '.VpcConfig: is refused here',
      '.VpcConfig.SecurityGroupIds: is missing',
    ]);
  });

  test('take a function in the place of a scalar of its type only', () => {
    const evaluate = (value: object) => ('Get' in value ? { types: ['string' as const] } : undefined);
    const job = (InstanceCount: unknown, ContainerArguments: unknown) => ({
      ProcessingResources: { ClusterConfig: { InstanceCount, InstanceType: 'ml.m5.large', VolumeSizeInGB: 30 } },
      AppSpecification: { ImageUri: 'loans', ContainerArguments },
      RoleArn: { Get: 'a' },
    });
    const options = { optional: ['ProcessingJobName'], evaluate };
    expect(requestProblems(CreateProcessingJobRequest$, job(1, [{ Get: 'a' }]), options)).toEqual([]);
    expect(requestProblems(CreateProcessingJobRequest$, job({ Get: 'a' }, { Get: 'a' }), options)).toEqual([
      '.ProcessingResources.ClusterConfig.InstanceCount: must be a number, got: {"Get":"a"}',
      '.AppSpecification.ContainerArguments: must be a list, which a function cannot be, got: {"Get":"a"}',
    ]);
  });

  test.each([
    ['ModelArtifacts.S3ModelArtifacts', 'string'],
    ['ResourceConfig.VolumeSizeInGB', 'number'],
    ['InputDataConfig[0].ChannelName', 'string'],
    ["Environment['A']", 'string'],
    ['ModelArtifacts', undefined],
    ['ModelArtifacts[0]', undefined],
    ['InputDataConfig.ChannelName', undefined],
    ['NoSuchThing', undefined],
  ])('know the type at %s', (path, type) => {
    expect(typeAt(DescribeTrainingJobResponse$, path)).toBe(type);
  });
});

describe('the check of a definition', () => {
  type Mutable = { Steps: (Record<string, unknown> & { Arguments: Record<string, unknown> })[] } & Record<
    string,
    unknown
  >;
  let good: Definition;

  beforeAll(() => {
    good = definitionOf(everyKind());
  });

  /** What the check says after a change; `step` finds a step that is not in a branch. */
  const afterwards = (change: (step: (name: string) => Mutable['Steps'][0], definition: Mutable) => void) => {
    const definition = structuredClone(good) as unknown as Mutable;
    change(name => {
      const step = definition.Steps.find(({ Name }) => Name === name);
      if (!step) throw new Error(`no step ${name}`);
      return step;
    }, definition);
    return checkDefinition(definition as unknown as Definition);
  };
  const outputs = (step: Mutable['Steps'][0]) => step.OutputParameters as object[];
  const branch = (step: Mutable['Steps'][0]) => step.Arguments.ElseSteps as Mutable['Steps'];

  test.each([
    ['another version', (_, all) => (all.Version = '2021-01-01'), /^Version: must be/],
    ['an unknown key', (_, all) => (all.Step = []), /^definition\.Step: is unknown/],
    ['an unknown key of a step', step => (step('Train').Cache = 1), /^Train\.Cache: is unknown/],
    ['an unknown member', step => (step('Train').Arguments.Hyper = {}), /^Train\.Hyper: is unknown/],
    ['a missing member', step => delete step('Train').Arguments.RoleArn, /^Train\.RoleArn: is missing/],
    [
      'a refused member',
      step => (step('Register-RegisterModel').Arguments.CertifyForMarketplace = true),
      /is refused here/,
    ],
    ['two steps of one name', step => (step('Train').Name = 'Tune'), /^step Tune: is not unique/],
    ['a name with a blank', step => (step('Explain').Name = 'a b'), /^a b: is no name of a step/],
    [
      'an unknown parameter',
      step => (step('Predict').Arguments.ModelName = { Get: 'Parameters.X' }),
      /nothing is at Parameters\.X/,
    ],
    [
      'an unknown step',
      step => (step('Predict').Arguments.ModelName = { Get: 'Steps.X.ModelName' }),
      /nothing is at Steps\.X/,
    ],
    [
      'an unknown property',
      step => (step('Predict').Arguments.ModelName = { Get: 'Steps.Train.X' }),
      /nothing is at Steps\.Train\.X/,
    ],
    [
      'an unknown output',
      step =>
        (step('Predict').Arguments.ModelName = {
          Get: "Steps.Prepare.ProcessingOutputConfig.Outputs['x'].S3Output.S3Uri",
        }),
      /nothing is at Steps\.Prepare/,
    ],
    [
      'a number in the place of a text',
      step => (step('Predict').Arguments.ModelName = { Get: 'Parameters.InstanceCount' }),
      /must be a string/,
    ],
    [
      'a join without separator',
      step => (step('Predict').Arguments.ModelName = { 'Std:Join': { Values: [] } }),
      /Std:Join takes On/,
    ],
    [
      'a function with two keys',
      step => (step('Predict').Arguments.ModelName = { Get: 'a', 'Std:Join': {} }),
      /a function has one key/,
    ],
    [
      'an unknown property file',
      step =>
        (step('Predict').Arguments.ModelName = {
          'Std:JsonGet': { PropertyFile: { Get: 'Steps.Prepare.PropertyFiles.x' }, Path: 'a' },
        }),
      /no such property file/,
    ],
    [
      'a property file of no output',
      step => (step('Prepare').PropertyFiles = [{ PropertyFileName: 'report', OutputName: 'x', FilePath: 'a' }]),
      /which is no output/,
    ],
    [
      'a retry where none is possible',
      step => (step('Explain').RetryPolicies = []),
      /^Explain\.RetryPolicies: is unknown/,
    ],
    [
      'a retry of a failure of another kind',
      step => (step('Create-CreateModel').RetryPolicies = [{ ExceptionType: ['SageMaker.CAPACITY_ERROR'] }]),
      /cannot retry SageMaker/,
    ],
    [
      'two limits of a retry',
      step =>
        (step('Train').RetryPolicies = [{ ExceptionType: ['Step.THROTTLING'], MaxAttempts: 1, ExpireAfterMin: 1 }]),
      /exclude each other/,
    ],
    [
      'too many attempts',
      step => (step('Train').RetryPolicies = [{ ExceptionType: ['Step.THROTTLING'], MaxAttempts: 21 }]),
      /MaxAttempts is out of range/,
    ],
    [
      'a cache where none is possible',
      step => (step('Create-CreateModel').CacheConfig = {}),
      /CacheConfig: is unknown/,
    ],
    [
      'a cache without a duration',
      step => (step('Train').CacheConfig = { Enabled: true }),
      /must have Enabled and a duration/,
    ],
    ['a dependency on nothing', step => (step('Train').DependsOn = ['X']), /depends on X, which does not exist/],
    ['a dependency on a condition', step => (step('Train').DependsOn = ['GoodEnough']), /a Condition step/],
    ['a dependency into a branch', step => (step('Train').DependsOn = ['TooWeak']), /not visible there/],
    [
      'a condition inside a branch',
      step => branch(step('GoodEnough')).push({ ...structuredClone(step('GoodEnough')), Name: 'Inner' }),
      /is a condition inside a branch/,
    ],
    [
      'an unknown condition',
      step => (step('GoodEnough').Arguments.Conditions = [{ Type: 'NotEquals' }]),
      /NotEquals is no condition/,
    ],
    ['no condition', step => (step('GoodEnough').Arguments.Conditions = []), /has no condition/],
    [
      'an order of texts',
      step => (step('GoodEnough').Arguments.Conditions = [{ Type: 'LessThan', LeftValue: 'a', RightValue: 1 }]),
      /must be a number/,
    ],
    [
      'an output that is not declared',
      step => (step('Approve').Arguments.table = { Get: "Steps.Price.OutputParameters['rate']" }),
      /nothing is at Steps\.Price/,
    ],
    [
      'a structure among flat inputs',
      step => (step('Price').Arguments.data = { uri: 'a' }),
      /^Price: must be a string or number or boolean/,
    ],
    [
      'an output of no type',
      step => (step('Price').OutputParameters = [{ OutputName: 'table', OutputType: 'Text' }]),
      /^Price\.OutputParameters: table has no type/,
    ],
    ['no function to call', step => delete step('Price').FunctionArn, /^Price\.FunctionArn: is missing/],
    ['no queue to send to', step => delete step('Approve').SqsQueueUrl, /^Approve\.SqsQueueUrl: is missing/],
    ['an output twice', step => outputs(step('Price')).push({ OutputName: 'table' }), /table: is not unique/],
    [
      'too many outputs',
      step => outputs(step('Price')).push(...Array.from({ length: 50 }, (_, n) => ({ OutputName: n }))),
      /at most 50/,
    ],
    ['a retry of a function', step => (step('Price').RetryPolicies = []), /^Price\.RetryPolicies: is unknown/],
    [
      'two clusters for a job',
      step => (step('Join').Arguments.ClusterId = 'j-1'),
      /^Join: needs one of ClusterId, ClusterConfig/,
    ],
    ['a job without a cluster', step => delete step('Aggregate').Arguments.ClusterId, /^Aggregate: needs one of/],
    [
      'a cluster with a name',
      step => Object.assign(step('Join').Arguments.ClusterConfig as object, { Name: 'loans' }),
      /^Join\.ClusterConfig\.Name: is unknown/,
    ],
    [
      'a cluster that outlives its step',
      step =>
        Object.assign((step('Join').Arguments.ClusterConfig as { Instances: object }).Instances, {
          KeepJobFlowAliveWhenNoSteps: true,
        }),
      /KeepJobFlowAliveWhenNoSteps: is unknown/,
    ],
    [
      'a job without a program',
      step => (step('Aggregate').Arguments.StepConfig = { HadoopJarStep: {} }),
      /^Aggregate\.StepConfig\.HadoopJarStep\.Jar: is missing/,
    ],
    [
      'a retry of what EMR does not fail with',
      step => (step('Join').RetryPolicies = [{ ExceptionType: ['SageMaker.CAPACITY_ERROR'] }]),
      /cannot retry SageMaker/,
    ],
    [
      'a job with two applications',
      step => (step('Query').Arguments.ApplicationId = 'a'),
      /^Query: needs one of ApplicationId, ApplicationConfig/,
    ],
    [
      'a job in another application than its step',
      step => Object.assign(step('Features').Arguments.JobConfig as object, { applicationId: 'b' }),
      /^Features: has two applications/,
    ],
    [
      'a job with another role than its step',
      step => Object.assign(step('Query').Arguments.JobConfig as object, { executionRoleArn: 'b' }),
      /^Query: has two roles/,
    ],
    [
      'a member in the words of another service',
      step => Object.assign(step('Features').Arguments.JobConfig as object, { JobDriver: {} }),
      /^Features\.JobConfig\.JobDriver: is unknown/,
    ],
    [
      'a job with two programs',
      step =>
        Object.assign((step('Features').Arguments.JobConfig as { jobDriver: object }).jobDriver, {
          hive: { query: 's3://loans/a' },
        }),
      /^Features\.JobConfig\.jobDriver: must have exactly one member/,
    ],
    ['an unknown check', step => (step('Explain').CheckType = 'DATA'), /CheckType: must be one of/],
    ['a model check without a model', step => delete step('Explain').ModelName, /ModelName: belongs to model checks/],
    ['a text for a flag', step => (step('Explain').SkipCheck = 'true'), /must be a boolean/],
    [
      'a default of another type',
      (_, all) =>
        (all.Parameters = [...(all.Parameters as object[]), { Name: 'X', Type: 'Integer', DefaultValue: 1.5 }]),
      /default must be a Integer/,
    ],
    [
      'a parameter declared twice',
      (_, all) => (all.Parameters = [...(all.Parameters as object[]), { Name: 'InstanceCount', Type: 'Integer' }]),
      /parameter InstanceCount: is not unique/,
    ],
  ] as [string, Parameters<typeof afterwards>[0], RegExp][])('finds %s', (_, change, finding) => {
    expect(afterwards(() => undefined)).toEqual([]);
    expect(afterwards(change)).toContainEqual(expect.stringMatching(finding));
  });
});
