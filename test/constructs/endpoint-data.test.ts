import { Stack } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { type DataCapture } from '../../constructs/endpoint';
import { endpointIn, newStack } from '../support/endpoints';

const CONFIG = 'AWS::SageMaker::EndpointConfig';
const ENDPOINT = 'AWS::SageMaker::Endpoint';

describe('Data of an Endpoint', () => {
  const hostingStatements = (stack: Stack): unknown => {
    const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
    const [, policy] = Object.entries(policies).find(([id]) => id.startsWith('LoansHostingPolicy')) ?? [];
    return (policy as { Properties: { PolicyDocument: { Statement: unknown } } } | undefined)?.Properties.PolicyDocument
      .Statement;
  };

  describe('data capture', () => {
    const captureIn = (stack: Stack, overrides: Partial<DataCapture> = {}) =>
      endpointIn(stack, {
        dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'captured'), ...overrides },
      });

    test('stores all requests and answers, as CSV and JSON', () => {
      const stack = newStack();
      captureIn(stack);
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        DataCaptureConfig: {
          EnableCapture: true,
          InitialSamplingPercentage: 100,
          DestinationS3Uri: 's3://captured/data-capture',
          CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
          CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
          KmsKeyId: Match.absent(),
        },
      });
    });

    test('takes prefix, share, modes, content types and key', () => {
      const stack = newStack();
      captureIn(stack, {
        prefix: 'loans/live',
        samplingPercentage: 20,
        modes: ['Input'],
        csvContentTypes: ['text/csv', 'application/csv'],
        jsonContentTypes: ['application/jsonlines'],
        encryptionKey: new kms.Key(stack, 'Key'),
      });
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        DataCaptureConfig: {
          InitialSamplingPercentage: 20,
          DestinationS3Uri: 's3://captured/loans/live',
          CaptureOptions: [{ CaptureMode: 'Input' }],
          CaptureContentTypeHeader: {
            CsvContentTypes: ['text/csv', 'application/csv'],
            JsonContentTypes: ['application/jsonlines'],
          },
          KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
        },
      });
    });

    test("lets the model's role write below the prefix only, and use the key, before the endpoint starts", () => {
      const stack = newStack();
      captureIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
      expect(hostingStatements(stack)).toEqual([
        {
          Effect: 'Allow',
          Action: 's3:PutObject',
          Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::captured/data-capture/*']] },
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
        },
      ]);
      const template = Template.fromStack(stack);
      template.hasResource(ENDPOINT, { DependsOn: [Match.stringLikeRegexp('^LoansHostingPolicy')] });
      template.hasResource('AWS::SageMaker::Model', {
        DependsOn: Match.arrayWith([Match.stringLikeRegexp('^LoansHostingPolicy')]),
      });
    });

    test('encrypts with the key of the bucket', () => {
      const stack = newStack();
      captureIn(stack, { bucket: new s3.Bucket(stack, 'Own', { encryptionKey: new kms.Key(stack, 'Key') }) });
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        DataCaptureConfig: { KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
      });
    });

    test.each<[Partial<DataCapture>, string]>([
      [
        { samplingPercentage: 0 },
        "'dataCapture.samplingPercentage' must be a whole number from 1 to 100; leave out dataCapture to capture nothing, got: 0",
      ],
      [
        { samplingPercentage: 101 },
        "'dataCapture.samplingPercentage' must be a whole number from 1 to 100; leave out dataCapture to capture nothing, got: 101",
      ],
      [{ modes: [] }, "'dataCapture.modes' must hold Input, Output or both, got: []"],
      [{ prefix: '' }, "'dataCapture.prefix' must have no slash at its ends and not be empty, got: "],
      [{ prefix: 'a/' }, "'dataCapture.prefix' must have no slash at its ends and not be empty, got: a/"],
      [{ prefix: '/' }, "'dataCapture.prefix' must have no slash at its ends and not be empty, got: /"],
      [{ csvContentTypes: [] }, "'dataCapture.csvContentTypes' must hold 1 to 10 content types, got: 0"],
      [
        { jsonContentTypes: Array<string>(11).fill('application/json') },
        "'dataCapture.jsonContentTypes' must hold 1 to 10 content types, got: 11",
      ],
      [
        { csvContentTypes: ['text/csv; charset=utf-8'] },
        "'dataCapture.csvContentTypes' must hold content types such as text/csv, of letters, digits, - and ., got: text/csv; charset=utf-8",
      ],
    ])('fails with %j', (overrides, message) => {
      expect(() => captureIn(newStack(), overrides)).toThrow(new Error(`Serving/Loans: ${message}`));
    });
  });

  describe('encryption', () => {
    test('of volumes uses the key, which the role may use through SageMaker', () => {
      const stack = newStack();
      endpointIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
      const keyArn = { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] };
      Template.fromStack(stack).hasResourceProperties(CONFIG, { KmsKeyId: keyArn });
      expect(hostingStatements(stack)).toEqual([
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
          Resource: keyArn,
        },
        {
          Effect: 'Allow',
          Action: 'kms:CreateGrant',
          Resource: keyArn,
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
      ]);
    });

    test.each(['ml.m5d.large', 'ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.p4d.24xlarge', 'ml.trn1.2xlarge'] as const)(
      'fails with a key for %s',
      instanceType => {
        const stack = newStack();
        expect(() =>
          endpointIn(stack, { encryptionKey: new kms.Key(stack, 'Key'), variant: { instanceType } }),
        ).toThrow(
          new Error(
            `Serving/Loans: 'encryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ${instanceType}`,
          ),
        );
      },
    );

    test.each(['ml.m5.large', 'ml.c6i.large', 'ml.inf2.xlarge', 'ml.p3.2xlarge', 'ml.r8g.medium'] as const)(
      'takes a key for %s',
      instanceType => {
        const stack = newStack();
        endpointIn(stack, { encryptionKey: new kms.Key(stack, 'Key'), variant: { instanceType } });
        Template.fromStack(stack).resourceCountIs(ENDPOINT, 1);
      },
    );
  });
});
