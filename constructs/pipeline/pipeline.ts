import { Annotations } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { Activity, ExecutionRole } from '../roles';
import type { StepContext } from './context';
import { definitionProblems, parametersOf, type PipelineExperiment, renderDefinition } from './definition';
import { GivenPipeline, type GivenPipelineProps } from './given-pipeline';
import { type Graph, graphOf, type Warning } from './graph';
import { ImportedPipeline } from './imported-pipeline';
import { grantJsonFiles } from './json-file';
import { mermaid } from './mermaid';
import { grantMlflow, type MlflowTracking } from './mlflow';
import type { Parameter } from './parameter';
import { PipelineBase } from './pipeline-base';
import { arnOf, declarePipeline, defaultName, optionProblems, type PipelineOptions } from './pipeline-resource';
import { possibleArnsOf } from './pipeline-resource';
import { ALARM_COOLDOWN, alarmPattern, type AlarmStartOptions } from './starting/alarm';
import { PipelineSchedule, type ScheduleStartOptions } from './starting/schedule';
import { PipelineShare, type PipelineShareOptions } from './starting/share';
import { type PatternStartOptions, PipelineTrigger, type RuleStartOptions } from './starting/trigger';
import { createUploadTrigger, type UploadStartOptions } from './starting/upload';
import type { Step } from './step';
import { logGroupNamesOf } from './watching/log-groups';

export interface PipelineProps extends PipelineOptions {
  /** The steps, in any order; those in a branch are listed there. At least one. */
  readonly steps: readonly Step[];

  /**
   * Role that the service runs the pipeline with. It gets the permissions that the steps need.
   *
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * Role of the jobs whose step names none. The steps let it pull their images, read their code and use their keys; it must be
   * able to write logs, and access to data is yours to grant.
   *
   * @default - `role`; a new one may also write logs and metrics
   */
  readonly jobRole?: iam.IRole;

  /**
   * Parameters that no step reads. Those that are read belong to the pipeline anyway.
   *
   * @default - none
   */
  readonly parameters?: readonly Parameter[];

  /**
   * Experiment and trial of each execution, such as the pipeline's name and the execution's id. Some regions have no
   * experiments, and those that an execution makes stay when the pipeline is deleted.
   *
   * @default false - none
   */
  readonly experiment?: PipelineExperiment;

  /**
   * MLflow that records each execution. The roles of the pipeline and of its jobs may record runs there.
   *
   * @default - none
   */
  readonly mlflow?: MlflowTracking;

  /**
   * Members and values of requests that botocore 1.43.107 does not know pass, for those that came later. Ranges, lengths
   * and forms are still checked.
   *
   * @default false - they are errors, as misspelt ones are
   */
  readonly allowUnknownMembers?: boolean;
}

/**
 * A SageMaker pipeline: a graph of steps that the service runs in the order of what they read.
 *
 * Creates the pipeline and, unless given, its role. Both are free; the steps cost what their jobs cost. A definition of more than
 * 400,000 characters goes to S3 by itself, in a bucket of the stack, and is read there with the permissions of the deployment.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
 */
export class Pipeline extends PipelineBase {
  /** A pipeline with a definition in JSON that something else made, such as the Python SDK. */
  public static fromDefinition(scope: Construct, id: string, props: GivenPipelineProps): GivenPipeline {
    return new GivenPipeline(scope, id, props);
  }

  /** A pipeline of this account and region that was declared elsewhere. */
  public static fromPipelineName(scope: Construct, id: string, pipelineName: string): PipelineBase {
    return ImportedPipeline.fromName(scope, id, pipelineName);
  }

  /** A pipeline of any account and region. Its events arrive there and nowhere else. */
  public static fromPipelineArn(scope: Construct, id: string, pipelineArn: string): PipelineBase {
    return ImportedPipeline.fromArn(scope, id, pipelineArn);
  }

  public readonly pipelineRef: refs.PipelineReference;

  /** Name of the pipeline; known at synthesis unless `pipelineName` is a token. */
  public readonly pipelineName: string;
  public readonly pipelineArn: string;

