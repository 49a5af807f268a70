import * as kms from 'aws-cdk-lib/aws-kms';
import { Duration, type Stack } from 'aws-cdk-lib/core';
import {
  BedrockCustomModelDeploymentStep,
  BedrockCustomModelStep,
  type BedrockCustomModelStepProps,
  BedrockModelImportStep,
  type BedrockModelImportStepProps,
  BedrockProvisionedModelThroughputStep,
  type BedrockProvisionedModelThroughputStepProps,
  ExecutionVariable,
  type Expression,
  join,
  Parameter,
  Pipeline,
  type Step,
} from '../../constructs/pipeline';
import { checkDefinition, definitionOf, normalised } from '../support/definition';
import { allowedFor, expectProblem, findingsIn, fixtureOf, given, newStack, passes } from '../support/steps';
import { refusedCalls, written } from '../support/steps';

const role = given.role(newStack(), 'Bedrock');
const id = ExecutionVariable.PIPELINE_EXECUTION_ID;
const place = 's3://escrow/nova/';
const tags = { team: 'risk' };
const custom = (props: Partial<BedrockCustomModelStepProps> = {}) =>
  new BedrockCustomModelStep('CustomModel', { modelName: 'loans-nova', modelData: place, role, ...props });
const imports = (props: Partial<BedrockModelImportStepProps> = {}) =>
  new BedrockModelImportStep('ImportModel', {
    jobName: 'import-1',
    importedModelName: 'loans-llama',
    modelData: place,
    role,
    ...props,
  });
const buys = (props: Partial<BedrockProvisionedModelThroughputStepProps> = {}) =>
  new BedrockProvisionedModelThroughputStep('Throughput', {
    provisionedModelName: 'loans-nova',
    modelId: 'amazon.nova-lite-v1:0',
    modelUnits: 1,
    ...props,
  });
const deploys = (props: Partial<ConstructorParameters<typeof BedrockCustomModelDeploymentStep>[1]> = {}) =>
  new BedrockCustomModelDeploymentStep('DeployCustomModel', {
    modelDeploymentName: 'loans-nova',
    modelArn: Parameter.string('ModelArn'),
    ...props,
  });

/** The pipeline that the fixture comes from, with this builder. */
function asInFixture(
  keyOf = (stack: Stack): kms.IKey => given.key(stack, '0a1b2c3d-0000-4000-8000-0123456789ab'),
): Pipeline {
  const stack = newStack();
  const encryptionKey = keyOf(stack);
  const model = custom({ encryptionKey, tags, displayName: 'Custom', description: 'Nova' });
  const { modelArn } = model;
  return new Pipeline(stack, 'Pipeline', {
    parameters: [given.rawData],
    steps: [
      model,
      deploys({ modelArn, deploymentDescription: 'Nova for loans', tags }),
      imports({
        jobName: join('-', 'import', id),
        modelData: join('/', 's3://loans/runs', id, 'llama'),
        encryptionKey,
        network: given.network(stack),
        jobTags: tags,
        importedModelTags: tags,
      }),
      buys({ modelId: modelArn, modelUnits: given.count, commitmentDuration: 'OneMonth', tags }),
    ],
  });
}

