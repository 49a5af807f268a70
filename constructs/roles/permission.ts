import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** One thing a role may do: the raw material of a policy statement. */
export interface Permission {
  /** Full action names, such as `sagemaker:CreateModel`; never a pattern. */
  readonly actions: readonly string[];

  /** ARNs, possibly ending in a wildcard. */
  readonly resources: readonly string[];

  /**
   * Condition block of the statement, by operator.
   *
   * @default - none
   */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

  /**
   * The trade-off behind the wildcards in `resources`.
   *
   * @default - `resources` holds none
   */
  readonly wildcardReason?: string;
}

/** ARN of SageMaker resources of this account and region. */
export function sagemakerArn(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName });
}

/** Permission to hand roles to SageMaker, and to no other service. */
export function passRoles(roles: readonly iam.IRole[]): Permission {
  return {
    actions: ['iam:PassRole'],
    resources: roles.map(role => role.roleArn),
    conditions: {
      StringEquals: { 'iam:PassedToService': iam.ServicePrincipal.servicePrincipalName('sagemaker.amazonaws.com') },
    },
  };
}

export function toStatement({ actions, resources, conditions }: Permission): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions });
}
