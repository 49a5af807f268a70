import { type Duration, Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Arguments } from '../arguments';
import type { StepContext } from '../context';
import type { Value } from '../expression';
import { allow, grantPassRoleTo } from '../permission';
import { count, duration, problemsOf, rule } from '../problem';
import type { StepException } from '../retry';
import { type CacheableProps, type RetryableProps, type StepProps, StepWithProperties } from '../step';
import type {
  EmrServerlessApplication,
  EmrServerlessJobDriver,
  EmrServerlessJobRequest,
  EmrServerlessOverrides,
  EmrServerlessStepProperties,
} from './emr-serverless-request';

interface EmrServerlessStepBaseProps extends StepProps, CacheableProps, RetryableProps<StepException> {
  /** Role that the job runs with; it trusts `emr-serverless.amazonaws.com`. */
  readonly executionRole: iam.IRole;

  /** The program: `sparkSubmit` or `hive`, as in the StartJobRun request. */
  readonly jobDriver: Arguments<EmrServerlessJobDriver>;

  /**
   * What the job changes in the configuration of its application.
   *
   * @default - nothing
   */
  readonly configurationOverrides?: Arguments<EmrServerlessOverrides>;

  /**
   * Time after which the job is stopped: 0 to 1,000,000 minutes, in whole minutes; 0 is never.
   *
   * @default - the limit of EMR Serverless
   */
  readonly executionTimeout?: Duration;

  /**
   * Name of the job: 1 to 256 characters.
   *
   * @default - none
   */
  readonly jobName?: Value<string>;

  /**
   * Tags of the job: up to 200.
   *
   * @default - none
   */
  readonly tags?: Readonly<Record<string, Value<string>>>;

  /**
   * Other members of the StartJobRun request.
   *
   * @default - none
   */
  readonly request?: Arguments<EmrServerlessJobRequest>;
}

export type EmrServerlessStepProps = EmrServerlessStepBaseProps &
  (
    | {
        /** Id of an application: 1 to 64 digits and lower-case letters. */
        readonly applicationId: Value<string>;
        readonly application?: undefined;
      }
    | {
        /** Application that is made for the step: a CreateApplication request. It stays when the step ends. */
        readonly application: Arguments<EmrServerlessApplication>;
        readonly applicationId?: undefined;
      }
  );

/**
 * Runs a Spark application or a Hive query on EMR Serverless, in an application that exists or in one that it makes.
 *
 * Costs the time of its workers.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
 */
export class EmrServerlessStep extends StepWithProperties<EmrServerlessStepProperties> {
  private readonly props: EmrServerlessStepProps;

  public constructor(name: string, props: EmrServerlessStepProps) {
    const { executionRole, applicationId, application } = props;
    super(name, {
      type: 'EMRServerless',
      props,
      // The service wants role and application twice: in its own words, and in those of the API inside `JobConfig`.
      arguments: {
        ExecutionRoleArn: executionRole.roleArn,
        ApplicationId: applicationId,
        ApplicationConfig: application,
        JobConfig: {
          ...props.request,
          applicationId,
          executionRoleArn: executionRole.roleArn,
          jobDriver: props.jobDriver,
          configurationOverrides: props.configurationOverrides,
          executionTimeoutMinutes: props.executionTimeout?.toMinutes({ integral: false }),
          name: props.jobName,
          tags: props.tags,
        },
      },
      cacheKeys: ['ApplicationId', 'ApplicationConfig', 'JobConfig'],
      problems: problemsIn(props),
    });
    this.props = props;
  }

  public override bind(context: StepContext): void {
    const { executionRole, applicationId, application, tags } = this.props;
    const { scope, pipelineRole } = context;
    const id = typeof applicationId === 'string' ? applicationId : '*';
    const permit = (verbs: readonly string[], resource: string) => {
      allow(pipelineRole, {
        actions: verbs.map(verb => `emr-serverless:${verb}`),
        resources: [
          Stack.of(scope).formatArn({ service: 'emr-serverless', resource: '/applications', resourceName: resource }),
        ],
        wildcardReason: 'EMR Serverless makes up the ids of jobs, and of the applications that a pipeline makes',
      });
    };
    if (application) {
      allow(pipelineRole, {
        actions: ['emr-serverless:CreateApplication'],
        resources: ['*'],
        wildcardReason: 'IAM knows no resource for CreateApplication',
      });
    }
    const tagged = application?.tags === undefined ? [] : ['TagResource'];
    permit(['GetApplication', 'StartApplication', 'StartJobRun', ...tagged], id);
    permit(['CancelJobRun', 'GetJobRun', ...(tags === undefined ? [] : ['TagResource'])], `${id}/jobruns/*`);
    grantPassRoleTo(context, executionRole, 'emr-serverless');
  }
}

function problemsIn(props: EmrServerlessStepProps): readonly string[] {
  const { applicationId, jobName, jobDriver } = props;
  return problemsOf(
    rule(
      applicationId,
      id => /^[0-9a-z]{1,64}$/.test(String(id)),
      `'applicationId' must be 1 to 64 digits and lower-case letters`,
    ),
    rule(
      jobName,
      name => String(name).trim() !== '' && String(name).length <= 256,
      `'jobName' must be 1 to 256 characters, and not only blanks`,
    ),
    count('jobDriver.sparkSubmit.entryPointArguments', jobDriver.sparkSubmit?.entryPointArguments, 1024),
    duration('executionTimeout', props.executionTimeout, 'minutes', 0, 1_000_000),
    count('tags', props.tags, 200),
  );
}
