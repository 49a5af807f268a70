import { App, Stack } from 'aws-cdk-lib/core';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Endpoint, type AsyncInference, type InstanceVariant } from '../../constructs/endpoint';
import { endpointIn, newStack, roleIn, type Valid, variantIn } from '../support/endpoints';

const CONFIG = 'AWS::SageMaker::EndpointConfig';

describe('An asynchronous Endpoint', () => {
  const bucketIn = (stack: Stack) =>
    (stack.node.tryFindChild('Bucket') as s3.IBucket | undefined) ?? s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
  const validIn = (stack: Stack): AsyncInference => {
    const bucket = bucketIn(stack);
    return { input: { bucket, prefix: 'requests' }, output: { bucket, prefix: 'answers' } };
  };
  const asyncIn = (stack: Stack, overrides: Partial<AsyncInference> = {}, props: Valid = {}) =>
    endpointIn(stack, { ...props, async: { ...validIn(stack), ...overrides } });
  const statementsOf = (stack: Stack, prefix: string): unknown => {
    const policies = Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    const [, policy] = policies.find(([id]) => id.startsWith(prefix)) ?? [];
    return (policy as { Properties: { PolicyDocument: { Statement: unknown } } }).Properties.PolicyDocument.Statement;
  };
  const arn = (path = '') => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::loans${path}`]],
  });
  const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });

  test('writes answers to S3, and tells nobody', () => {
    const stack = newStack();
    asyncIn(stack);
    Template.fromStack(stack).hasResourceProperties(CONFIG, {
      AsyncInferenceConfig: {
        ClientConfig: Match.absent(),
        OutputConfig: {
          S3OutputPath: 's3://loans/answers',
          S3FailurePath: Match.absent(),
          KmsKeyId: Match.absent(),
          NotificationConfig: Match.absent(),
        },
      },
    });
  });

  test('passes every prop on, each topic to its place', () => {
    const stack = newStack();
    const topic = (id: string) => sns.Topic.fromTopicArn(stack, id, `arn:aws:sns:eu-central-1:111122223333:${id}`);
    asyncIn(stack, {
      failure: { bucket: bucketIn(stack), prefix: 'failures' },
      successTopic: topic('Success'),
      errorTopic: topic('Error'),
      includeResponseIn: ['success', 'error'],
      maxConcurrentInvocationsPerInstance: 4,
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/loans'),
    });
    Template.fromStack(stack).hasResourceProperties(CONFIG, {
      AsyncInferenceConfig: {
        ClientConfig: { MaxConcurrentInvocationsPerInstance: 4 },
        OutputConfig: {
          S3OutputPath: 's3://loans/answers',
          S3FailurePath: 's3://loans/failures',
          KmsKeyId: 'arn:aws:kms:eu-central-1:111122223333:key/loans',
          NotificationConfig: {
            SuccessTopic: 'arn:aws:sns:eu-central-1:111122223333:Success',
            ErrorTopic: 'arn:aws:sns:eu-central-1:111122223333:Error',
            IncludeInferenceResponseIn: ['SUCCESS_NOTIFICATION_TOPIC', 'ERROR_NOTIFICATION_TOPIC'],
          },
        },
      },
    });
    expect(statementsOf(stack, 'LoansHostingPolicy')).toEqual([
      allow('s3:GetObject', arn('/requests/*')),
      { ...allow('s3:ListBucket', arn()), Condition: { StringLike: { 's3:prefix': 'requests/*' } } },
      allow(['s3:AbortMultipartUpload', 's3:PutObject'], [arn('/answers/*'), arn('/failures/*')]),
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], 'arn:aws:kms:eu-central-1:111122223333:key/loans'),
      allow(
        'sns:Publish',
        ['Success', 'Error'].map(id => `arn:aws:sns:eu-central-1:111122223333:${id}`),
      ),
    ]);
  });

  test('lets the role use the keys of its bucket and topics', () => {
    const stack = newStack();
    const [data, news] = ['Data', 'News'].map(id => new kms.Key(stack, id));
    const bucket = new s3.Bucket(stack, 'Mine', { encryptionKey: data });
    const errorTopic = new sns.Topic(stack, 'Errors', { masterKey: news });
    asyncIn(stack, { input: { bucket, prefix: 'in' }, output: { bucket, prefix: 'out' }, errorTopic });
    const key = (id: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${id}`), 'Arn'] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(CONFIG, {
      AsyncInferenceConfig: { OutputConfig: Match.objectLike({ KmsKeyId: key('Data') }) },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^LoansHostingPolicy'),
      PolicyDocument: {
        Statement: Match.arrayWith([
          allow('kms:Decrypt', key('Data')),
          allow(['kms:Decrypt', 'kms:GenerateDataKey'], key('Data')),
          allow('sns:Publish', { Ref: Match.stringLikeRegexp('^Errors') }),
          allow(['kms:Decrypt', 'kms:GenerateDataKey'], key('News')),
        ]),
      },
    });
  });

  describe('grants', () => {
    test('.invokeAsync allows the call, requests and answers together', () => {
      const stack = newStack();
      asyncIn(stack, { failure: { bucket: bucketIn(stack), prefix: 'failures' } }).grants.invokeAsync(roleIn(stack));
      const endpoint = JSON.stringify(
        stack.resolve(stack.formatArn({ service: 'sagemaker', resource: 'endpoint/loans' })),
      );
      expect(statementsOf(stack, 'Caller')).toEqual([
        allow('sagemaker:InvokeEndpointAsync', JSON.parse(endpoint)),
        allow('s3:PutObject', arn('/requests/*')),
        allow('s3:GetObject', [arn('/answers/*'), arn('/failures/*')]),
      ]);
    });

    test('.invokeAsync lets the caller use the key of the bucket', () => {
      const stack = newStack();
      const bucket = new s3.Bucket(stack, 'Mine', { encryptionKey: new kms.Key(stack, 'Data') });
      const locations = { input: { bucket, prefix: 'in' }, output: { bucket, prefix: 'out' } };
      asyncIn(stack, locations).grants.invokeAsync(roleIn(stack));
      const Resource = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Data'), 'Arn'] };
      Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
        PolicyName: Match.stringLikeRegexp('^Caller'),
        PolicyDocument: {
          Statement: Match.arrayWith([
            allow(['kms:Decrypt', 'kms:GenerateDataKey'], Resource),
            allow('kms:Decrypt', Resource),
          ]),
        },
      });
    });

    test('fail where the endpoint takes other requests', () => {
      const stack = newStack();
      const endpoint = asyncIn(stack);
      for (const grant of ['invoke', 'invokeWithResponseStream'] as const) {
        expect(() => endpoint.grants[grant](roleIn(newStack()))).toThrow(
          new Error(
            `Serving/Loans: 'grants.${grant}' must be 'grants.invokeAsync', since the endpoint takes asynchronous requests only, got: 'grants.${grant}'`,
          ),
        );
      }
      const other = newStack();
      expect(() => endpointIn(other).grants.invokeAsync(roleIn(other))).toThrow(
        new Error(
          "Serving/Loans: 'grants.invokeAsync' must be used on an endpoint made here with 'async', got: another endpoint",
        ),
      );
    });
  });

  test('has alarms with patience', () => {
    const stack = newStack();
    asyncIn(stack, {}, { alarms: {} });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ModelLatency',
      Threshold: 900_000_000,
    });
  });

  test('warns of data capture, which nobody has described', () => {
    const stack = newStack();
    asyncIn(stack, {}, { dataCapture: { bucket: bucketIn(stack) } });
    Annotations.fromStack(stack).hasWarning(
      '/Serving/Loans',
      "AWS does not say whether an asynchronous endpoint captures data; 'async' stores requests and answers in S3 anyway [ack: sagemaker-cdk:async-data-capture]",
    );
    const other = newStack();
    asyncIn(other);
    Annotations.fromStack(other).hasNoWarning('*', Match.anyValue());
  });

  test('leaves nothing for cdk-nag to find, in its stack or with the data in another', () => {
    const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
    const data = new Stack(app, 'Data');
    const bucket = new s3.Bucket(data, 'Bucket');
    const stack = new Stack(app, 'Serving');
    const locations = { input: { bucket, prefix: 'in' }, output: { bucket, prefix: 'out' } };
    asyncIn(stack, locations).grants.invokeAsync(roleIn(stack));
    app.synth();
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    const alone = newStack();
    asyncIn(alone).grants.invokeAsync(roleIn(alone));
    expect(new AwsSolutionsChecks().validateScope(alone).violations).toEqual([]);
  });

  describe('fails', () => {
    test.each<[Partial<AsyncInference>, string]>([
      [
        { includeResponseIn: ['success'] },
        "includeResponseIn' must come with 'successTopic' to hold 'success', got: success",
      ],
      [{ includeResponseIn: ['error'] }, "includeResponseIn' must come with 'errorTopic' to hold 'error', got: error"],
      [
        { maxConcurrentInvocationsPerInstance: 1001 },
        "maxConcurrentInvocationsPerInstance' must be a whole number from 1 to 1000, got: 1001",
      ],
    ])('with %j', (overrides, message) => {
      expect(() => asyncIn(newStack(), overrides)).toThrow(new Error(`Serving/Loans: 'async.${message}`));
    });

    test.each(['input', 'output', 'failure'] as const)('with a slash at the end of the prefix of %s', prop => {
      const stack = newStack();
      expect(() => asyncIn(stack, { [prop]: { bucket: bucketIn(stack), prefix: 'loans/' } })).toThrow(
        new Error(`Serving/Loans: 'async.${prop}.prefix' must have no slash at its ends and not be empty, got: loans/`),
      );
    });

    const scaling = { minInstances: 0, maxInstances: 4, backlogPerInstance: 5 };
    test.each<[NonNullable<InstanceVariant['scaling']>, string]>([
      [{ ...scaling, minInstances: -1 }, "minInstances' must be a whole number of at least 0, got: -1"],
      [{ ...scaling, backlogPerInstance: 0 }, "backlogPerInstance' must be above 0, got: 0"],
      [
        { ...scaling, backlogPerInstance: undefined, cpuUtilization: 50 },
        "backlogPerInstance' must be given to go to zero instances and back, got: none",
      ],
      [
        { ...scaling, invocationsPerInstance: 60 },
        "invocationsPerInstance' must be left out, since asynchronous endpoints do not publish these metrics, got: 60",
      ],
      [
        { ...scaling, concurrentRequestsPerModel: 6 },
        "concurrentRequestsPerModel' must be left out, since asynchronous endpoints do not publish these metrics, got: 6",
      ],
    ])('with the scaling %j', (limits, message) => {
      expect(() => asyncIn(newStack(), {}, { variant: { scaling: limits } })).toThrow(
        new Error(`Serving/Loans: 'variants[0].scaling.${message}`),
      );
    });

    test('with several variants', () => {
      const stack = newStack();
      const variants = [variantIn(stack, 'Champion'), variantIn(stack, 'Challenger')];
      expect(() => new Endpoint(stack, 'Loans', { variants, async: validIn(stack) })).toThrow(
        new Error(
          "Serving/Loans: 'variants' must hold one variant with 'async', since the backlog is counted for the endpoint, and not for each variant, got: 2",
        ),
      );
    });
  });
});