describe('Bedrock steps', () => {
  test('are written as the Python SDK does, and have what they need', async () => {
    const pipeline = asInFixture();
    const definition = definitionOf(pipeline);
    expect(normalised(definition.Steps)).toEqual(normalised(fixtureOf('bedrock')));
    expect(checkDefinition(definition)).toEqual([]);
    expect(findingsIn(fixtureOf('bedrock'))).toEqual([]);
    // Only a key of the template has a policy that can be asked.
    expect(await refusedCalls(asInFixture(stack => new kms.Key(stack, 'Key')))).toEqual([]);
  });

  test('write nothing that was not asked for, and take more of the request', () => {
    const request = { ClientRequestToken: 'once' };
    expect(written(custom({ request })).Arguments).toEqual({
      ModelName: 'loans-nova',
      ModelSourceConfig: { S3DataSource: { S3Uri: place } },
      RoleArn: 'arn:aws:iam::111122223333:role/Bedrock',
      ClientRequestToken: 'once',
    });
    expect(written(buys()).Arguments).toEqual({
      ProvisionedModelName: 'loans-nova',
      ModelId: 'amazon.nova-lite-v1:0',
      ModelUnits: 1,
    });
  });

  test('tell what they made', () => {
    expect(custom().modelArn.render()).toEqual({ Get: 'Steps.CustomModel.ModelArn' });
    expect(imports().importedModelArn.render()).toEqual({ Get: 'Steps.ImportModel.ImportedModelArn' });
    expect(buys().provisionedModelArn.render()).toEqual({ Get: 'Steps.Throughput.ProvisionedModelArn' });
    const units: Expression<number> = buys().property('ModelUnits');
    expect(units.reads).toHaveLength(1);
  });

  const bedrock = (resource: string) => `arn:\${AWS::Partition}:bedrock:eu-west-1:111122223333:${resource}`;
  const may = (action: string, ...resources: string[]) => ({ Action: [`bedrock:${action}`], Resource: resources });
  const foundation = (name: string) => `arn:\${AWS::Partition}:bedrock:eu-west-1::foundation-model/${name}`;
  const arn = 'arn:aws:bedrock:eu-west-1:111122223333:custom-model/imported/abcdefghijkl';
  const all = bedrock('custom-model/*');
  const reads = may('GetProvisionedModelThroughput', bedrock('provisioned-model/*'));

  test.each([
    [custom(), [may('CreateCustomModel', '*'), may('GetCustomModel', all), passes('bedrock.amazonaws.com', 'Bedrock')]],
    [
      imports(),
      [
        may('CreateModelImportJob', '*'),
        may('GetModelImportJob', bedrock('model-import-job/*')),
        passes('bedrock.amazonaws.com', 'Bedrock'),
      ],
    ],
    [
      deploys(),
      [may('CreateCustomModelDeployment', all), may('GetCustomModelDeployment', bedrock('custom-model-deployment/*'))],
    ],
    [
      deploys({ modelArn: arn }),
      [may('CreateCustomModelDeployment', arn), may('GetCustomModelDeployment', bedrock('custom-model-deployment/*'))],
    ],
    [buys(), [may('CreateProvisionedModelThroughput', foundation('amazon.nova-lite-v1:0')), reads]],
    [buys({ modelId: arn }), [may('CreateProvisionedModelThroughput', arn), reads]],
    [buys({ modelId: 'loans' }), [may('CreateProvisionedModelThroughput', all), reads]],
    [
      buys({ modelId: Parameter.string('Model') }),
      [may('CreateProvisionedModelThroughput', foundation('*'), all), reads],
    ],
  ] as [Step, object[]][])('let the pipeline create and read, and nothing else: %#', (step, statements) => {
    const { pipeline, job } = allowedFor(step);
    expect(pipeline).toEqual(statements);
    expect(job).toEqual([]);
  });

  test('let the pipeline tag what has tags, and use a key through Bedrock only', () => {
    const encryptionKey = given.key(newStack(), '0a1b2c3d-0000-4000-8000-0123456789ab');
    const { pipeline } = allowedFor(imports({ jobTags: tags, importedModelTags: tags, encryptionKey }));
    expect(pipeline.slice(2)).toEqual([
      may('TagResource', bedrock('model-import-job/*'), bedrock('imported-model/*')),
      passes('bedrock.amazonaws.com', 'Bedrock'),
      {
        Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
        Resource: ['arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-0123456789ab'],
        Condition: {
          StringEquals: {
            'kms:ViaService': { 'Fn::Join': ['', ['bedrock.eu-west-1.', { Ref: 'AWS::URLSuffix' }]] },
          },
        },
      },
    ]);
  });

  const rule =
    'must be 1 to 63 letters, digits, - and _, which no other - or _ follows, and start with a letter or digit';
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`tag${index}`, 'a']));
  test.each([
    [custom({ modelName: 'a--b' }), `'modelName' ${rule}, got: a--b`],
    [custom({ modelData: 'a' }), "'modelData' must be an S3 URI, which starts with s3://, got: a"],
    [custom({ tags: many }), "'tags' must be at most 200, got: 201"],
    [
      imports({ jobName: '-' }),
      "'jobName' must be 1 to 63 letters, digits, -, + and ., and start with a letter or digit, got: -",
    ],
    [imports({ importedModelName: '-' }), `'importedModelName' ${rule}, got: -`],
    [imports({ modelData: 'a' }), "'modelData' must be an S3 URI, which starts with s3://, got: a"],
    [imports({ jobTags: many }), "'jobTags' must be at most 200, got: 201"],
    [imports({ importedModelTags: many }), "'importedModelTags' must be at most 200, got: 201"],
    [deploys({ modelDeploymentName: '_' }), `'modelDeploymentName' ${rule}, got: _`],
    [
      deploys({ deploymentDescription: 'x'.repeat(2049) }),
      "'deploymentDescription' must have at most 2048 characters, got: 2049",
    ],
    [deploys({ tags: many }), "'tags' must be at most 200, got: 201"],
    [buys({ provisionedModelName: '' }), `'provisionedModelName' ${rule}, got: `],
    [buys({ modelId: '' }), "'modelId' must name a model, got: "],
    [buys({ modelUnits: 0 }), "'modelUnits' must be a whole number of 1 or more, got: 0"],
    [buys({ tags: many }), "'tags' must be at most 200, got: 201"],
  ] as [Step, string][])('fail when a prop breaks a rule: %#', (step, problem) => {
    expectProblem(step, problem);
  });

  test('are neither retried nor cached, and know what can be read', () => {
    // @ts-expect-error: the service does not cache it
    custom({ cacheExpireAfter: Duration.days(1) });
    // @ts-expect-error: the service does not retry it
    buys({ retryPolicies: [] });
    // @ts-expect-error: no such commitment
    buys({ commitmentDuration: 'OneYear' });
    // @ts-expect-error: two names are in use, and which of them a pipeline knows is not documented
    deploys().property('ModelDeploymentArn');
    // @ts-expect-error: PascalCase
    custom().property('modelArn');
    expect(deploys().property('Status').render()).toEqual({ Get: 'Steps.DeployCustomModel.Status' });
  });
});