  public readonly possibleArns: readonly string[];

  /** Role that the service runs the pipeline with. */
  public readonly role: iam.IRole;

  /** Role of the jobs whose step names none. */
  public readonly jobRole: iam.IRole;

  /** Parameters that a start can give values to. */
  public readonly parameters: readonly Parameter[];

  /** Log groups that the jobs of the steps write to. A Lambda step's function has its own. */
  public readonly logGroupNames: readonly string[];

  protected readonly watchableSteps: readonly (Step | string)[];

  private readonly definition: object;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { steps, warnings, lateProblems } = this.validate(props);
    this.watchableSteps = [...steps, ...steps.map(({ name }) => name)];
    this.parameters = parametersOf(props, steps);

    const activities = props.jobRole ? [] : [Activity.runJobs()];
    this.role = props.role ?? new ExecutionRole(this, 'Role', { activities });
    this.jobRole = props.jobRole ?? this.role;
    this.pipelineName = props.pipelineName ?? defaultName(this);
    this.possibleArns = possibleArnsOf(this.stack, this.pipelineName);
    this.pipelineArn = arnOf(this.stack, this.pipelineName);

    const context: StepContext = { scope: this, pipelineRole: this.role, jobRole: this.jobRole };
    for (const step of steps) {
      step.bind(context);
    }
    grantJsonFiles(steps, context);
    this.refuse(lateProblems(context));
    if (props.mlflow) grantMlflow([this.role, this.jobRole], props.mlflow);
    this.definition = renderDefinition(props, steps, context);
    this.logGroupNames = logGroupNamesOf(this.definition);
    this.warn(warnings);
    this.pipelineRef = declarePipeline(this, { prop: 'steps', data: this.definition }, this.role, props).pipelineRef;
  }

  /** Starts the pipeline at certain times, unless an execution is still running. */
  public schedule(id: string, options: ScheduleStartOptions): PipelineSchedule {
    return new PipelineSchedule(this, id, this, options);
  }

  /** Starts the pipeline when an object arrives in a bucket, unless an execution is still running. */
  public onUpload(id: string, options: UploadStartOptions): PipelineTrigger {
    return createUploadTrigger(options.crossStackScope ?? this, id, this, options);
  }

  /** Starts the pipeline when an alarm goes off, unless an execution is still running or has started within a day. */
  public onAlarm(id: string, options: AlarmStartOptions): PipelineTrigger {
    const cooldown = options.cooldown ?? ALARM_COOLDOWN;
    return this.startOn(id, { ...options, cooldown, eventPattern: alarmPattern(options) });
  }

  /** Starts the pipeline when an event comes, unless an execution is still running. */
  public startOn(id: string, options: PatternStartOptions | RuleStartOptions): PipelineTrigger {
    return new PipelineTrigger(options.crossStackScope ?? this, id, this, options);
  }

  /** Lets other accounts read the pipeline and its executions, or start it as well. */
  public share(id: string, options: PipelineShareOptions): PipelineShare {
    const share = new PipelineShare(this, id, this, options);
    // A share can only be made of what exists, and the ARN says nothing of the order.
    share.node.addDependency(this.node.findChild('Resource'));
    return share;
  }

  /** The steps and what they read of each other, in the language of Mermaid. */
  public toMermaid(): string {
    return mermaid(this.definition);
  }

  /** Checks everything before the first resource is made, and returns all steps, those in branches included. */
  private validate(props: PipelineProps): Graph {
    const graph = graphOf(props.steps, { allowUnknown: props.allowUnknownMembers });
    this.refuse([...optionProblems(props), ...definitionProblems(props, graph.steps), ...graph.problems]);
    return graph;
  }

  private refuse(problems: readonly string[]): void {
    if (problems.length > 0) {
      throw new Error(problems.map(problem => `${this.node.path}: ${problem}`).join('\n'));
    }
  }

  private warn(warnings: readonly Warning[]): void {
    for (const { id, message } of warnings) {
      Annotations.of(this).addWarningV2(`sagemaker-cdk:${id}`, message);
    }
  }
}
