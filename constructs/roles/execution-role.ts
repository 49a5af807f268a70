import { ArnFormat, Stack, Token } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Activity } from './activity';
import { grantNetworkInterfaces, grantVolumes } from './instance-grants';
import { toStatement } from './permission';
import { acknowledgeWildcards } from './wildcard';

export interface ExecutionRoleProps {
  /** What the role does; may be empty, for a role that only receives grants. */
  readonly activities: readonly Activity[];

  /**
   * What the role is for, shown in the console, 1 to 1000 characters.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * Allows network interfaces to be made and deleted, for jobs, endpoints and apps that run in a VPC.
   *
   * @default false
   */
  readonly attachToVpc?: boolean;

  /**
   * Keys of the data, results and volumes: the role may encrypt and decrypt with them, and let SageMaker use them for
   * the volumes of its instances.
   *
   * @default - none; data under a key of AWS needs no permission
   */
  readonly encryptionKeys?: readonly kms.IKey[];
}

/**
 * A role that SageMaker assumes, made from a list of activities and nothing else.
 *
 * Creates the role and one inline policy; both are free. Only this account's SageMaker resources in this region can make
 * the service assume it.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
 */
export class ExecutionRole extends iam.Role {
  constructor(scope: Construct, id: string, props: ExecutionRoleProps) {
    validate(`${scope.node.path}/${id}`, props);
    const service = new iam.ServicePrincipal('sagemaker.amazonaws.com', { conditions: ownResources(scope) });
    super(scope, id, { assumedBy: service, description: props.description });

    const configs = props.activities.map(activity => activity.bind(this));
    const trustActions = new Set(configs.flatMap(config => config.trustActions ?? []));
    if (trustActions.size > 0) {
      this.assumeRolePolicy?.addStatements(
        new iam.PolicyStatement({ principals: [service], actions: [...trustActions] }),
      );
    }
    const permissions = configs.flatMap(config => config.permissions);
    for (const permission of permissions) {
      this.addToPrincipalPolicy(toStatement(permission));
      acknowledgeWildcards(this, permission.resources, permission.wildcardReason ?? '');
    }
    if (props.attachToVpc) {
      grantNetworkInterfaces(this);
    }
    for (const key of props.encryptionKeys ?? []) {
      this.useKey(key);
    }
  }

  private useKey(key: kms.IKey): void {
    key.grant(
      this,
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
    );
    grantVolumes(this, key);
  }
}

/**
 * Guards against the confused deputy. The documented ARN of Studio and of endpoints ends in a literal `*`, which this
 * pattern matches like any other resource of the account.
 */
function ownResources(scope: Construct): Record<string, Record<string, string>> {
  const stack = Stack.of(scope);
  const anything = stack.formatArn({ service: 'sagemaker', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });
  return { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': anything } };
}

function validate(path: string, { description }: ExecutionRoleProps): void {
  if (description === undefined || Token.isUnresolved(description)) {
    return;
  }
  if (description.length < 1 || description.length > 1000) {
    throw new Error(`${path}: 'description' must have 1 to 1000 characters, got: ${description.length}`);
  }
}
