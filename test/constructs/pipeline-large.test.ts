import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { App, CfnParameter, Fn, Stack, Stage } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { InferenceComponentStep, Pipeline, ProcessingStep, RawStep, type Step } from '../../constructs/pipeline';
import { ContainerImage } from '../../constructs/images';
import type { DefinitionEvent, onEvent as OnEvent } from '../../constructs/pipeline/handler';
import { checkDefinition, definitionTextOf } from '../support/definition';
import { allowedTo } from '../support/role-policy';

/** A bucket that behaves, in the place of the client that the runtime brings. */
const objects = new Map<string, string>();
class Command {
  public constructor(public readonly input: { Bucket: string; Key: string; Body?: string; ContentType?: string }) {}
}
class DeleteObjectCommand extends Command {}
class GetObjectCommand extends Command {}
class PutObjectCommand extends Command {}
class S3Client {
  public send(command: Command): Promise<unknown> {
    const { Bucket, Key, Body = '', ContentType } = command.input;
    const place = `s3://${Bucket}/${Key}`;
    if (command instanceof DeleteObjectCommand) objects.delete(place);
    if (command instanceof PutObjectCommand) {
      expect(ContentType).toBe('application/json');
      objects.set(place, Body);
    }
    if (!(command instanceof GetObjectCommand)) return Promise.resolve({});
    const found = objects.get(place);
    if (found === undefined) return Promise.reject(new Error(`no object ${place}`));
    return Promise.resolve({ Body: { transformToString: () => Promise.resolve(found) } });
  }
}
jest.mock('@aws-sdk/client-s3', () => ({ DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client }), {
  virtual: true,
});
const { onEvent } = jest.requireActual<{ onEvent: typeof OnEvent }>('../../constructs/pipeline/handler');

const env = { account: '111122223333', region: 'eu-west-1' };
const filler = (characters = 400_000) =>
  new RawStep('Filler', { type: 'Lambda', members: { FunctionArn: 'x' }, arguments: { a: 'x'.repeat(characters) } });

interface PipelineResource {
  readonly Properties: { readonly PipelineDefinition: Readonly<Record<string, Record<string, unknown>>> };
}
const definitionIn = (stack: Stack) => {
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::SageMaker::Pipeline'));
  return (resource as PipelineResource).Properties.PipelineDefinition;
};
/** Content of the files of a stack, by the end of their key. */
const filesOf = (stack: Stack) => {
  const { outdir = '' } = Stage.of(stack) ?? {};
  App.of(stack)?.synth();
  const manifest = JSON.parse(readFileSync(join(outdir, `${stack.stackName}.assets.json`), 'utf8')) as {
    files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
  };
  return Object.values(manifest.files)
    .filter(({ source }) => source.path.startsWith('files.'))
    .map(({ source, destinations }) => ({
      key: Object.values(destinations)[0]?.objectKey ?? '',
      content: readFileSync(join(outdir, source.path), 'utf8'),
    }));
};

beforeEach(() => objects.clear());

test('a definition of 400000 characters stands in the template, a longer one does not', () => {
  const definitionOf = (characters: number) => {
    const stack = new Stack(new App(), 'Loans', { env });
    new Pipeline(stack, 'Pipeline', { steps: [filler(characters)] });
    return definitionIn(stack);
  };
  const { length } = JSON.stringify({
    Version: '2020-12-01',
    Metadata: {},
    Parameters: [],
    Steps: [{ Name: 'Filler', Type: 'Lambda', FunctionArn: 'x', Arguments: { a: '' } }],
  });
  expect(definitionOf(400_000 - length)).toEqual({ PipelineDefinitionBody: expect.any(String) as string });
  expect(definitionOf(400_001 - length)).toEqual({
    PipelineDefinitionS3Location: { Bucket: expect.anything() as unknown, Key: expect.any(String) as string },
  });
});

describe('a large definition without values of the deployment', () => {
  const stack = new Stack(new App(), 'Loans', { env });
  new Pipeline(stack, 'Pipeline', { steps: [filler()] });
  const [file, ...more] = filesOf(stack);

  test('is an uploaded file with the text that would have stood in the template', () => {
    expect(more).toEqual([]);
    const { Steps } = JSON.parse(file?.content ?? '') as { Steps: unknown };
    expect(Steps).toEqual([
      { Name: 'Filler', Type: 'Lambda', FunctionArn: 'x', Arguments: { a: 'x'.repeat(400_000) } },
    ]);
    expect(file?.content).not.toContain('\n');
    expect(definitionIn(stack)).toEqual({
      PipelineDefinitionS3Location: { Bucket: 'cdk-hnb659fds-assets-111122223333-eu-west-1', Key: file?.key },
    });
    expect(file?.key).toMatch(/^[0-9a-f]{32}\/pipeline-definition\.json$/);
  });

  test('needs no function', () => {
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 0);
    Template.fromStack(stack).resourceCountIs('AWS::S3::Bucket', 0);
  });
});

