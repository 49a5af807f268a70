import { Annotations, Names, Resource } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { Activity, ExecutionRole } from '../roles';
import type { StepContext } from './context';
import { definitionProblems, type PipelineExperiment, renderDefinition } from './definition';
import { LARGE_DEFINITION_LENGTH, MAX_DEFINITION_LENGTH } from './definition';
import { graphOf, type Warning } from './graph';
import { toJson } from './json';
import { grantMlflow, type MlflowTracking } from './mlflow';
import type { Parameter } from './parameter';
import { namesOf } from './permission';
import { PipelineGrants } from './pipeline-grants';
import { maxLength, problemsOf, rule, wholeNumber } from './problem';
import type { Step } from './step';

export interface PipelineProps {
  /** The steps, in any order; those in a branch are listed there. At least one. */
  readonly steps: readonly Step[];

  /**
   * Name of the pipeline: 1 to 82 letters, digits and hyphens, a letter or digit at both ends.
   *
   * @default - made from the construct's path, in lower case
   */
  readonly pipelineName?: string;

  /**
   * Name shown in Studio: 1 to 256 letters, digits and hyphens, a letter or digit at both ends.
   *
   * @default - the pipeline's name
   */
  readonly displayName?: string;

  /**
   * What the pipeline does, up to 3072 characters.
   *
   * @default - none
   */
  readonly description?: string;

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
   * Number of steps that run at the same time: 1 or more.
   *
   * @default - as many as are ready
   */
  readonly maxParallelExecutionSteps?: number;

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
}

/**
 * A SageMaker pipeline: a graph of steps that the service runs in the order of what they read.
 *
 * Creates the pipeline and, unless given, its role. Both are free; the steps cost what their jobs cost.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
 */
export class Pipeline extends Resource implements refs.IPipelineRef {
  public readonly pipelineRef: refs.PipelineReference;
  public readonly grants = PipelineGrants.fromPipeline(this);

  /** Name of the pipeline; known at synthesis unless `pipelineName` is a token. */
  public readonly pipelineName: string;
  public readonly pipelineArn: string;

  /** ARNs that the service may use for the pipeline: a name with capitals also occurs in lower case. */
  public readonly possibleArns: readonly string[];

  /** Role that the service runs the pipeline with. */
  public readonly role: iam.IRole;

  /** Role of the jobs whose step names none. */
  public readonly jobRole: iam.IRole;

  private readonly steps: readonly Step[];

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { steps, warnings } = this.validate(props);
    this.steps = steps;

    const activities = props.jobRole ? [] : [Activity.runJobs()];
    this.role = props.role ?? new ExecutionRole(this, 'Role', { activities });
    this.jobRole = props.jobRole ?? this.role;
    this.pipelineName =
      props.pipelineName ?? Names.uniqueResourceName(this, { maxLength: 82, separator: '-' }).toLowerCase();
    this.possibleArns = namesOf(this.pipelineName).map(name => this.arnOf(name));
    this.pipelineArn = this.arnOf(this.pipelineName);

    const context: StepContext = { scope: this, pipelineRole: this.role, jobRole: this.jobRole };
    for (const step of steps) {
      step.bind(context);
    }
    if (props.mlflow) grantMlflow([this.role, this.jobRole], props.mlflow);
    const definition = renderDefinition(props, steps, context);
    this.warn([...warnings, ...this.checkLength(definition)]);
    const resource = new sagemaker.CfnPipeline(this, 'Resource', {
      pipelineName: this.pipelineName,
      pipelineDisplayName: props.displayName,
      pipelineDescription: props.description,
      pipelineDefinition: { PipelineDefinitionBody: toJson(this.stack, definition) },
      roleArn: this.role.roleArn,
      parallelismConfiguration: props.maxParallelExecutionSteps && {
        MaxParallelExecutionSteps: props.maxParallelExecutionSteps,
      },
    });
    // No execution can start before its role has its policy.
    resource.node.addDependency(this.role);
    this.pipelineRef = resource.pipelineRef;
  }

  /** A metric of the executions, such as `ExecutionFailed` or `ExecutionDuration` (milliseconds). */
  public metric(metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Sagemaker/ModelBuildingPipeline',
      metricName,
      dimensionsMap: { PipelineName: this.pipelineName },
      ...options,
    });
  }

  /** A metric of one step, such as `StepFailed` or `StepDuration` (milliseconds). */
  public metricForStep(step: Step, metricName: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.steps.includes(step)) {
      throw new Error(`${this.node.path}: 'step' must be one of the pipeline's steps, got: ${step.name}`);
    }
    const dimensionsMap = { PipelineName: this.pipelineName, StepName: step.name };
    return this.metric(metricName, { dimensionsMap, ...options });
  }

  /**
   * A rule for changes of an execution's status: `Executing`, `Succeeded`, `Failed`, `Stopping`, `Stopped`. One status is chosen
   * with `eventPattern: { detail: { currentPipelineExecutionStatus: ['Failed'] } }`.
   */
  public onExecutionStatusChange(id: string, options: events.OnEventOptions = {}): events.Rule {
    const rule = new events.Rule(options.crossStackScope ?? this, id, {
      ruleName: options.ruleName,
      description: options.description,
      targets: options.target ? [options.target] : [],
    });
    rule.addEventPattern(options.eventPattern);
    rule.addEventPattern({
      source: ['aws.sagemaker'],
      detailType: ['SageMaker Model Building Pipeline Execution Status Change'],
      detail: { pipelineArn: [...this.possibleArns] },
    });
    return rule;
  }

  private arnOf(resourceName: string): string {
    return this.stack.formatArn({ service: 'sagemaker', resource: 'pipeline', resourceName });
  }

  /** Checks everything before the first resource is made, and returns all steps, those in branches included. */
  private validate(props: PipelineProps): { steps: readonly Step[]; warnings: readonly Warning[] } {
    const { steps, problems, warnings } = graphOf(props.steps);
    const name = (text: string | undefined) => /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(text ?? '');
    const own = problemsOf(
      rule(
        props.pipelineName,
        text => name(text) && (text ?? '').length <= 82,
        `'pipelineName' must be 1 to 82 letters, digits and hyphens, and start and end with a letter or digit`,
      ),
      rule(
        props.displayName,
        text => name(text) && (text ?? '').length <= 256,
        `'displayName' must be 1 to 256 letters, digits and hyphens, and start and end with a letter or digit`,
      ),
      maxLength('description', props.description, 3072),
      wholeNumber('maxParallelExecutionSteps', props.maxParallelExecutionSteps, 1),
    );
    const all = [...own, ...definitionProblems(props, steps), ...problems];
    if (all.length > 0) {
      throw new Error(all.map(problem => `${this.node.path}: ${problem}`).join('\n'));
    }
    return { steps, warnings };
  }

  private checkLength(definition: object): readonly Warning[] {
    const { length } = JSON.stringify(definition);
    if (length > MAX_DEFINITION_LENGTH) {
      throw new Error(
        `${this.node.path}: 'steps' must make a definition of at most ${MAX_DEFINITION_LENGTH} characters, got: ${length}`,
      );
    }
    const message = `the definition has ${length} characters, and a CloudFormation template holds at most 1 MB; split the pipeline`;
    return length > LARGE_DEFINITION_LENGTH ? [{ id: 'large-definition', message }] : [];
  }

  private warn(warnings: readonly Warning[]): void {
    for (const { id, message } of warnings) {
      Annotations.of(this).addWarningV2(`sagemaker-cdk:${id}`, message);
    }
  }
}
