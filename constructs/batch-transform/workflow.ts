import type { Duration } from 'aws-cdk-lib/core';

export interface WorkflowOptions {
  readonly partition: string;

  /** What the names of jobs begin with: up to 40 characters, in lower case. */
  readonly jobNamePrefix: string;

  /** The request without what differs between executions. */
  readonly request: { readonly TransformInput: object; readonly TransformOutput: object };

  /** Name of the model, or of the SSM parameter that holds it. */
  readonly model: { readonly modelName: string } | { readonly modelNameParameter: string };

  /** S3 URI under which all input is, with a slash at its end. */
  readonly inputRoot: string;

  /** S3 URI that is transformed when the start names none, and whether it is a manifest. */
  readonly input: { readonly uri: string; readonly dataType: 'S3Prefix' | 'ManifestFile' };

  /** S3 URI under which the results of each job get a folder. */
  readonly outputRoot: string;

  readonly successTopicArn: string;
  readonly failureTopicArn: string;
  readonly timeout: Duration;
  readonly maxAttempts: number;
}

type State = Readonly<Record<string, unknown>>;

/** What a parameter holds, and a message says, while there is nothing. */
const NONE = 'none';

const PAUSE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 1800;

/** What passes by itself: throttling, faults of the service, and instances that nobody has at the moment. */
const PASSING =
  '/throttl|rate exceeded|too many requests|ResourceLimitExceeded|CapacityError|InternalServerError|InternalFailure|ServiceUnavailable|Status Code: 5[0-9][0-9]/i';

const PROBLEM = "$states.errorOutput.Error & ': ' & $states.errorOutput.Cause";

const RETRY = [
  {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 5,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

/**
 * A state machine in Amazon States Language that runs one transform job and says how it ended.
 *
 * A job that ends badly is looked at, and what passes by itself is tried again under another name: a name can be used once, and a
 * retry of the task would use the same one. What the task does not stop itself, such as a job that takes too long, is stopped here.
 */
export function batchWorkflow(options: WorkflowOptions): object {
  const attempts = options.maxAttempts;
  return {
    Comment: 'Transforms a data set with a model and says how it ended',
    QueryLanguage: 'JSONata',
    // Never reached, because every wait has a limit of its own, after which the failure is reported.
    TimeoutSeconds: attempts * (options.timeout.toSeconds() + LONGEST_PAUSE_SECONDS + 3600),
    StartAt: 'Configure',
    States: { ...begin(options), ...transform(options), ...judge(attempts), ...finish(options) },
  };
}

function begin({ model, input, inputRoot, partition }: WorkflowOptions): Record<string, State> {
  const event = '$states.input.detail.object.key';
  const given = '$exists($states.input.uri)';
  const uploaded = "'s3://' & $states.input.detail.bucket.name & '/' & $states.input.detail.object.key";
  const isParameter = 'modelNameParameter' in model;
  return {
    // Texts of the template go into variables: in an expression they would have to be escaped, which no token could be.
    Configure: {
      Type: 'Pass',
      Assign: {
        input,
        inputRoot,
        modelName: isParameter ? NONE : model.modelName,
        attempt: 0,
        pause: PAUSE_SECONDS,
        job: NONE,
        failure: {},
      },
      Next: 'Begin',
    },
    Begin: {
      Type: 'Pass',
      Assign: {
        uri: jsonata(`$exists(${event}) ? ${uploaded} : ${given} ? $string($states.input.uri) : $input.uri`),
        dataType: jsonata(
          `${given} ? ($exists($states.input.dataType) ? $states.input.dataType : 'S3Prefix') : $input.dataType`,
        ),
        failure: {
          reason: jsonata(
            `'the input must be under ' & $inputRoot & ', and its type S3Prefix or ManifestFile, got: ' & $string($states.input)`,
          ),
        },
      },
      Output: {},
      Next: 'MayRead',
    },
    MayRead: choice('NotifyFailure', [
      "$substring($uri, 0, $length($inputRoot)) = $inputRoot and $dataType in ['S3Prefix', 'ManifestFile']",
      isParameter ? 'ReadModel' : 'NameJob',
    ]),
    ...(isParameter && {
      ReadModel: {
        ...task(partition, 'ssm:getParameter', { Name: model.modelNameParameter }),
        Assign: { modelName: jsonata('$states.result.Parameter.Value') },
        Catch: [caught('NotifyFailure')],
        Next: 'HasModel',
      },
      HasModel: choice('NameJob', [`$modelName = '${NONE}'`, 'NoModel']),
      NoModel: { Type: 'Succeed', Output: { outcome: 'skipped', reason: 'there is no model' } },
    }),
  };
}

function transform(options: WorkflowOptions): Record<string, State> {
  const { request, jobNamePrefix, outputRoot, partition, timeout } = options;
  return {
    NameJob: {
      Type: 'Pass',
      Assign: {
        attempt: jsonata('$attempt + 1'),
        // Names of executions are longer than names of jobs may be.
        job: jsonata(
          `'${jobNamePrefix}-' & $substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 16) & '-' & $string($attempt + 1)`,
        ),
        root: outputRoot,
      },
      Next: 'Transform',
    },
    Transform: {
      Type: 'Task',
      Resource: `arn:${partition}:states:::sagemaker:createTransformJob.sync`,
      Arguments: {
        ...request,
        TransformJobName: jsonata('$job'),
        ModelName: jsonata('$modelName'),
        TransformInput: {
          ...request.TransformInput,
          DataSource: { S3DataSource: { S3DataType: jsonata('$dataType'), S3Uri: jsonata('$uri') } },
        },
        TransformOutput: { ...request.TransformOutput, S3OutputPath: jsonata("$root & '/' & $job") },
      },
      TimeoutSeconds: timeout.toSeconds(),
      Output: {},
      // Step Functions stops the job of an execution that is stopped, but not that of a task that takes too long.
      Catch: [caught('StopJob', 'States.Timeout'), caught('Look')],
      Next: 'NotifySuccess',
    },
    // Says what became of the job, which the error of the task does in a text only.
    Look: {
      ...task(partition, 'sagemaker:describeTransformJob', { TransformJobName: jsonata('$job') }),
      Assign: {
        status: jsonata('$states.result.TransformJobStatus'),
        failure: {
          reason: jsonata(
            "$exists($states.result.FailureReason) ? $states.result.FailureReason : $states.result.TransformJobStatus = 'Stopped' ? 'somebody stopped the job' : $failure.reason",
          ),
        },
      },
      // A job that is not there will not come.
      Retry: [{ ErrorEquals: ['SageMaker.ResourceNotFoundException'], MaxAttempts: 0 }, ...RETRY],
      // There is no such job: it was refused.
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: { status: 'Refused' }, Output: {}, Next: 'Judge' }],
      Next: 'Judge',
    },
    StopJob: {
      ...task(partition, 'sagemaker:stopTransformJob', { TransformJobName: jsonata('$job') }),
      Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'NotifyFailure' }],
      Next: 'NotifyFailure',
    },
  };
}

