import {
  CreateTransformJobRequest$,
  DescribeTransformJobRequest$,
  StopTransformJobRequest$,
} from '@aws-sdk/client-sagemaker';
import { PublishInput$ } from '@aws-sdk/client-sns';
import { GetParameterRequest$ } from '@aws-sdk/client-ssm';
import aslValidator from 'asl-validator';
import fc from 'fast-check';
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { BatchTransform, type BatchTransformProps } from '../../constructs/batch-transform';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { requestProblems } from '../support/request-schema';
import { workflowOf } from '../support/start-workflow';
import { type Call, type Execution, runStateMachine, TaskError } from '../support/state-machine';

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'sagemaker:createTransformJob.sync': CreateTransformJobRequest$,
  'sagemaker:describeTransformJob': DescribeTransformJobRequest$,
  'sagemaker:stopTransformJob': StopTransformJobRequest$,
  'sns:publish': PublishInput$,
  'ssm:getParameter': GetParameterRequest$,
};

const definitionWith = (overrides: Partial<BatchTransformProps> = {}, stack = new Stack(new App(), 'Loans')) => {
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'loans');
  const { stateMachine } = new BatchTransform(stack, 'Scoring', {
    model: { modelName: 'credit-risk' },
    input: { bucket, prefix: 'new', contentType: 'text/csv', splitType: 'Line' },
    output: { bucket, prefix: 'scored', accept: 'text/csv', assembleWith: 'Line' },
    instanceType: 'ml.m5.large',
    jobNamePrefix: 'scoring',
    ...overrides,
  });
  return workflowOf(stateMachine);
};

type Outcome = 'Completed' | 'Failed' | 'Stopped' | 'InProgress';

/** SageMaker with jobs that end as they are told, the topics, and the SSM parameter. */
class BatchAccount {
  public readonly published: { topic: string; message: Record<string, unknown> }[] = [];
  public readonly jobs: Record<string, Outcome> = {};

  /** How the jobs end, in order; the last one goes on. */
  public outcomes: (Outcome | TaskError)[] = ['Completed'];
  public failureReason: string | undefined = 'AlgorithmError: no such column';
  public modelName = 'credit-risk-7';
  public topicsFail = false;
  public beforeCall: (call: Call) => void = () => undefined;

  public async run(definition: object, input: unknown = {}, id = 'e1'): Promise<Execution> {
    const Execution = { Id: `arn:aws:states:eu-central-1:111122223333:execution:scoring:${id}` };
    return runStateMachine(definition, { input, context: { Execution }, onCall: call => this.answer(call) });
  }

  private answer(call: Call): unknown {
    const request = call.arguments as Record<string, string>;
    expect(requestProblems(SCHEMAS[call.action], request, {}, call.action)).toEqual([]);
    this.beforeCall(call);
    const job = request.TransformJobName ?? '';
    switch (call.action) {
      case 'sagemaker:createTransformJob.sync':
        return this.create(job);
      case 'sagemaker:describeTransformJob':
        if (!(job in this.jobs)) throw new TaskError('SageMaker.ResourceNotFoundException', `no job ${job}`);
        return {
          TransformJobStatus: this.jobs[job],
          ...(this.jobs[job] === 'Failed' && this.failureReason && { FailureReason: this.failureReason }),
        };
      case 'sagemaker:stopTransformJob':
        this.jobs[job] = 'Stopped';
        return {};
      case 'ssm:getParameter':
        return { Parameter: { Name: request.Name, Value: this.modelName } };
      case 'sns:publish':
        if (this.topicsFail) throw new TaskError('Sns.SnsException', 'no');
        this.published.push({
          topic: request.TopicArn ?? '',
          message: JSON.parse(request.Message ?? '') as Record<string, unknown>,
        });
        return { MessageId: '1' };
      default:
        throw new Error(`unexpected call ${call.action}`);
    }
  }

  private create(job: string): unknown {
    expect(Object.keys(this.jobs)).not.toContain(job);
    const outcome = (this.outcomes.length > 1 ? this.outcomes.shift() : this.outcomes[0]) ?? 'Completed';
    if (outcome instanceof TaskError) {
      if (outcome.error === 'States.Timeout') this.jobs[job] = 'InProgress';
      throw outcome;
    }
    this.jobs[job] = outcome;
    if (outcome !== 'Completed')
      throw new TaskError('States.TaskFailed', JSON.stringify({ TransformJobStatus: outcome }));
    return { TransformJobStatus: outcome };
  }
}

const SUCCESSES = expect.stringContaining('Successes') as string;
const FAILURES = expect.stringContaining('Failures') as string;
const plain = definitionWith();
const byParameter = definitionWith({ model: { modelNameParameter: '/credit-risk/batch-model' } });
const requestIn = ({ calls }: Execution, index = 0) =>
  calls.filter(({ action }) => action.startsWith('sagemaker:createTransformJob'))[index]?.arguments;

