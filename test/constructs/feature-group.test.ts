import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnParameter, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  FeatureGroup,
  FeatureGroupGrants,
  type FeatureGroupProps,
  type FeatureType,
} from '../../constructs/feature-group';

const TYPE = 'AWS::SageMaker::FeatureGroup';

const valid: FeatureGroupProps = {
  features: { customer: 'String', spend: 'Fractional', visits: 'Integral', seen_at: 'String' },
  recordIdentifier: 'customer',
  eventTime: 'seen_at',
  onlineStore: {},
};

const newStack = () => new Stack(new App(), 'Features');
const groupIn = (stack: Stack, overrides: Partial<FeatureGroupProps> = {}) =>
  new FeatureGroup(stack, 'Customers', { ...valid, ...overrides });
const propertiesOf = (stack: Stack): Record<string, unknown> => {
  const [group] = Object.values(Template.fromStack(stack).findResources(TYPE));
  return (group as { Properties: Record<string, unknown> }).Properties;
};
const readerIn = (stack: Stack) =>
  new iam.Role(stack, 'Reader', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
const statementsOf = (stack: Stack, idPrefix: string): unknown => {
  const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  const policy = policies.find(([id]) => id.startsWith(idPrefix))?.[1] as {
    Properties: { PolicyDocument: { Statement: unknown } };
  };
  return policy.Properties.PolicyDocument.Statement;
};
const arnOf = (service: string, resource: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      `:${service}:`,
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:${resource}`,
    ],
  ],
});

describe('FeatureGroup', () => {
  test('renders the smallest group with its defaults', () => {
    const stack = newStack();
    groupIn(stack);
    expect(propertiesOf(stack)).toEqual({
      FeatureGroupName: 'features-customers-e4916267',
      FeatureDefinitions: [
        { FeatureName: 'customer', FeatureType: 'String' },
        { FeatureName: 'spend', FeatureType: 'Fractional' },
        { FeatureName: 'visits', FeatureType: 'Integral' },
        { FeatureName: 'seen_at', FeatureType: 'String' },
      ],
      RecordIdentifierFeatureName: 'customer',
      EventTimeFeatureName: 'seen_at',
      OnlineStoreConfig: { EnableOnlineStore: true },
      ThroughputConfig: { ThroughputMode: 'OnDemand' },
    });
    const template = Template.fromStack(stack);
    template.hasResource(TYPE, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    template.resourceCountIs('AWS::IAM::Role', 0);
  });

  test('renders name, description, removal policy and provisioned throughput', () => {
    const stack = newStack();
    groupIn(stack, {
      featureGroupName: 'customers',
      description: 'who buys',
      removalPolicy: RemovalPolicy.DESTROY,
      provisionedThroughput: { readCapacityUnits: 40_000, writeCapacityUnits: 5 },
    });
    Template.fromStack(stack).hasResource(TYPE, {
      DeletionPolicy: 'Delete',
      Properties: {
        FeatureGroupName: 'customers',
        Description: 'who buys',
        ThroughputConfig: {
          ThroughputMode: 'Provisioned',
          ProvisionedReadCapacityUnits: 40_000,
          ProvisionedWriteCapacityUnits: 5,
        },
      },
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('renders an online store with key and time to live', () => {
    const stack = newStack();
    groupIn(stack, { onlineStore: { encryptionKey: new kms.Key(stack, 'Key'), timeToLive: Duration.days(14) } });
    expect(propertiesOf(stack).OnlineStoreConfig).toEqual({
      EnableOnlineStore: true,
      SecurityConfig: { KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
      TtlDuration: { Unit: 'Weeks', Value: 2 },
    });
  });

  test('leaves the throughput mode of an in-memory store to the service', () => {
    const stack = newStack();
    groupIn(stack, { onlineStore: { storageType: 'InMemory' } });
    expect(propertiesOf(stack)).toMatchObject({
      OnlineStoreConfig: { EnableOnlineStore: true, StorageType: 'InMemory' },
    });
    expect(propertiesOf(stack)).not.toHaveProperty('ThroughputConfig');
  });

  test.each([
    [Duration.seconds(90), { Unit: 'Seconds', Value: 90 }],
    [Duration.minutes(90), { Unit: 'Minutes', Value: 90 }],
    [Duration.minutes(120), { Unit: 'Hours', Value: 2 }],
    [Duration.hours(24), { Unit: 'Days', Value: 1 }],
    [Duration.days(7), { Unit: 'Weeks', Value: 1 }],
  ])('renders %s in the largest whole unit', (timeToLive, expected) => {
    const stack = newStack();
    groupIn(stack, { onlineStore: { timeToLive } });
    expect(propertiesOf(stack).OnlineStoreConfig).toMatchObject({ TtlDuration: expected });
  });

  test('renders a time to live that is known at deployment only', () => {
    const stack = newStack();
    const parameter = new CfnParameter(stack, 'Seconds', { type: 'Number' });
    groupIn(stack, { onlineStore: { timeToLive: Duration.seconds(parameter.valueAsNumber) } });
    expect(propertiesOf(stack).OnlineStoreConfig).toMatchObject({
      TtlDuration: { Unit: 'Seconds', Value: { Ref: 'Seconds' } },
    });
  });

  test('renders an offline store with the role that writes exactly its files and table', () => {
    const stack = newStack();
    groupIn(stack, { onlineStore: undefined, offlineStore: { bucket: new s3.Bucket(stack, 'Bucket') } });
    const name = 'features-customers-e4916267';
    expect(propertiesOf(stack)).toMatchObject({
      OfflineStoreConfig: {
        S3StorageConfig: { S3Uri: { 'Fn::Join': ['', ['s3://', { Ref: 'Bucket83908E77' }, `/${name}`]] } },
        TableFormat: 'Glue',
        DisableGlueTableCreation: false,
      },
      RoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^CustomersRole/), 'Arn'] },
      ThroughputConfig: { ThroughputMode: 'OnDemand' },
    });
    expect(propertiesOf(stack)).not.toHaveProperty('OnlineStoreConfig');
    const bucketArn = { 'Fn::GetAtt': ['Bucket83908E77', 'Arn'] };
    expect(statementsOf(stack, 'CustomersWriteOfflineStore')).toEqual([
      { Effect: 'Allow', Action: 's3:GetBucketAcl', Resource: bucketArn },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:PutObjectAcl'],
        Resource: { 'Fn::Join': ['', [bucketArn, `/${name}/*`]] },
      },
      {
        Effect: 'Allow',
        Action: ['glue:GetTable', 'glue:UpdateTable'],
        Resource: [
          arnOf('glue', 'catalog'),
          arnOf('glue', 'database/sagemaker_featurestore'),
          arnOf('glue', 'table/sagemaker_featurestore/features?customers?e4916267?*'),
        ],
      },
    ]);
  });

  test('creates the policy of the role before the group', () => {
    const stack = newStack();
    groupIn(stack, { offlineStore: { bucket: new s3.Bucket(stack, 'Bucket') } });
    Template.fromStack(stack).hasResource(TYPE, {
      DependsOn: [Match.stringLikeRegexp('^CustomersRole'), Match.stringLikeRegexp('^CustomersWriteOfflineStore')],
    });
  });

  test('lets an Iceberg table be read back and its files be encrypted with the key of the bucket', () => {
    const stack = newStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey });
    groupIn(stack, { offlineStore: { bucket, prefix: 'features/customers', tableFormat: 'Iceberg' } });
    expect(propertiesOf(stack).OfflineStoreConfig).toEqual({
      S3StorageConfig: {
        S3Uri: { 'Fn::Join': ['', ['s3://', { Ref: 'Bucket83908E77' }, '/features/customers']] },
        KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
      },
      TableFormat: 'Iceberg',
      DisableGlueTableCreation: false,
    });
    expect(statementsOf(stack, 'CustomersWriteOfflineStore')).toEqual(
      expect.arrayContaining([
        {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: {
            'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket83908E77', 'Arn'] }, '/features/customers/*/metadata/*']],
          },
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
        },
      ]),
    );
  });

  test('prefers the key of the offline store, which a Glue table needs for writing only', () => {
    const stack = newStack();
    const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: new kms.Key(stack, 'Other') });
    groupIn(stack, { offlineStore: { bucket, encryptionKey: new kms.Key(stack, 'Key') } });
    expect(propertiesOf(stack).OfflineStoreConfig).toMatchObject({
      S3StorageConfig: { KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
    });
    expect(statementsOf(stack, 'CustomersWriteOfflineStore')).toContainEqual({
      Effect: 'Allow',
      Action: 'kms:GenerateDataKey',
      Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
    });
  });

  test('writes the offline store with a role that is given', () => {
    const stack = newStack();
    const role = new iam.Role(stack, 'Writer', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    const group = groupIn(stack, { role, offlineStore: { bucket: new s3.Bucket(stack, 'Bucket') } });
    // The same role may also use the group: no circle comes of it.
    group.grants.read(role);
    expect(group.role).toBe(role);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::IAM::Role', 1);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('WriteOfflineStore'),
      Roles: [{ Ref: Match.stringLikeRegexp('^Writer') }],
    });
  });

  test('has no finding of AwsSolutions with an offline store', () => {
    const app = new App();
    const stack = new Stack(app, 'Features');
    const bucket = new s3.Bucket(stack, 'Bucket', { enforceSSL: true, serverAccessLogsPrefix: 'log/' });
    const encryptionKey = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    groupIn(stack, { offlineStore: { bucket, encryptionKey, tableFormat: 'Iceberg' } });
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });

  describe('tags', () => {
    test('of app and stack never reach the group, whenever they are added', () => {
      const app = new App();
      Tags.of(app).add('team', 'early');
      const stack = new Stack(app, 'Features');
      const bucket = new s3.Bucket(stack, 'Bucket');
      const group = groupIn(stack, { offlineStore: { bucket } });
      Tags.of(app).add('release', 'late');
      Tags.of(group).add('more', 'late');
      expect(propertiesOf(stack)).not.toHaveProperty('Tags');
      Template.fromStack(stack).hasResourceProperties('AWS::S3::Bucket', {
        Tags: [
          { Key: 'release', Value: 'late' },
          { Key: 'team', Value: 'early' },
        ],
      });
    });

    test('that are given are the only ones', () => {
      const app = new App();
      const stack = new Stack(app, 'Features');
      groupIn(stack, { tags: { owner: 'risk' } });
      Tags.of(app).add('release', 'late');
      expect(propertiesOf(stack).Tags).toEqual([{ Key: 'owner', Value: 'risk' }]);
    });
  });

  describe('history', () => {
    let folder: string;
    let file: string;
    const recorded = { customer: 'String', spend: 'Fractional', visits: 'Integral', seen_at: 'String' };
    const record = (content: unknown) => writeFileSync(file, JSON.stringify(content));

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'features-'));
      file = join(folder, 'customers.json');
    });
    afterEach(() => {
      delete process.env.RECORD_FEATURES;
      rmSync(folder, { recursive: true });
    });

    test('accepts the recorded features', () => {
      record(recorded);
      expect(() => groupIn(newStack(), { history: file })).not.toThrow();
    });

    test('fails when a feature was removed', () => {
      record({ ...recorded, income: 'Fractional' });
      expect(() => groupIn(newStack(), { history: file })).toThrow(
        new Error(
          "Features/Customers: 'features' must keep income (Fractional), which is in customers.json: a feature group cannot lose a feature, got: customer, spend, visits, seen_at",
        ),
      );
    });

    test('fails when a feature was retyped', () => {
      record({ ...recorded, visits: 'Fractional' });
      expect(() => groupIn(newStack(), { history: file })).toThrow(
        new Error(
          "Features/Customers: 'features' must keep visits a Fractional, as in customers.json: a feature cannot change its type; add one of another name, got: Integral",
        ),
      );
    });

    test('fails when a feature was moved or put between others', () => {
      record({ spend: 'Fractional', customer: 'String', visits: 'Integral', seen_at: 'String' });
      expect(() => groupIn(newStack(), { history: file })).toThrow(
        new Error(
          "Features/Customers: 'features' must keep the order of customers.json and add at the end: feature 1 is spend, got: customer",
        ),
      );
    });

    test.each([
      [
        'a new feature is not recorded',
        { customer: 'String', spend: 'Fractional' },
        '"visits": "Integral", "seen_at": "String"',
      ],
      [
        'there is no file yet',
        undefined,
        '"customer": "String", "spend": "Fractional", "visits": "Integral", "seen_at": "String"',
      ],
    ])('fails when %s', (_, content, lines) => {
      if (content) {
        record(content);
      }
      expect(() => groupIn(newStack(), { history: file })).toThrow(
        new Error(
          `Features/Customers: 'features' must be recorded in customers.json before they are deployed; synthesize once with RECORD_FEATURES=true and commit the file, got new: ${lines}`,
        ),
      );
    });

    test.each([['customer'], ['nothing']])('records new features on demand, after %s', known => {
      if (known === 'customer') {
        record({ customer: 'String' });
      }
      process.env.RECORD_FEATURES = 'true';
      groupIn(newStack(), { history: file });
      delete process.env.RECORD_FEATURES;
      expect(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual(Object.entries(recorded));
      expect(() => groupIn(newStack(), { history: file })).not.toThrow();
    });

    test('never records a removal', () => {
      record({ ...recorded, income: 'Fractional' });
      process.env.RECORD_FEATURES = 'true';
      expect(() => groupIn(newStack(), { history: file })).toThrow(/must keep income/);
      expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveProperty('income');
    });

    test.each(['[]', '{"customer": 1}', 'null', 'no JSON'])('fails when the file holds %s', content => {
      writeFileSync(file, content);
      expect(() => groupIn(newStack(), { history: file })).toThrow(
        new Error(
          `Features/Customers: 'history' must name a JSON file with one object of feature types by name, got: customers.json with ${content}`,
        ),
      );
    });
  });

  describe('grants', () => {
    const groupArn = arnOf('sagemaker', 'feature-group/features-customers-e4916267');

    test.each([
      ['read', ['sagemaker:BatchGetRecord', 'sagemaker:GetRecord']],
      ['write', ['sagemaker:BatchWriteRecord', 'sagemaker:PutRecord']],
      ['delete', 'sagemaker:DeleteRecord'],
    ] as const)('%s allows the actions on this group alone', (grant, actions) => {
      const stack = newStack();
      const reader = readerIn(stack);
      groupIn(stack).grants[grant](reader);
      expect(statementsOf(stack, 'Reader')).toEqual([{ Effect: 'Allow', Action: actions, Resource: groupArn }]);
    });

    test.each(['read', 'write', 'delete'] as const)('%s allows to decrypt with the key of the online store', grant => {
      const stack = newStack();
      const reader = readerIn(stack);
      groupIn(stack, { onlineStore: { encryptionKey: new kms.Key(stack, 'Key') } }).grants[grant](reader);
      expect(statementsOf(stack, 'Reader')).toContainEqual({
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
      });
    });

    test('actions allows any other action', () => {
      const stack = newStack();
      groupIn(stack).grants.actions(readerIn(stack), 'sagemaker:UpdateFeatureMetadata');
      expect(statementsOf(stack, 'Reader')).toEqual([
        { Effect: 'Allow', Action: 'sagemaker:UpdateFeatureMetadata', Resource: groupArn },
      ]);
    });

    test('query allows Athena, the table and the files of the offline store', () => {
      const stack = newStack();
      const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: new kms.Key(stack, 'Key') });
      groupIn(stack, { offlineStore: { bucket } }).grants.query(readerIn(stack));
      const bucketArn = { 'Fn::GetAtt': ['Bucket83908E77', 'Arn'] };
      const name = 'features-customers-e4916267';
      expect(statementsOf(stack, 'Reader')).toEqual([
        { Effect: 'Allow', Action: 'sagemaker:DescribeFeatureGroup', Resource: groupArn },
        {
          Effect: 'Allow',
          Action: [
            'athena:GetQueryExecution',
            'athena:GetQueryResults',
            'athena:GetWorkGroup',
            'athena:StartQueryExecution',
            'athena:StopQueryExecution',
          ],
          Resource: arnOf('athena', 'workgroup/primary'),
        },
        {
          Effect: 'Allow',
          Action: ['glue:GetDatabase', 'glue:GetPartitions', 'glue:GetTable'],
          Resource: [
            arnOf('glue', 'catalog'),
            arnOf('glue', 'database/sagemaker_featurestore'),
            arnOf('glue', 'table/sagemaker_featurestore/features?customers?e4916267?*'),
          ],
        },
        { Effect: 'Allow', Action: 's3:GetObject', Resource: { 'Fn::Join': ['', [bucketArn, `/${name}/*`]] } },
        { Effect: 'Allow', Action: 's3:GetBucketLocation', Resource: bucketArn },
        {
          Effect: 'Allow',
          Action: 's3:ListBucket',
          Resource: bucketArn,
          Condition: { StringLike: { 's3:prefix': [name, `${name}/*`] } },
        },
        { Effect: 'Allow', Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
      ]);
    });

    test('query allows another workgroup and a place for results', () => {
      const stack = newStack();
      const resultsBucket = s3.Bucket.fromBucketName(stack, 'Results', 'results');
      groupIn(stack, { offlineStore: { bucket: new s3.Bucket(stack, 'Bucket') } }).grants.query(readerIn(stack), {
        workGroup: 'science',
        resultsBucket,
        resultsPrefix: 'athena',
      });
      const statements = JSON.stringify(statementsOf(stack, 'Reader'));
      expect(statements).toContain(':workgroup/science');
      expect(statements).toContain(':s3:::results/athena/*');
      expect(statements).not.toContain(':s3:::results/*');
    });

    test('query fails without an offline store', () => {
      const stack = newStack();
      expect(() => groupIn(stack).grants.query(readerIn(stack))).toThrow(
        new Error("Features/Customers: 'grants.query' must have an offline store that is known here, got: none"),
      );
    });
  });

  describe('import', () => {
    test('by name grants on this account and region', () => {
      const stack = newStack();
      const group = FeatureGroup.fromFeatureGroupName(stack, 'Imported', 'customers');
      group.grants.read(readerIn(stack));
      expect(group.featureGroupRef).toEqual({ featureGroupName: 'customers' });
      expect(statementsOf(stack, 'Reader')).toMatchObject([
        { Resource: arnOf('sagemaker', 'feature-group/customers') },
      ]);
    });

    test('by ARN grants on that account and region', () => {
      const stack = newStack();
      const arn = 'arn:aws:sagemaker:eu-west-1:111122223333:feature-group/customers';
      const group = FeatureGroup.fromFeatureGroupArn(stack, 'Imported', arn);
      group.grants.write(readerIn(stack));
      expect(group.featureGroupRef).toEqual({ featureGroupName: 'customers' });
      expect(JSON.stringify(statementsOf(stack, 'Reader'))).toContain(
        ':sagemaker:eu-west-1:111122223333:feature-group/customers',
      );
    });

    test('grants also come from a bare reference', () => {
      const stack = newStack();
      const group = FeatureGroup.fromFeatureGroupName(stack, 'Imported', 'customers');
      FeatureGroupGrants.fromFeatureGroup(group).delete(readerIn(stack));
      expect(statementsOf(stack, 'Reader')).toMatchObject([{ Action: 'sagemaker:DeleteRecord' }]);
    });
  });

  describe('metrics', () => {
    test.each([
      ['metricLatency', 'Latency', 'Average'],
      ['metricThrottledRequests', 'ThrottledRequests', 'Sum'],
      ['metricServerErrors', 'Operation5XXErrors', 'Sum'],
    ] as const)('%s reads %s of one operation', (method, metricName, statistic) => {
      const stack = newStack();
      const metric = groupIn(stack)[method]('GetRecord');
      expect(stack.resolve(metric.toMetricConfig().metricStat)).toMatchObject({
        namespace: 'AWS/SageMaker/FeatureStore',
        metricName,
        statistic,
        dimensions: [
          { name: 'FeatureGroupName', value: { Ref: 'Customers6955EA0A' } },
          { name: 'OperationName', value: 'GetRecord' },
        ],
      });
    });

    test('metric takes another name, namespace and period', () => {
      const options = { namespace: 'AWS/SageMaker', period: Duration.hours(1) };
      const metric = groupIn(newStack()).metric('ConsumedReadRequestsUnits', 'GetRecord', options);
      expect(metric).toMatchObject({ namespace: 'AWS/SageMaker', metricName: 'ConsumedReadRequestsUnits' });
      expect(metric.period.toSeconds()).toBe(3600);
    });
  });

  describe('validation', () => {
    const many = (count: number): Record<string, FeatureType> => ({
      ...valid.features,
      ...Object.fromEntries(Array.from({ length: count - 4 }, (_, index) => [`f${index}`, 'String' as const])),
    });

    test.each<[string, (stack: Stack) => Partial<FeatureGroupProps>, string]>([
      [
        'there is no store',
        () => ({ onlineStore: undefined }),
        "'onlineStore' or 'offlineStore' must be given, got: neither",
      ],
      ['there are no features', () => ({ features: {} }), "'features' must name 1 to 2500 features, got: 0"],
      [
        'there are too many features',
        () => ({ features: many(2501) }),
        "'features' must name 1 to 2500 features, got: 2501",
      ],
      ...['is_deleted', 'write_time', 'api_invocation_time'].map(
        (name): [string, () => Partial<FeatureGroupProps>, string] => [
          `${name} is a feature`,
          () => ({ features: { ...valid.features, [name]: 'String' } }),
          `'features' must not use the reserved names is_deleted, write_time, api_invocation_time, got: ${name}`,
        ],
      ),
      ...['_spend', 'spend-', 'mean spend', 'a'.repeat(65), ''].map(
        (name): [string, () => Partial<FeatureGroupProps>, string] => [
          `'${name}' is a feature`,
          () => ({ features: { ...valid.features, [name]: 'String' } }),
          `'features' must have names of 1 to 64 letters, digits, - and _ that start and end with a letter or digit, got: ${name}`,
        ],
      ),
      [
        'a name is a whole number',
        () => ({ features: { ...valid.features, 7: 'String' } }),
        "'features' must have names that are not whole numbers, got: 7",
      ],
      [
        'the record identifier is no feature',
        () => ({ recordIdentifier: 'toString' }),
        "'recordIdentifier' must name one of the features (customer, spend, visits, seen_at), got: toString",
      ],
      [
        'the event time is no feature',
        () => ({ eventTime: 'elsewhere' }),
        "'eventTime' must name one of the features (customer, spend, visits, seen_at), got: elsewhere",
      ],
      [
        'the event time is the record identifier',
        () => ({ eventTime: 'customer' }),
        "'eventTime' must be another feature than 'recordIdentifier', got: customer",
      ],
      [
        'the event time is a whole number',
        () => ({ eventTime: 'visits' }),
        "'eventTime' must name a String or Fractional feature, got: visits (Integral)",
      ],
      [
        'an in-memory store has an offline store',
        stack => ({
          onlineStore: { storageType: 'InMemory' },
          offlineStore: { bucket: new s3.Bucket(stack, 'Bucket') },
        }),
        "'offlineStore' must be left out with storage type InMemory, got: an offline store",
      ],
      [
        'an in-memory store has a key',
        stack => ({ onlineStore: { storageType: 'InMemory', encryptionKey: new kms.Key(stack, 'Key') } }),
        "'onlineStore.encryptionKey' must be left out with storage type InMemory, got: a key",
      ],
      [
        'an in-memory store has provisioned throughput',
        () => ({
          onlineStore: { storageType: 'InMemory' },
          provisionedThroughput: { readCapacityUnits: 1, writeCapacityUnits: 1 },
        }),
        "'provisionedThroughput' must be left out with storage type InMemory, got: capacity units",
      ],
      [
        'the time to live is not whole seconds',
        () => ({ onlineStore: { timeToLive: Duration.millis(1500) } }),
        "'onlineStore.timeToLive' must be one or more whole seconds, got: 1.5 seconds",
      ],
      [
        'the time to live is nothing',
        () => ({ onlineStore: { timeToLive: Duration.seconds(0) } }),
        "'onlineStore.timeToLive' must be one or more whole seconds, got: 0 seconds",
      ],
      ...['', '/a', 'a/', 'a//b', 'a*'].map(
        (prefix): [string, (stack: Stack) => Partial<FeatureGroupProps>, string] => [
          `the prefix is '${prefix}'`,
          stack => ({ offlineStore: { bucket: new s3.Bucket(stack, 'Bucket'), prefix } }),
          `'offlineStore.prefix' must not be empty, start or end with a slash, or contain //, * or ?, got: ${prefix}`,
        ],
      ),
      [
        'a role is given without an offline store',
        stack => ({ role: readerIn(stack) }),
        "'role' must be left out without an offline store, got: Features/Reader",
      ],
      [
        'capacity is negative',
        () => ({ provisionedThroughput: { readCapacityUnits: -1, writeCapacityUnits: 1 } }),
        "'provisionedThroughput.readCapacityUnits' must be a whole number from 0 to 10000000, got: -1",
      ],
      [
        'capacity is above the range',
        () => ({ provisionedThroughput: { readCapacityUnits: 1, writeCapacityUnits: 10_000_001 } }),
        "'provisionedThroughput.writeCapacityUnits' must be a whole number from 0 to 10000000, got: 10000001",
      ],
      [
        'the name is not allowed',
        () => ({ featureGroupName: '-customers' }),
        "'featureGroupName' must be 1 to 64 letters, digits, - and _ that start and end with a letter or digit, got: -customers",
      ],
      [
        'the description is too long',
        () => ({ description: 'x'.repeat(129) }),
        "'description' must have up to 128 characters, got: 129",
      ],
    ])('fails when %s', (_, overrides, message) => {
      const stack = newStack();
      expect(() => groupIn(stack, overrides(stack))).toThrow(new Error(`Features/Customers: ${message}`));
    });

    test('accepts the largest group', () => {
      expect(() => groupIn(newStack(), { features: many(2500) })).not.toThrow();
    });

    test('warns above the quota of one group', () => {
      const stack = newStack();
      groupIn(stack, { provisionedThroughput: { readCapacityUnits: 40_001, writeCapacityUnits: 1 } });
      Annotations.fromStack(stack).hasWarning(
        '/Features/Customers',
        Match.stringLikeRegexp("'provisionedThroughput.readCapacityUnits' is above 40000.*got: 40001"),
      );
    });
  });
});

/** Never called: the compiler is the test. */
export function refusedByTheCompiler(stack: Stack): void {
  // @ts-expect-error a feature has one of three types
  groupIn(stack, { features: { customer: 'Text' } });
  // @ts-expect-error both capacities are required
  groupIn(stack, { provisionedThroughput: { readCapacityUnits: 1 } });
  // @ts-expect-error the service has no such storage type in CloudFormation
  groupIn(stack, { onlineStore: { storageType: 'Memory' } });
}