function judge(maxAttempts: number): Record<string, State> {
  const passing = `$contains($failure.reason, ${PASSING})`;
  return {
    Judge: choice(
      'NotifyFailure',
      ["$status = 'Completed'", 'NotifySuccess'],
      ["$status = 'InProgress'", 'StopJob'],
      [`$status in ['Failed', 'Refused'] and $attempt < ${maxAttempts} and ${passing}`, 'Pause'],
    ),
    Pause: {
      Type: 'Wait',
      Seconds: jsonata('$pause'),
      Assign: { pause: jsonata(`$min([${LONGEST_PAUSE_SECONDS}, $pause * 2])`) },
      Next: 'NameJob',
    },
  };
}

function finish({
  partition,
  successTopicArn,
  failureTopicArn,
  jobNamePrefix,
}: WorkflowOptions): Record<string, State> {
  const subject = (text: string) => `${text}: ${jobNamePrefix}`;
  const result = "'job': $job, 'model': $modelName, 'input': $uri, 'output': $root & '/' & $job";
  const execution = "'execution': $states.context.Execution.Id";
  return {
    NotifySuccess: {
      ...task(partition, 'sns:publish', {
        TopicArn: successTopicArn,
        Subject: subject('Batch transform completed'),
        Message: jsonata(`$string({ ${result}, 'attempts': $attempt, ${execution} }, true)`),
      }),
      Next: 'Completed',
    },
    Completed: { Type: 'Succeed', Output: jsonata(`{ 'outcome': 'completed', ${result}, 'attempts': $attempt }`) },
    NotifyFailure: {
      ...task(partition, 'sns:publish', {
        TopicArn: failureTopicArn,
        Subject: subject('Batch transform failed'),
        Message: jsonata(
          `$string({ 'reason': $failure.reason, 'job': $job, 'model': $modelName, 'input': $uri, 'attempts': $attempt, ${execution} }, true)`,
        ),
      }),
      // The execution fails for the reason it has, whether anybody hears of it or not.
      Catch: [{ ErrorEquals: ['States.ALL'], Output: {}, Next: 'Failed' }],
      Next: 'Failed',
    },
    Failed: { Type: 'Fail', Error: 'BatchTransformFailed', Cause: jsonata('$failure.reason') },
  };
}

const jsonata = (expression: string): string => `{% ${expression} %}`;

const caught = (next: string, error = 'States.ALL'): State => ({
  ErrorEquals: [error],
  Assign: { failure: { reason: jsonata(PROBLEM) } },
  Output: {},
  Next: next,
});

function task(partition: string, action: string, request: State): State {
  return {
    Type: 'Task',
    Resource: `arn:${partition}:states:::aws-sdk:${action}`,
    Arguments: request,
    TimeoutSeconds: 60,
    Retry: RETRY,
    Output: {},
  };
}

type Rule = readonly [condition: string, next: string];

function choice(otherwise: string, ...rules: readonly Rule[]): State {
  return {
    Type: 'Choice',
    Choices: rules.map(([condition, Next]) => ({ Condition: jsonata(condition), Next })),
    Default: otherwise,
  };
}
