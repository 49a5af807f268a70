import { App, CfnCondition, CfnOutput, Fn, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ApprovedModel, ApprovedVersion } from '../../constructs/approved-model';
import { CfnModelPackageGroup } from 'aws-cdk-lib/aws-sagemaker';

const PREFIX = '/credit-risk/approved';

describe('ApprovedVersion', () => {
  const newStack = () => new Stack(new App(), 'Serving');
  const versionIn = (stack: Stack) => new ApprovedVersion(stack, 'Approved', { parameterPrefix: PREFIX });
  const templateOf = (stack: Stack) => Template.fromStack(stack).toJSON() as Record<string, Record<string, unknown>>;
  const conditionsOf = (stack: Stack) =>
    Object.fromEntries(
      Object.entries(templateOf(stack).Resources as Record<string, { Condition?: string }>).map(
        ([id, { Condition }]) => [id.slice(0, -8), Condition?.slice(0, -8)],
      ),
    );

  test('reads the model package from SSM, and knows whether there is one', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    new CfnOutput(stack, 'Version', { value: approved.modelPackageArn, condition: approved.isApproved });
    const { Parameters, Conditions, Outputs } = templateOf(stack);
    expect(Parameters).toMatchObject({
      ApprovedModelPackageArn1FE29A88: {
        Type: 'AWS::SSM::Parameter::Value<String>',
        Default: '/credit-risk/approved/model-package-arn',
      },
    });
    expect(Conditions).toEqual({
      ApprovedIsApproved03883BC9: {
        'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'ApprovedModelPackageArn1FE29A88' }, 'none'] }],
      },
    });
    expect(Outputs).toEqual({
      Version: { Value: { Ref: 'ApprovedModelPackageArn1FE29A88' }, Condition: 'ApprovedIsApproved03883BC9' },
    });
  });

  test('reads only the baselines that are asked for, each once', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    const { s3Uri, isPresent } = approved.baseline('biasPreTrainingConstraints');
    expect(approved.baseline('biasPreTrainingConstraints').isPresent).toBe(isPresent);
    const { Ref } = stack.resolve(s3Uri) as { Ref: string };
    const { Parameters, Conditions } = templateOf(stack);
    expect(Parameters?.[Ref]).toEqual({
      Type: 'AWS::SSM::Parameter::Value<String>',
      Default: '/credit-risk/approved/bias-pre-training-constraints',
    });
    expect(Conditions?.[stack.resolve(isPresent.logicalId) as string]).toEqual({
      'Fn::Not': [{ 'Fn::Equals': [{ Ref }, 'none'] }],
    });
    expect(Object.keys(Conditions ?? {})).toHaveLength(2);
  });

  test('takes what stands in for a baseline that the version does not have', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    const plain = approved.baseline('dataQualityStatistics');
    const otherwise = 's3://loans/baselines/statistics.json';
    const { s3Uri, isPresent } = approved.baseline('dataQualityStatistics', { otherwise });
    expect(isPresent).toBe(plain.isPresent);
    const chosen = [stack.resolve(isPresent.logicalId), stack.resolve(plain.s3Uri), otherwise] as unknown[];
    expect(stack.resolve(s3Uri)).toEqual({ 'Fn::Sub': ['${File}', { File: { 'Fn::If': chosen } }] });
    // The next one who asks without it does not get it.
    expect(approved.baseline('dataQualityStatistics').s3Uri).toBe(plain.s3Uri);
    const other = Fn.importValue('Baseline');
    expect(stack.resolve(approved.baseline('dataQualityStatistics', { otherwise: other }).s3Uri)).toMatchObject({
      'Fn::Sub': [
        '${File}',
        { File: { 'Fn::If': [expect.anything(), expect.anything(), { 'Fn::ImportValue': 'Baseline' }] } },
      ],
    });
  });

  test.each(['none', 's3://loans', 's3://loans/baselines/'])('fails when %s stands in for a baseline', otherwise => {
    expect(() => versionIn(newStack()).baseline('dataQualityStatistics', { otherwise })).toThrow(
      new Error(`Serving/Approved: 'otherwise' must be the S3 URI of a file, got: ${otherwise}`),
    );
  });

  test('names exactly the parameters that ApprovedModel creates', () => {
    const build = new Stack(new App(), 'Build');
    const modelPackageGroup = new CfnModelPackageGroup(build, 'Group', { modelPackageGroupName: 'credit-risk' });
    new ApprovedModel(build, 'Approved', { modelPackageGroup, parameterPrefix: PREFIX, stackNames: ['Serving'] });
    const created = Object.values(Template.fromStack(build).findResources('Custom::ApprovedModelParameter')).map(
      ({ Properties }) =>
        (JSON.parse((Properties as { Create: string }).Create) as { parameters: { Name: string } }).parameters.Name,
    );

    const stack = newStack();
    const approved = versionIn(stack);
    approved.baseline('dataQualityStatistics');
    approved.baseline('dataQualityConstraints');
    approved.baseline('modelQualityStatistics');
    approved.baseline('modelQualityConstraints');
    approved.baseline('biasConfiguration');
    approved.baseline('biasPreTrainingConstraints');
    approved.baseline('biasPostTrainingConstraints');
    approved.baseline('explainabilityConfiguration');
    approved.baseline('explainabilityConstraints');
    approved.whenRunning(new Construct(stack, 'Part'));
    const read = Object.values(templateOf(stack).Parameters as Record<string, { Default: string }>)
      .map(({ Default }) => Default)
      .filter(name => name.startsWith(PREFIX));
    expect(read.sort()).toEqual(created.sort());
  });

  test('whenApproved leaves out all resources and outputs of a construct, also those that come later', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    const serving = new Construct(stack, 'Part');
    const bucket = new s3.Bucket(serving, 'Early', { enforceSSL: true });
    approved.whenApproved(serving);
    new CfnOutput(serving, 'Name', { value: bucket.bucketName });
    new iam.Role(new Construct(serving, 'Deep'), 'Late', {
      assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com'),
    });
    new s3.Bucket(stack, 'Other');
    expect(conditionsOf(stack)).toEqual({
      PartEarly: 'ApprovedIsApproved',
      PartEarlyPolicy: 'ApprovedIsApproved',
      PartDeepLate: 'ApprovedIsApproved',
      Other: undefined,
    });
    expect(Object.values(templateOf(stack).Outputs ?? {})).toEqual([
      expect.objectContaining({ Condition: 'ApprovedIsApproved03883BC9' }),
    ]);
  });

  test('whenApproved can ask for baselines too', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    approved.whenApproved(new s3.Bucket(stack, 'Bucket'), 'dataQualityStatistics', 'dataQualityConstraints');
    const { Conditions = {}, Resources } = templateOf(stack);
    const [{ Condition }] = Object.values(Resources as Record<string, { Condition: string }>) as [
      { Condition: string },
    ];
    expect(atoms(Conditions, Condition)).toEqual([
      'ApprovedHasDataQualityConstraints',
      'ApprovedHasDataQualityStatistics',
      'ApprovedIsApproved',
    ]);
  });

  test('conditions that are there already keep holding', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    const own = new CfnCondition(stack, 'Own', { expression: Fn.conditionEquals('a', 'b') });
    const part = new Construct(stack, 'Part');
    for (const id of ['One', 'Two']) {
      (new s3.Bucket(part, id).node.defaultChild as s3.CfnBucket).cfnOptions.condition = own;
    }
    new CfnOutput(part, 'Output', { value: 'x', condition: own });
    approved.whenApproved(part);
    const { Conditions = {}, Resources, Outputs } = templateOf(stack);
    const used = [...Object.values(Resources ?? {}), ...Object.values(Outputs ?? {})] as { Condition: string }[];
    expect(new Set(used.map(({ Condition }) => Condition)).size).toBe(1);
    expect(Conditions[used[0]?.Condition ?? '']).toEqual({
      'Fn::And': [{ Condition: 'Own' }, { Condition: 'ApprovedIsApproved03883BC9' }],
    });
  });

  test('equal ids of conditions from elsewhere do not collide', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    for (const scope of [new Construct(stack, 'A'), new Construct(stack, 'B')]) {
      const own = new CfnCondition(scope, 'Own', { expression: Fn.conditionEquals('a', scope.node.id) });
      const bucket = new s3.Bucket(scope, 'Bucket');
      (bucket.node.defaultChild as s3.CfnBucket).cfnOptions.condition = own;
      approved.whenApproved(bucket);
    }
    const { Conditions = {}, Resources } = templateOf(stack);
    const found = Object.values(Resources as Record<string, { Condition: string }>).map(({ Condition }) =>
      atoms(Conditions, Condition),
    );
    expect(found).toEqual([
      ['AOwn', 'ApprovedIsApproved'],
      ['ApprovedIsApproved', 'BOwn'],
    ]);
  });

  test('a construct that is passed twice, or inside another, gets one condition', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    const outer = new Construct(stack, 'Outer');
    const inner = new s3.Bucket(outer, 'Inner');
    approved.whenApproved(outer, 'dataQualityStatistics');
    approved.whenApproved(outer);
    approved.whenApproved(inner, 'dataQualityStatistics');
    approved.whenApproved(inner);
    expect(Object.keys(templateOf(stack).Conditions ?? {}).map(id => id.slice(0, -8))).toEqual([
      'ApprovedIsApproved',
      'ApprovedHasDataQualityStatistics',
      'ApprovedIsApprovedAndHasDataQualityStatistics',
    ]);
  });

  test('ten conditions are not too many for one Fn::And', () => {
    const stack = newStack();
    const approved = versionIn(stack);
    const own = new CfnCondition(stack, 'Own', { expression: Fn.conditionEquals('a', 'b') });
    const bucket = new s3.Bucket(stack, 'Bucket');
    (bucket.node.defaultChild as s3.CfnBucket).cfnOptions.condition = own;
    approved.whenApproved(
      bucket,
      'dataQualityStatistics',
      'dataQualityConstraints',
      'modelQualityStatistics',
      'modelQualityConstraints',
      'biasConfiguration',
      'biasPreTrainingConstraints',
      'biasPostTrainingConstraints',
      'explainabilityConfiguration',
      'explainabilityConstraints',
    );
    const { Conditions = {}, Resources } = templateOf(stack);
    const [{ Condition }] = Object.values(Resources as Record<string, { Condition: string }>) as [
      { Condition: string },
    ];
    expect(atoms(Conditions, Condition)).toHaveLength(11);
    for (const condition of Object.values(Conditions) as { 'Fn::And'?: unknown[] }[]) {
      expect(condition['Fn::And'] ?? [1, 2]).toHaveLength(2);
    }
  });

  test('fails for a construct of another stack', () => {
    const app = new App();
    const approved = versionIn(new Stack(app, 'Serving'));
    const other = new Construct(new Stack(app, 'Monitoring'), 'Part');
    expect(() => approved.whenApproved(other)).toThrow(
      new Error("Serving/Approved: 'construct' must be in the same stack (Serving), got: Monitoring/Part"),
    );
  });

  test('fails for a prefix that no ApprovedModel can have', () => {
    expect(() => new ApprovedVersion(newStack(), 'Approved', { parameterPrefix: 'credit-risk' })).toThrow(
      new Error(
        "Serving/Approved: 'parameterPrefix' must be a literal path such as /credit-risk/approved: at most 14 parts of letters, digits, '.', '-' and '_', not beginning with aws or ssm, 900 characters in all, got: credit-risk",
      ),
    );
  });
});

/** Conditions that a condition is made of, in order of their names. */
function atoms(conditions: Record<string, unknown>, id: string): string[] {
  const { 'Fn::And': parts } = conditions[id] as { 'Fn::And'?: { Condition: string }[] };
  const found = parts
    ? parts.flatMap(({ Condition }) => atoms(conditions, Condition))
    : [id.replace(/[0-9A-F]{8}$/, '')];
  return [...new Set(found)].sort();
}
