import type * as iam from 'aws-cdk-lib/aws-iam';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib/core';
import * as customResources from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';

export interface DeployedFileProps {
  /** Bucket that the file is written to. */
  readonly bucket: s3.IBucket;

  /** Key of the object, 1 to 1024 bytes with no slash at its beginning. */
  readonly key: string;

  /** What is written as JSON; it may hold values that are only known at deployment, such as the generated name of a model. */
  readonly content: unknown;

  /**
   * How long the log of writing is kept, if this is the first construct of the stack that uses aws-cdk-lib's function for it.
   *
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * A JSON file that is written at deployment, when names that CloudFormation makes are known; `FileSet` is for all others.
 *
 * Creates a custom resource; aws-cdk-lib's function for such calls is shared by the stack. Written again when content, bucket or
 * key change, and deleted with the stack. Costs its storage.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export class DeployedFile extends Construct {
  public readonly s3Uri: string;
  private readonly bucket: s3.IBucket;
  private readonly key: string;

  constructor(scope: Construct, id: string, props: DeployedFileProps) {
    super(scope, id);
    const { bucket, key, content } = props;
    const bytes = Buffer.byteLength(key);
    if (!Token.isUnresolved(key) && (bytes < 1 || bytes > 1024 || key.startsWith('/'))) {
      throw new Error(`${this.node.path}: 'key' must be 1 to 1024 bytes with no slash at its beginning, got: ${key}`);
    }
    this.bucket = bucket;
    this.key = key;
    this.s3Uri = bucket.s3UrlForObject(key);

    const stack = Stack.of(this);
    const place = { Bucket: bucket.bucketName, Key: key };
    const write = {
      service: 'S3',
      action: 'PutObject',
      parameters: { ...place, Body: stack.toJsonString(content), ContentType: 'application/json' },
      // Another place is another file: CloudFormation then deletes the old one.
      physicalResourceId: customResources.PhysicalResourceId.of(this.s3Uri),
      outputPaths: ['ETag'],
    };
    const resource = new customResources.AwsCustomResource(this, 'Resource', {
      resourceType: 'Custom::DeployedFile',
      installLatestAwsSdk: false,
      logGroup: functionLogs(stack, props.logRetention),
      onCreate: write,
      onUpdate: write,
      onDelete: { service: 'S3', action: 'DeleteObject', parameters: place },
      policy: customResources.AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({ actions: ['s3:PutObject', 's3:DeleteObject'], resources: [bucket.arnForObjects(key)] }),
      ]),
    });
    bucket.encryptionKey?.grant(resource, 'kms:Decrypt', 'kms:GenerateDataKey');
    acknowledgeFunction(stack);
  }

  /** Lets a principal read this file. */
  public grantRead(grantee: iam.IGrantable): void {
    const statement = new PolicyStatement({
      actions: ['s3:GetObject'],
      resources: [this.bucket.arnForObjects(this.key)],
    });
    grantee.grantPrincipal.addToPrincipalPolicy(statement);
    this.bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
  }
}

/** Construct id of the function that all custom resources of this kind share in a stack. */
const PROVIDER = `AWS${customResources.AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`;

/**
 * Log group of the function, unless whoever needed it first has given it one. It belongs to the stack as the function does: the file
 * may be under a condition.
 */
function functionLogs(stack: Stack, retention = logs.RetentionDays.THREE_MONTHS): logs.ILogGroup | undefined {
  return stack.node.tryFindChild(PROVIDER)
    ? undefined
    : new logs.LogGroup(stack, 'DeployedFileLogs', { retention, removalPolicy: RemovalPolicy.DESTROY });
}

function acknowledgeFunction(stack: Stack): void {
  Validations.of(stack.node.findChild(PROVIDER)).acknowledge(
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason:
        'The function belongs to aws-cdk-lib and is shared by the stack; the managed policy lets it write its logs',
    },
    { id: 'AwsSolutions-L1', reason: 'aws-cdk-lib chooses the runtime that its function is tested with' },
  );
}