describe('a large definition with values of the deployment', () => {
  const app = new App();
  const stack = new Stack(app, 'Loans', { env });
  const bucket = new s3.Bucket(new Stack(app, 'Data', { env }), 'Bucket');
  const count = new CfnParameter(stack, 'Count', { type: 'Number' });
  const subnets = Fn.split(',', Fn.importValue('Subnets'));
  const others: Step[] = [
    new ProcessingStep('Prepare', {
      image: ContainerImage.fromUri('111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:1'),
      instanceType: 'ml.m5.large',
      instanceCount: count.valueAsNumber,
      inputs: { raw: `s3://${bucket.bucketName}/raw` },
      outputs: { train: `s3://${bucket.bucketName}/train` },
      environment: { QUOTED: `he said "${count.valueAsString}"` },
    }),
    new RawStep('Raw', { type: 'Later', arguments: { VpcConfig: { Subnets: subnets } } }),
    new InferenceComponentStep('Serve', {
      inferenceComponentName: 'loans',
      endpointName: 'loans',
      model: { modelName: 'loans', resources: { cpuCores: 2, minMemoryMB: 1024 } },
    }),
  ];
  const pipeline = new Pipeline(stack, 'Pipeline', { pipelineName: 'loans', steps: [...others, filler()] });
  const small = new Pipeline(stack, 'Small', { pipelineName: 'small', steps: others });
  const [file] = filesOf(stack);
  const template = Template.fromStack(stack);
  const [custom] = Object.entries(template.findResources('Custom::PipelineDefinition'));
  const properties = (custom?.[1] as { Properties: { Values: unknown[]; Prefix: string } } | undefined)?.Properties;

  /** What CloudFormation makes of the values: texts and lists of texts. */
  const resolved = (properties?.Values ?? []).map(value =>
    JSON.stringify(value).includes('Fn::Split')
      ? ['subnet-a', 'subnet-b']
      : JSON.stringify(value) === '{"Ref":"Count"}'
        ? '3'
        : `<${JSON.stringify(value).replaceAll('"', '')}>`,
  );
  const event = (RequestType: DefinitionEvent['RequestType'], Values: unknown[], PhysicalResourceId?: string) => ({
    RequestType,
    PhysicalResourceId,
    ResourceProperties: {
      SourceBucket: 'assets',
      SourceKey: file?.key ?? '',
      Bucket: 'definitions',
      Prefix: properties?.Prefix ?? '',
      Values,
    },
  });
  const putSource = () => objects.set(`s3://assets/${file?.key ?? ''}`, file?.content ?? '');

  test('is where the function wrote it, under the key that it returns', () => {
    const location = definitionIn(stack).PipelineDefinitionS3Location;
    const definitions = Object.entries(template.findResources('AWS::SageMaker::Pipeline'));
    expect(definitions).toHaveLength(2);
    expect(location).toEqual({
      Bucket: { Ref: expect.stringMatching(/^PipelineDefinitionsBucket/) as string },
      Key: { 'Fn::GetAtt': [custom?.[0], 'Key'] },
    });
    expect(custom?.[1]).toMatchObject({
      Properties: {
        SourceBucket: 'cdk-hnb659fds-assets-111122223333-eu-west-1',
        SourceKey: file?.key,
        Bucket: location?.Bucket,
        Prefix: pipeline.node.addr,
      },
      DependsOn: expect.arrayContaining([expect.stringMatching(/^PipelineDefinitionsRoleDefaultPolicy/)]) as unknown,
    });
  });

  test('holds each value once, and the one of another stack as an import', () => {
    const written = (properties?.Values ?? []).map(value => JSON.stringify(value));
    expect(new Set(written).size).toBe(written.length);
    expect(written.filter(value => value.includes('Fn::ImportValue')).length).toBe(2);
    expect(written).toContain('{"Ref":"Count"}');
  });

  test('becomes what the template would have held', async () => {
    putSource();
    const { PhysicalResourceId, Data } = await onEvent(event('Create', resolved));
    expect(Data).toEqual({ Key: PhysicalResourceId });
    const text = objects.get(`s3://definitions/${Data?.Key ?? ''}`) ?? '';
    const definition = JSON.parse(text) as { Steps: Record<string, unknown>[] };
    const inline = JSON.parse(definitionTextOf(small)) as typeof definition;
    // The oracle: the same steps, written into the template by CDK and filled by CloudFormation.
    const comparable = (value: unknown) =>
      JSON.stringify(value)
        .replaceAll(/<[^>]*>|\$\{[^}]*\}/g, '*')
        .replaceAll('"InstanceCount":3', '"InstanceCount":"*"')
        .replaceAll('\\"3\\"', '\\"*\\"')
        .replaceAll('["subnet-a","subnet-b"]', '"*"');
    expect(definition.Steps).toHaveLength(4);
    expect(comparable(definition.Steps.slice(0, 3))).toBe(comparable(inline.Steps));
    expect(text).toContain('"InstanceCount":3');
    expect(text).toContain('he said \\"3\\"');
    expect(text).toContain('"Subnets":["subnet-a","subnet-b"]');
    expect(text).toContain('"NumberOfCpuCoresRequired":2.0');
    expect(text).not.toMatch(/\\u000[12]/);
    const deployed = text.replaceAll(/<[^>]*Role[^>]*,Arn\]\}>/g, 'arn:aws:iam::111122223333:role/pipeline');
    expect(checkDefinition(JSON.parse(deployed) as never).filter(finding => !/^(Filler|Raw)/.test(finding))).toEqual(
      [],
    );
  });

  test('gets another key when a value changes that only the deployment knows, and the old file goes', async () => {
    putSource();
    const first = await onEvent(event('Create', resolved));
    const same = await onEvent(event('Update', resolved, first.PhysicalResourceId));
    expect(same).toEqual(first);
    const others = resolved.map(value => (value === '3' ? '4' : value));
    const second = await onEvent(event('Update', others, first.PhysicalResourceId));
    expect(second.PhysicalResourceId).not.toBe(first.PhysicalResourceId);
    const keys = () => [...objects.keys()].filter(place => place.startsWith('s3://definitions/'));
    expect(keys()).toHaveLength(2);
    await onEvent(event('Delete', resolved, first.PhysicalResourceId));
    expect(keys()).toEqual([`s3://definitions/${second.PhysicalResourceId ?? ''}`]);
  });

  test('keeps values that need escaping as they are', async () => {
    putSource();
    const values = resolved.map(value => (typeof value === 'string' && value.startsWith('<') ? '"$&\\' : value));
    const { Data } = await onEvent(event('Create', values));
    const text = objects.get(`s3://definitions/${Data?.Key ?? ''}`) ?? '';
    expect((JSON.parse(text) as { Steps: { Arguments: object }[] }).Steps[0]?.Arguments).toMatchObject({
      RoleArn: '"$&\\',
      ProcessingInputs: [{ S3Input: { S3Uri: 's3://"$&\\/raw' } }],
    });
  });

  test('fails when the values make it longer than the API takes', async () => {
    putSource();
    const values = resolved.map(value => (value === '3' ? '3'.repeat(700_000) : value));
    await expect(onEvent(event('Create', values))).rejects.toThrow(
      /^the definition must have at most 1048576 characters, got: \d{7}$/,
    );
  });

  test('lets the function read the one file and write to the one bucket', () => {
    const role = stack.node.findChild('PipelineDefinitions').node.findChild('Role');
    if (!(role instanceof iam.Role)) throw new Error('a role is needed');
    const actions = allowedTo(role).map(({ Action, Resource }) => [Action, Resource]);
    expect(actions).toEqual([
      [['logs:CreateLogStream', 'logs:PutLogEvents'], [expect.stringMatching(/Logs/)]],
      [['s3:DeleteObject', 's3:PutObject'], [expect.stringMatching(/^\$\{PipelineDefinitionsBucket\w+\.Arn\}\/\*$/)]],
      [
        ['s3:GetObject'],
        [`arn:\${AWS::Partition}:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/${file?.key ?? ''}`],
      ],
      [['s3:ListBucket'], ['arn:${AWS::Partition}:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1']],
    ]);
  });

  test('has one private bucket in a stack, which goes with it', () => {
    new Pipeline(stack, 'Third', { pipelineName: 'third', steps: [...others, filler()] });
    expect(stack.node.children.filter(({ node }) => node.id === 'PipelineDefinitions')).toHaveLength(1);
    template.resourceCountIs('AWS::S3::Bucket', 1);
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Delete',
      Properties: {
        PublicAccessBlockConfiguration: Match.objectEquals({
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        }),
        BucketEncryption: Match.anyValue(),
      },
    });
  });

  test('has no finding of cdk-nag', () => {
    const findings = new AwsSolutionsChecks().validateScope(stack).violations;
    expect(findings.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});
