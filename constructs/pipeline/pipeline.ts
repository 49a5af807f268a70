import { Annotations, Names, Resource, Token } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { ExecutionRole } from '../roles';
import type { StepContext } from './context';
import { ExecutionVariable } from './execution-variable';
import type { Value } from './expression';
import { expressionsIn, render } from './expression';
import { graphOf } from './graph';
import { toJson } from './json';
import { Parameter } from './parameter';
import { PipelineGrants } from './pipeline-grants';
import type { Step } from './step';

/** Experiment and trial that the jobs of each execution are recorded in. */
export interface PipelineExperiment {
  /** Name of the experiment: up to 120 characters. */
  readonly experimentName: Value<string>;

  /** Name of the trial: up to 120 characters. */
  readonly trialName: Value<string>;
}

export interface PipelineProps {
  /** The steps, in any order; those in a branch are listed there. At least one. */
  readonly steps: readonly Step[];

  /**
   * Name of the pipeline: 1 to 82 letters, digits and single hyphens between them.
   *
   * @default - made from the construct's path
   */
  readonly pipelineName?: string;

  /**
   * Name shown in Studio.
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
   * Role of the jobs whose step names none. The steps let it pull their images and read their code; access to data is yours to grant.
   *
   * @default - `role`
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
   * Experiment and trial of each execution, or `false` for none.
   *
   * @default - an experiment named like the pipeline, with a trial named like the execution
   */
  readonly experiment?: PipelineExperiment | false;
}

const MAX_DEFINITION_LENGTH = 1_048_576;

/**
 * A SageMaker pipeline: a graph of steps that the service runs in the order of what they read.
 *
 * The pipeline costs nothing; its steps cost what their jobs cost.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
 */
export class Pipeline extends Resource implements refs.IPipelineRef {
  public readonly pipelineRef: refs.PipelineReference;
  public readonly grants = PipelineGrants.fromPipeline(this);

  /** Name of the pipeline, known at synthesis. */
  public readonly pipelineName: string;
  public readonly pipelineArn: string;

  /** Role that the service runs the pipeline with. */
  public readonly role: iam.IRole;

  /** Role of the jobs whose step names none. */
  public readonly jobRole: iam.IRole;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const steps = this.validate(props);

    this.role = props.role ?? new ExecutionRole(this, 'Role', { activities: [] });
    this.jobRole = props.jobRole ?? this.role;
    this.pipelineName = props.pipelineName ?? Names.uniqueResourceName(this, { maxLength: 82, separator: '-' });

    const context: StepContext = { scope: this, pipelineRole: this.role, jobRole: this.jobRole };
    for (const step of steps) {
      step.bind(context);
    }
    const resource = new sagemaker.CfnPipeline(this, 'Resource', {
      pipelineName: this.pipelineName,
      pipelineDisplayName: props.displayName,
      pipelineDescription: props.description,
      pipelineDefinition: { PipelineDefinitionBody: this.renderDefinition(props, steps, context) },
      roleArn: this.role.roleArn,
      parallelismConfiguration: props.maxParallelExecutionSteps && {
        MaxParallelExecutionSteps: props.maxParallelExecutionSteps,
      },
    });
    resource.node.addDependency(this.role);
    this.pipelineRef = resource.pipelineRef;
    this.pipelineArn = this.stack.formatArn({
      service: 'sagemaker',
      resource: 'pipeline',
      // The service writes names in ARNs in lower case.
      resourceName: this.pipelineName.toLowerCase(),
    });
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
    const dimensionsMap = { PipelineName: this.pipelineName, StepName: step.name };
    return this.metric(metricName, { dimensionsMap, ...options });
  }

  /** A rule for changes of an execution's status: `Executing`, `Succeeded`, `Failed`, `Stopping`, `Stopped`. */
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
      detail: { pipelineArn: [this.pipelineArn] },
    });
    return rule;
  }

  private renderDefinition(props: PipelineProps, steps: readonly Step[], context: StepContext): string {
    const experiment = props.experiment ?? {
      experimentName: ExecutionVariable.PIPELINE_NAME,
      trialName: ExecutionVariable.PIPELINE_EXECUTION_ID,
    };
    const definition = {
      Version: '2020-12-01',
      Metadata: {},
      Parameters: parametersOf(props, steps).map(parameter => parameter.renderDeclaration()),
      ...(experiment && {
        PipelineExperimentConfig: {
          ExperimentName: render(experiment.experimentName),
          TrialName: render(experiment.trialName),
        },
      }),
      Steps: props.steps.map(step => step.render(context)),
    };
    const length = JSON.stringify(definition).length;
    if (length > MAX_DEFINITION_LENGTH) {
      throw new Error(
        `${this.node.path}: 'steps' must make a definition of at most ${MAX_DEFINITION_LENGTH} characters, got: ${length}`,
      );
    }
    return toJson(this.stack, definition);
  }

  /** Checks everything before the first resource is made, and returns all steps, those in branches included. */
  private validate(props: PipelineProps): readonly Step[] {
    const { steps, problems, warnings } = graphOf(props.steps);
    const { pipelineName: name, maxParallelExecutionSteps: parallel, description = '' } = props;
    const own: [boolean, string][] = [
      [props.steps.length > 0, `'steps' must hold at least one step, got: none`],
      [
        name === undefined || Token.isUnresolved(name) || /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}$/.test(name),
        `'pipelineName' must be 1 to 82 letters, digits and hyphens, and start and end with a letter or digit, got: ${name ?? ''}`,
      ],
      [
        parallel === undefined || (Number.isInteger(parallel) && parallel >= 1),
        `'maxParallelExecutionSteps' must be a whole number of 1 or more, got: ${parallel ?? ''}`,
      ],
      [description.length <= 3072, `'description' must have at most 3072 characters, got: ${description.length}`],
    ];
    const all = [
      ...own.flatMap(([holds, problem]) => (holds ? [] : [problem])),
      ...problems,
      ...parameterProblems(parametersOf(props, steps)),
    ];
    if (all.length > 0) {
      throw new Error(all.map(problem => `${this.node.path}: ${problem}`).join('\n'));
    }
    for (const { id, message } of warnings) {
      Annotations.of(this).addWarningV2(`sagemaker-cdk:${id}`, message);
    }
    return steps;
  }
}

function parametersOf(props: PipelineProps, steps: readonly Step[]): readonly Parameter[] {
  const inSteps = steps.flatMap(step => step.expressions);
  const read = [...inSteps, ...expressionsIn(props.experiment)].filter(expression => expression instanceof Parameter);
  return [...new Set([...(props.parameters ?? []), ...read])];
}

function parameterProblems(parameters: readonly Parameter[]): readonly string[] {
  const names = parameters.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...parameters.flatMap(({ problems }) => problems),
    ...[...new Set(twice)].map(name => `parameter '${name}' must be one object, got: two with the same name`),
    ...(parameters.length > 200 ? [`'parameters' must be at most 200, got: ${parameters.length}`] : []),
  ];
}