describe('definition', () => {
  test.each(Object.entries({ plain, byParameter }))('%s is Amazon States Language', (_, definition) => {
    const { isValid, errorsText } = aslValidator(structuredClone(definition));
    expect({ isValid, errors: errorsText('\n') }).toEqual({ isValid: true, errors: '' });
  });

  test('has a time limit above the sum of its own', () => {
    const definition = definitionWith({ timeout: Duration.hours(2), maxAttempts: 3 });
    expect(definition).toMatchObject({
      TimeoutSeconds: 3 * (7200 + 1800 + 3600),
      States: { Transform: { TimeoutSeconds: 7200 } },
    });
    expect(plain).toMatchObject({ States: { Transform: { TimeoutSeconds: 12 * 3600 } } });
  });

  test('waits for the job through the integration of Step Functions, in any partition', () => {
    expect(plain).toMatchObject({
      States: { Transform: { Resource: 'arn:aws:states:::sagemaker:createTransformJob.sync' } },
    });
  });
});

describe('a transform', () => {
  test('by the clock takes everything under the prefix, and the results get a folder of their own', async () => {
    const account = new BatchAccount();
    const execution = await account.run(plain, { time: '2026-01-01T06:00:00Z' });
    const [job = ''] = Object.keys(account.jobs);
    expect(job).toMatch(/^scoring-[0-9a-f]{16}-1$/);
    expect(requestIn(execution)).toEqual({
      TransformJobName: job,
      ModelName: 'credit-risk',
      TransformInput: {
        ContentType: 'text/csv',
        SplitType: 'Line',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://loans/new/' } },
      },
      TransformOutput: { Accept: 'text/csv', AssembleWith: 'Line', S3OutputPath: `s3://loans/scored/${job}` },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    });
    const result = {
      job,
      model: 'credit-risk',
      input: 's3://loans/new/',
      output: `s3://loans/scored/${job}`,
      attempts: 1,
    };
    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'completed', ...result } });
    expect(account.published).toEqual([
      { topic: SUCCESSES, message: { ...result, execution: expect.stringContaining(':e1') as string } },
    ]);
  });

  test('of an object that arrived takes that object', async () => {
    const detail = { bucket: { name: 'loans' }, object: { key: 'new/monday 1.csv', size: 5 } };
    const account = new BatchAccount();
    const execution = await account.run(plain, { ...uploadEvents.event, detail });
    expect(requestIn(execution)).toMatchObject({
      TransformInput: {
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://loans/new/monday 1.csv' } },
      },
    });
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('of a manifest takes what it lists, by the clock and when it arrives', async () => {
    const bucket = s3.Bucket.fromBucketName(new Stack(), 'Bucket', 'loans');
    const definition = definitionWith({ input: { bucket, prefix: 'new', manifest: 'new/today.manifest' } });
    const source = { S3DataType: 'ManifestFile', S3Uri: 's3://loans/new/today.manifest' };
    const detail = { bucket: { name: 'loans' }, object: { key: 'new/today.manifest' } };
    for (const input of [{ time: 'now' }, { detail }]) {
      const execution = await new BatchAccount().run(definition, input);
      expect(requestIn(execution)).toMatchObject({ TransformInput: { DataSource: { S3DataSource: source } } });
    }
  });

  test.each([
    [{ uri: 's3://loans/new/may/' }, 'S3Prefix'],
    [{ uri: 's3://loans/new/may.manifest', dataType: 'ManifestFile' }, 'ManifestFile'],
  ])('by hand takes %j', async (input, S3DataType) => {
    const execution = await new BatchAccount().run(plain, input);
    expect(requestIn(execution)).toMatchObject({
      TransformInput: { DataSource: { S3DataSource: { S3DataType, S3Uri: input.uri } } },
    });
  });

  test.each([
    { uri: 's3://loans/newer/a.csv' },
    { uri: 's3://elsewhere/new/a.csv' },
    { uri: 7 },
    { uri: 's3://loans/new/a', dataType: 'Converse' },
    { detail: { bucket: { name: 'other' }, object: { key: 'new/a.csv' } } },
  ])('of %j is refused and reported', async input => {
    const account = new BatchAccount();
    const reason = `the input must be under s3://loans/new/, and its type S3Prefix or ManifestFile, got: ${JSON.stringify(input)}`;
    expect(await account.run(plain, input)).toMatchObject({
      status: 'FAILED',
      error: 'BatchTransformFailed',
      cause: reason,
    });
    expect(account.jobs).toEqual({});
    expect(account.published).toMatchObject([{ topic: FAILURES, message: { reason } }]);
  });

  test('has every option in its request', async () => {
    const stack = new Stack(new App(), 'Loans');
    const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loans');
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/k');
    const definition = definitionWith(
      {
        input: { bucket, prefix: 'new', contentType: 'text/csv', splitType: 'Line', compression: 'Gzip' },
        output: { bucket, prefix: 'scored', accept: 'text/csv', assembleWith: 'Line', encryptionKey },
        dataCapture: { bucket, prefix: 'captured', encryptionKey, generateInferenceId: true },
        instanceCount: 3,
        batchStrategy: 'MultiRecord',
        maxPayloadMB: 20,
        maxConcurrentTransforms: 5,
        inputFilter: '$[1:]',
        outputFilter: '$[0,-1]',
        joinSource: 'Input',
        invocationTimeout: Duration.minutes(30),
        invocationMaxRetries: 0,
        environment: { MODEL_SERVER_WORKERS: '2' },
        volumeEncryptionKey: encryptionKey,
        tags: { team: 'risk' },
      },
      stack,
    );
    const account = new BatchAccount();
    const execution = await account.run(definition);
    const key = 'arn:aws:kms:eu-central-1:111122223333:key/k';
    expect(requestIn(execution)).toEqual({
      TransformJobName: Object.keys(account.jobs)[0],
      ModelName: 'credit-risk',
      BatchStrategy: 'MultiRecord',
      MaxPayloadInMB: 20,
      MaxConcurrentTransforms: 5,
      Environment: { MODEL_SERVER_WORKERS: '2' },
      TransformInput: {
        ContentType: 'text/csv',
        SplitType: 'Line',
        CompressionType: 'Gzip',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://loans/new/' } },
      },
      TransformOutput: {
        Accept: 'text/csv',
        AssembleWith: 'Line',
        KmsKeyId: key,
        S3OutputPath: expect.stringMatching(/^s3:\/\/loans\/scored\/scoring-/) as string,
      },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 3, VolumeKmsKeyId: key },
      DataProcessing: { InputFilter: '$[1:]', OutputFilter: '$[0,-1]', JoinSource: 'Input' },
      ModelClientConfig: { InvocationsTimeoutInSeconds: 1800, InvocationsMaxRetries: 0 },
      DataCaptureConfig: { DestinationS3Uri: 's3://loans/captured', KmsKeyId: key, GenerateInferenceId: true },
      Tags: [{ Key: 'team', Value: 'risk' }],
    });
  });
});

