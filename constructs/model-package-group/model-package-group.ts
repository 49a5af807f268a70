import { ArnFormat, Names, RemovalPolicy, Resource, Stack, Token } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { ModelPackageGroupGrants, type NamedModelPackageGroupRef } from './model-package-group-grants';
import { sharePolicy, validateShares, type ModelPackageGroupShare } from './model-package-group-share';
import { VersionCleanup } from './version-cleanup';

export type ModelApprovalStatus = 'Approved' | 'Rejected' | 'PendingManualApproval';

export interface ModelPackageGroupEventOptions extends events.OnEventOptions {
  /**
   * Approval statuses to react to, at least one.
   *
   * @default - every status
   */
  readonly approvalStatuses?: readonly ModelApprovalStatus[];
}

/** A group made here or elsewhere. */
export interface IModelPackageGroup extends NamedModelPackageGroupRef {
  readonly grants: ModelPackageGroupGrants;

  /**
   * Reacts to every event of a version: registered, approved, rejected, or changed in another way. SageMaker may send
   * several events for one change, so targets must bear repetition.
   */
  onStateChange(id: string, options?: ModelPackageGroupEventOptions): events.Rule;

  /** Reacts to events of approved versions. */
  onApproved(id: string, options?: events.OnEventOptions): events.Rule;

  /** Reacts to events of rejected versions. */
  onRejected(id: string, options?: events.OnEventOptions): events.Rule;
}

export interface ModelPackageGroupProps {
  /**
   * Name of the group, 1 to 63 lower-case letters, digits and `-`. A change replaces the group and leaves its versions
   * behind in the old one.
   *
   * @default - derived from the construct path, so that moving the construct replaces the group
   */
  readonly modelPackageGroupName?: string;

  /**
   * What the models of the group are for, at most 1024 characters. Write it once: CloudFormation can change it only by
   * making a second group of the same name, which fails.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Other accounts that may use the group, each once.
   *
   * @default - none
   */
  readonly sharedWith?: readonly ModelPackageGroupShare[];

  /**
   * What happens to the group when it leaves the stack. With `DESTROY`, the end of the stack deletes the group and all of its versions. A
   * group that leaves a living stack is deleted only if it is empty.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

abstract class ModelPackageGroupBase extends Resource implements IModelPackageGroup {
  public abstract readonly modelPackageGroupName: string;
  public abstract readonly modelPackageGroupRef: refs.ModelPackageGroupReference;
  public readonly grants: ModelPackageGroupGrants = ModelPackageGroupGrants.fromModelPackageGroup(this);

  public onStateChange(id: string, options: ModelPackageGroupEventOptions = {}): events.Rule {
    const { approvalStatuses, target, ...ruleProps } = options;
    if (approvalStatuses?.length === 0) {
      throw new Error(`${this.node.path}/${id}: 'approvalStatuses' must hold at least one status, got: []`);
    }
    const rule = new events.Rule(this, id, ruleProps);
    rule.addEventPattern({
      source: ['aws.sagemaker'],
      detailType: ['SageMaker Model Package State Change'],
      detail: {
        // SageMaker writes some names in lower case, whatever the case in which they were given.
        ModelPackageGroupName: events.Match.equalsIgnoreCase(this.modelPackageGroupName),
        ...(approvalStatuses && { ModelApprovalStatus: [...approvalStatuses] }),
      },
    });
    rule.addTarget(target);
    return rule;
  }

  public onApproved(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onStateChange(id, { ...options, approvalStatuses: ['Approved'] });
  }

  public onRejected(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onStateChange(id, { ...options, approvalStatuses: ['Rejected'] });
  }
}

/**
 * A group of the model registry: the versions of one model, each waiting for approval, approved or rejected.
 *
 * Creates the group and, with removal policy `DESTROY`, the functions that empty it at the end. It costs nothing.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
 */
export class ModelPackageGroup extends ModelPackageGroupBase {
  public static fromModelPackageGroupName(scope: Construct, id: string, name: string): IModelPackageGroup {
    const arn = Stack.of(scope).formatArn({
      service: 'sagemaker',
      resource: 'model-package-group',
      resourceName: name,
    });
    return new ImportedModelPackageGroup(scope, id, name, arn);
  }

  /** Imports a group of any account and region. */
  public static fromModelPackageGroupArn(scope: Construct, id: string, arn: string): IModelPackageGroup {
    const { resourceName } = Stack.of(scope).splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME);
    if (resourceName === undefined) {
      throw new Error(`${scope.node.path}/${id}: 'arn' must be the ARN of a model package group, got: ${arn}`);
    }
    return new ImportedModelPackageGroup(scope, id, resourceName, arn);
  }

  /** Name of the group, known at synthesis. */
  public readonly modelPackageGroupName: string;
  public readonly modelPackageGroupRef: refs.ModelPackageGroupReference;

  constructor(scope: Construct, id: string, props: ModelPackageGroupProps = {}) {
    super(scope, id);
    this.validate(props);
    this.modelPackageGroupName = props.modelPackageGroupName ?? this.derivedName();

    const resource = new sagemaker.CfnModelPackageGroup(this, 'Resource', {
      modelPackageGroupName: this.modelPackageGroupName,
      modelPackageGroupDescription: props.description,
      modelPackageGroupPolicy: props.sharedWith?.length ? sharePolicy(this, props.sharedWith) : undefined,
    });
    resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN);
    this.modelPackageGroupRef = resource.modelPackageGroupRef;
    if (props.removalPolicy === RemovalPolicy.DESTROY) {
      new VersionCleanup(this, 'Cleanup', { group: resource });
    }
  }

  private derivedName(): string {
    // Lower case, because that is how SageMaker writes names in ARNs, which policies compare by case.
    return Names.uniqueResourceName(this, {
      maxLength: 63,
      separator: '-',
      allowedSpecialCharacters: '-',
    }).toLowerCase();
  }

  private validate({ modelPackageGroupName: name, description, sharedWith = [] }: ModelPackageGroupProps): void {
    if (name !== undefined && !Token.isUnresolved(name) && !/^[a-z0-9](-*[a-z0-9]){0,62}$/.test(name)) {
      throw new Error(
        `${this.node.path}: 'modelPackageGroupName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: ${name}`,
      );
    }
    if (description !== undefined && !Token.isUnresolved(description) && description.length > 1024) {
      throw new Error(
        `${this.node.path}: 'description' must have at most 1024 characters, got: ${description.length} characters`,
      );
    }
    validateShares(this, sharedWith);
  }
}

class ImportedModelPackageGroup extends ModelPackageGroupBase {
  public readonly modelPackageGroupRef: refs.ModelPackageGroupReference;

  constructor(
    scope: Construct,
    id: string,
    public readonly modelPackageGroupName: string,
    modelPackageGroupArn: string,
  ) {
    super(scope, id, { environmentFromArn: modelPackageGroupArn });
    this.modelPackageGroupRef = { modelPackageGroupArn };
  }
}
