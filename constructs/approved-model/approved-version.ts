import {
  AspectPriority,
  Aspects,
  CfnCondition,
  CfnOutput,
  CfnParameter,
  CfnResource,
  Fn,
  type IAspect,
  Stack,
  Token,
} from 'aws-cdk-lib/core';
import { Construct, type IConstruct } from 'constructs';
import {
  type Baseline,
  NONE,
  baselineParameter,
  modelPackageParameter,
  runningParameter,
  validatePrefix,
} from './parameter-names';

export interface ApprovedVersionProps {
  /** Path of the SSM parameters: the `parameterPrefix` of the ApprovedModel, which must be deployed first. */
  readonly parameterPrefix: string;
}

export interface BaselineOptions {
  /**
   * S3 URI of the file that is used while no version is approved, or the approved one lacks the baseline: one that you supply, or
   * that a job makes. Do not name the baseline in `whenApproved` or `whenRunning` then.
   *
   * @default - none
   */
  readonly otherwise?: string;
}

/** A drift check baseline of the approved version. */
export interface ApprovedBaseline {
  /** S3 URI of the file; `otherwise` where `isPresent` does not hold, or `none`. */
  readonly s3Uri: string;

  /** Holds when a version is approved and has the baseline. */
  readonly isPresent: CfnCondition;
}

/**
 * The approved version as a stack sees it that deploys the model.
 *
 * Adds a template parameter whose value CloudFormation reads from SSM at every deployment, and a condition that holds once a version is
 * approved. Costs nothing.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
 */
export class ApprovedVersion extends Construct {
  /** ARN of the approved model package; `none` where `isApproved` does not hold. */
  public readonly modelPackageArn: string;

  /** Holds when a version is approved. */
  public readonly isApproved: CfnCondition;

  private readonly prefix: string;
  private running?: CfnCondition;
  private readonly baselines = new Map<Baseline, ApprovedBaseline>();
  /** Conjunctions made here, with the conditions they are made of. */
  private readonly parts = new Map<CfnCondition, ReadonlySet<CfnCondition>>();

  constructor(scope: Construct, id: string, props: ApprovedVersionProps) {
    super(scope, id);
    validatePrefix(this, props.parameterPrefix);
    this.prefix = props.parameterPrefix;
    this.modelPackageArn = this.parameter('ModelPackageArn', modelPackageParameter(this.prefix));
    this.isApproved = new CfnCondition(this, 'IsApproved', { expression: isSet(this.modelPackageArn) });
  }

  /** One drift check baseline of the approved version, or what stands in for it. */
  public baseline(baseline: Baseline, { otherwise }: BaselineOptions = {}): ApprovedBaseline {
    const approved = this.approvedBaseline(baseline);
    if (otherwise === undefined) {
      return approved;
    }
    if (!Token.isUnresolved(otherwise) && !/^s3:\/\/[^/]+\/.+[^/]$/.test(otherwise)) {
      throw new Error(`${this.node.path}: 'otherwise' must be the S3 URI of a file, got: ${otherwise}`);
    }
    const { isPresent, s3Uri } = approved;
    // A condition alone would not do: template validation takes the parameter's default, a name in SSM, for its value there.
    const File = Token.asString(Fn.conditionIf(isPresent.logicalId, s3Uri, otherwise));
    return { isPresent, s3Uri: Fn.sub('${File}', { File }) };
  }

  private approvedBaseline(baseline: Baseline): ApprovedBaseline {
    const known = this.baselines.get(baseline);
    if (known) {
      return known;
    }
    const id = baseline.charAt(0).toUpperCase() + baseline.slice(1);
    const s3Uri = this.parameter(id, baselineParameter(this.prefix, baseline));
    const isPresent = new CfnCondition(this, `Has${id}`, { expression: isSet(s3Uri) });
    const made = { s3Uri, isPresent };
    this.baselines.set(baseline, made);
    return made;
  }

  /**
   * Leaves out every resource and output in `construct`, also those added to it later, while no version is approved, or while the
   * approved version lacks one of `baselines`. Conditions that are already there keep holding.
   */
  public whenApproved(construct: IConstruct, ...baselines: Baseline[]): void {
    this.include(construct, this.isApproved, baselines);
  }

  /**
   * Leaves out every resource and output in `construct` as `whenApproved` does, and also while the model is stopped: for what costs
   * money by the hour, and for what watches it.
   */
  public whenRunning(construct: IConstruct, ...baselines: Baseline[]): void {
    this.include(construct, this.and(this.isApproved, this.isRunning), baselines);
  }

  /** Holds unless the model is stopped, whether or not a version is approved. */
  public get isRunning(): CfnCondition {
    this.running ??= new CfnCondition(this, 'IsRunning', {
      // Whatever else the parameter says, a model that is paid for is better than one that is missed.
      expression: Fn.conditionNot(
        Fn.conditionEquals(this.parameter('Running', runningParameter(this.prefix)), 'false'),
      ),
    });
    return this.running;
  }

  private include(construct: IConstruct, condition: CfnCondition, baselines: readonly Baseline[]): void {
    if (Stack.of(construct) !== Stack.of(this)) {
      throw new Error(
        `${this.node.path}: 'construct' must be in the same stack (${Stack.of(this).node.path}), got: ${construct.node.path}`,
      );
    }
    const needed = baselines.reduce((soFar, baseline) => this.and(soFar, this.baseline(baseline).isPresent), condition);
    const aspect: IAspect = { visit: node => this.apply(needed, node) };
    Aspects.of(construct).add(aspect, { priority: AspectPriority.MUTATING });
  }

  private apply(needed: CfnCondition, node: IConstruct): void {
    if (CfnResource.isCfnResource(node)) {
      node.cfnOptions.condition = this.and(node.cfnOptions.condition, needed);
    } else if (node instanceof CfnOutput) {
      node.condition = this.and(node.condition, needed);
    }
  }

  private and(existing: CfnCondition | undefined, needed: CfnCondition): CfnCondition {
    if (!existing) {
      return needed;
    }
    const partsOf = (condition: CfnCondition) => this.parts.get(condition) ?? new Set([condition]);
    const union = new Set([...partsOf(existing), ...partsOf(needed)]);
    // Nested calls, and a construct that is passed twice, must not pile up conditions.
    const known = [existing, needed, ...this.parts.keys()].find(condition => sameElements(partsOf(condition), union));
    if (known) {
      return known;
    }
    // Ids of conditions from elsewhere can be equal, so those are named by their address.
    const names = [...union].map(part => (part.node.scope === this ? part.node.id : part.node.addr.slice(-8)));
    const made = new CfnCondition(this, names.join('And'), { expression: Fn.conditionAnd(existing, needed) });
    this.parts.set(made, union);
    return made;
  }

  private parameter(id: string, name: string): string {
    const type = 'AWS::SSM::Parameter::Value<String>';
    return new CfnParameter(this, id, { type, default: name }).valueAsString;
  }
}

const isSet = (value: string) => Fn.conditionNot(Fn.conditionEquals(value, NONE));

const sameElements = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>) =>
  a.size === b.size && [...a].every(item => b.has(item));
