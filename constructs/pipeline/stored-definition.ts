import { join } from 'node:path';
import { CustomResource, Duration, type IResolvable, RemovalPolicy, Stack, Token } from 'aws-cdk-lib/core';
import { Tokenization, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { FileSet } from '../assets';
import { acknowledgeWildcards } from '../roles';
import { isPlainObject } from './expression';
import { Float, toJson, toText } from './json';
import type { DefinitionContent } from './pipeline-resource';

/** Largest definition that the API takes, in characters. */
const MAX_LENGTH = 1_048_576;

/**
 * Largest definition that stands in the template, in characters. A template holds at most 1 MB, the definition with its quotes
 * escaped and everything else of the stack.
 */
const MAX_LENGTH_IN_TEMPLATE = 400_000;

const FILE_NAME = 'pipeline-definition.json';

/**
 * `PipelineDefinition` of the resource: the definition itself, or where it lies in S3 if it is large. It is read there with the
 * permissions of the deployment.
 */
export function definitionProperty(scope: Construct, { prop, data, text }: DefinitionContent): object {
  const { length } = text ?? JSON.stringify(data);
  if (length > MAX_LENGTH) {
    throw new Error(
      `${scope.node.path}: '${prop}' must make a definition of at most ${MAX_LENGTH} characters, got: ${length}`,
    );
  }
  if (length <= MAX_LENGTH_IN_TEMPLATE) {
    return { PipelineDefinitionBody: text ?? toJson(Stack.of(scope), data) };
  }
  const { filled, values } = text === undefined ? withoutTokens(data) : { filled: text, values: [] };
  const files = FileSet.fromText(FILE_NAME, filled).bind(scope);
  const [key = ''] = files.objectKeys;
  if (values.length === 0) return { PipelineDefinitionS3Location: { Bucket: files.bucketName, Key: key } };

  const store = storeOf(Stack.of(scope));
  files.grantRead(store.role);
  const resource = new CustomResource(scope, 'Definition', {
    resourceType: 'Custom::PipelineDefinition',
    serviceToken: store.serviceToken,
    properties: {
      SourceBucket: files.bucketName,
      SourceKey: key,
      Bucket: store.bucket.bucketName,
      Prefix: scope.node.addr,
      Values: values,
    },
  });
  resource.node.addDependency(store);
  // The key is the hash of what the file holds at last, so the pipeline changes when a value does that nobody knew at synthesis.
  return {
    PipelineDefinitionS3Location: { Bucket: store.bucket.bucketName, Key: resource.getAttString('Key') },
  };
}

/** JSON text with the number of a value in the place of each token, and the values. The function in `handler` puts them in. */
function withoutTokens(data: object): { readonly filled: string; readonly values: readonly IResolvable[] } {
  const values: IResolvable[] = [];
  // A control character that no name, path or description holds.
  const mark = (kind: 'text' | 'number' | 'list', token: IResolvable) => {
    const known = values.indexOf(token);
    return `\u0002${kind}:${known >= 0 ? known : values.push(token) - 1}\u0002`;
  };
  const inText = (text: string) =>
    Tokenization.reverseString(text)
      .mapTokens({ mapToken: token => mark('text', token) })
      .join({ join: (left: unknown, right: unknown) => `${String(left)}${String(right)}` }) as string;
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) {
      const list = Token.isUnresolved(part) ? Tokenization.reverseList(part as string[]) : undefined;
      return list ? mark('list', list) : part.map(walk);
    }
    if (isPlainObject(part)) return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, walk(value)]));
    if (part instanceof Float) return typeof part.mark() === 'number' ? walk(part.mark()) : part;
    if (!Token.isUnresolved(part)) return part;
    if (typeof part === 'string') return inText(part);
    const number = typeof part === 'number' ? Tokenization.reverseNumber(part) : undefined;
    return number ? mark('number', number) : mark('list', part as IResolvable);
  };
  return { filled: toText(walk(data)), values };
}

/**
 * Bucket of the large definitions of a stack, and the function that writes them.
 *
 * Costs the storage of a file for each pipeline, and moments of two functions at a deployment that changes one.
 */
class DefinitionStore extends Construct {
  public readonly bucket: s3.Bucket;
  public readonly role: iam.IRole;
  public readonly serviceToken: string;

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // The custom resources delete their files when they go, which is before.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only deployments use the bucket; what it holds can be read from the pipeline too',
    });
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const newRole = (name: string) => {
      const role = new iam.Role(this, name, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
      logGroup.grantWrite(role);
      return role;
    };
    const role = newRole('Role');
    const objects = this.bucket.arnForObjects('*');
    role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:DeleteObject', 's3:PutObject'], resources: [objects] }));
    acknowledgeWildcards(
      role,
      [objects],
      'The bucket holds the definitions that this function writes, and nothing else',
    );
    this.role = role;

    const onEventHandler = new lambda.Function(this, 'OnEvent', {
      runtime: lambda.determineLatestNodeRuntime(this),
      timeout: Duration.minutes(1),
      code: lambda.Code.fromAsset(join(__dirname, 'handler'), { exclude: ['*.d.ts'] }),
      handler: 'index.onEvent',
      role,
      logGroup,
    });
    const frameworkOnEventRole = newRole('FrameworkRole');
    this.serviceToken = new Provider(this, 'Framework', {
      onEventHandler,
      frameworkOnEventRole,
      logGroup,
    }).serviceToken;
    acknowledgeWildcards(
      frameworkOnEventRole,
      [`${onEventHandler.functionArn}:*`],
      'The framework of the library may call any version of its function',
    );
  }
}

function storeOf(stack: Stack): DefinitionStore {
  const id = 'PipelineDefinitions';
  const existing = stack.node.tryFindChild(id);
  return existing instanceof DefinitionStore ? existing : new DefinitionStore(stack, id);
}