describe('the model', () => {
  test('is the one that the parameter names at the start', async () => {
    const execution = await new BatchAccount().run(byParameter);
    expect(execution.calls[0]?.arguments).toEqual({ Name: '/credit-risk/batch-model' });
    expect(requestIn(execution)).toMatchObject({ ModelName: 'credit-risk-7' });
  });

  test('can be missing: nothing happens, and nobody is bothered', async () => {
    const account = new BatchAccount();
    account.modelName = 'none';
    expect(await account.run(byParameter)).toMatchObject({
      status: 'SUCCEEDED',
      output: { outcome: 'skipped', reason: 'there is no model' },
    });
    expect([account.jobs, account.published]).toEqual([{}, []]);
  });

  test('that cannot be read is reported', async () => {
    const account = new BatchAccount();
    account.beforeCall = ({ action }) => {
      if (action === 'ssm:getParameter') throw new TaskError('Ssm.ParameterNotFoundException', 'gone');
    };
    expect(await account.run(byParameter)).toMatchObject({ cause: 'Ssm.ParameterNotFoundException: gone' });
    expect(account.published).toMatchObject([{ topic: FAILURES }]);
  });
});

describe('a job that ends badly', () => {
  test('is reported with the reason of SageMaker, once, to the topic of failures', async () => {
    const account = new BatchAccount();
    account.outcomes = ['Failed'];
    expect(await account.run(plain)).toMatchObject({
      status: 'FAILED',
      error: 'BatchTransformFailed',
      cause: 'AlgorithmError: no such column',
    });
    const [job] = Object.keys(account.jobs);
    expect(account.published).toEqual([
      {
        topic: FAILURES,
        message: {
          reason: 'AlgorithmError: no such column',
          job,
          model: 'credit-risk',
          input: 's3://loans/new/',
          attempts: 1,
          execution: expect.stringContaining(':e1') as string,
        },
      },
    ]);
  });

  test('because somebody stopped it is not tried again', async () => {
    const account = new BatchAccount();
    account.outcomes = ['Stopped'];
    expect(await account.run(plain)).toMatchObject({ status: 'FAILED', cause: 'somebody stopped the job' });
    expect(Object.keys(account.jobs)).toHaveLength(1);
  });

  test('because it takes too long is stopped', async () => {
    const account = new BatchAccount();
    account.outcomes = [new TaskError('States.Timeout', '')];
    const { path, status } = await account.run(plain);
    expect(path.slice(-4)).toEqual(['Transform', 'StopJob', 'NotifyFailure', 'Failed']);
    expect(status).toBe('FAILED');
    expect(Object.values(account.jobs)).toEqual(['Stopped']);
    expect(account.published).toMatchObject([{ topic: FAILURES, message: { reason: 'States.Timeout: ' } }]);
  });

  test('although it runs, such as when the task lost it, is stopped', async () => {
    const account = new BatchAccount();
    account.outcomes = ['InProgress'];
    expect((await account.run(plain)).status).toBe('FAILED');
    expect(Object.values(account.jobs)).toEqual(['Stopped']);
  });

  test('by the task alone is a success', async () => {
    const account = new BatchAccount();
    account.beforeCall = ({ action, arguments: { TransformJobName } }) => {
      if (!action.startsWith('sagemaker:createTransformJob')) return;
      account.jobs[String(TransformJobName)] = 'Completed';
      throw new TaskError('SageMaker.AmazonSageMakerException', 'Rate exceeded');
    };
    expect(await account.run(plain)).toMatchObject({ status: 'SUCCEEDED' });
    expect(account.published).toMatchObject([{ topic: SUCCESSES }]);
  });

  test.each([
    ['AmazonSageMakerException', 'ThrottlingException: Rate exceeded (Status Code: 400)'],
    ['ResourceLimitExceededException', 'The account-level service limit is 0 Instances'],
    ['AmazonSageMakerException', 'no reason (Service: SageMaker, Status Code: 503)'],
  ])('because of %s (%s) is tried again, each time later and with another name', async (name, cause) => {
    const error = new TaskError(`SageMaker.${name}`, cause);
    const account = new BatchAccount();
    account.outcomes = [error, error, 'Completed'];
    const execution = await account.run(plain);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', seconds: 60 + 120, output: { attempts: 3 } });
    const names = [0, 1, 2].map(index => requestIn(execution, index)?.TransformJobName);
    expect(new Set(names).size).toBe(3);
    expect(account.published).toMatchObject([{ topic: SUCCESSES, message: { job: names[2], attempts: 3 } }]);
  });

  test.each([
    'CapacityError: Unable to provision requested ML compute capacity',
    'InternalServerError: please try again',
  ])('because of %s is tried as often as it may be', async failureReason => {
    const account = new BatchAccount();
    account.outcomes = ['Failed'];
    account.failureReason = failureReason;
    const { status, cause, seconds } = await account.run(plain);
    expect({ status, cause, seconds }).toEqual({
      status: 'FAILED',
      cause: failureReason,
      seconds: 60 + 120 + 240 + 480,
    });
    expect(Object.keys(account.jobs)).toHaveLength(5);
    expect(account.published).toMatchObject([{ topic: FAILURES, message: { attempts: 5 } }]);
  });

  test('waits at most half an hour between two attempts', async () => {
    const account = new BatchAccount();
    account.outcomes = ['Failed'];
    account.failureReason = 'CapacityError';
    const { seconds } = await account.run(definitionWith({ maxAttempts: 7 }));
    expect(seconds).toBe(60 + 120 + 240 + 480 + 960 + 1800);
  });

  test('for a request that SageMaker refuses is not tried again', async () => {
    const account = new BatchAccount();
    account.outcomes = [new TaskError('SageMaker.AmazonSageMakerException', 'Could not find model "credit-risk".')];
    const { cause, seconds } = await account.run(plain);
    expect({ cause, seconds }).toEqual({
      cause: 'SageMaker.AmazonSageMakerException: Could not find model "credit-risk".',
      seconds: 0,
    });
    expect(account.published).toMatchObject([{ topic: FAILURES, message: { attempts: 1 } }]);
  });

  test('fails for its own reason when nobody can be told', async () => {
    const account = new BatchAccount();
    account.outcomes = ['Failed'];
    account.topicsFail = true;
    expect(await account.run(plain)).toMatchObject({ cause: 'AlgorithmError: no such column' });
  });
});

describe('names of jobs', () => {
  test('are what SageMaker takes, whatever the execution is called and however long the prefix is', async () => {
    const longest = 'a'.repeat(40);
    const definition = definitionWith({ jobNamePrefix: longest, maxAttempts: 10 });
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 80 }), async id => {
        const account = new BatchAccount();
        account.outcomes = ['Failed'];
        account.failureReason = 'CapacityError';
        await account.run(definition, {}, id);
        const names = Object.keys(account.jobs);
        expect(names).toHaveLength(10);
        names.forEach(name => {
          expect(name).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
        });
      }),
      { numRuns: 10 },
    );
  });

  test('differ between executions', async () => {
    const [first, second] = [new BatchAccount(), new BatchAccount()];
    await first.run(plain, {}, 'e1');
    await second.run(plain, {}, 'e2');
    expect(Object.keys(first.jobs)).not.toEqual(Object.keys(second.jobs));
  });
});
