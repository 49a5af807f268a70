import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { aws_cloudwatch } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { acknowledgeWildcards } from '../roles';
import { type AsyncInference, asyncObjects, modelStatements } from './async-inference';
import { captureStatements, capturedObjects, type DataCapture } from './data-capture';
import type { Variant } from './instance-variant';

interface HostingPolicyProps {
  readonly variants: readonly Variant[];
  readonly dataCapture?: DataCapture;
  readonly async?: AsyncInference;
  readonly encryptionKey?: kms.IKey;
}

/**
 * What the models' roles may do because of how an endpoint hosts them: write captured data, read asynchronous requests and
 * write their answers, use the key of the volumes, and read the alarms that roll deployments back.
 *
 * A policy of the endpoint rather than statements in the roles: a role can outlive the endpoint, and must then not refer
 * to its alarms.
 */
export class HostingPolicy extends iam.Policy {
  public static fromProps(
    scope: Construct,
    props: HostingPolicyProps,
    rollbackAlarms: readonly aws_cloudwatch.IAlarmRef[],
  ): HostingPolicy | undefined {
    const { dataCapture, encryptionKey, async } = props;
    const statements = [
      ...(dataCapture ? captureStatements(dataCapture) : []),
      ...(async ? modelStatements(async) : []),
      ...(encryptionKey ? volumeStatements(encryptionKey) : []),
      ...(rollbackAlarms.length > 0 ? [alarmStatement(rollbackAlarms)] : []),
    ];
    return statements.length > 0 ? new HostingPolicy(scope, props, statements) : undefined;
  }

  private constructor(
    scope: Construct,
    { variants, dataCapture, async }: HostingPolicyProps,
    statements: iam.PolicyStatement[],
  ) {
    super(scope, 'HostingPolicy', { statements });
    for (const role of new Set(variants.map(({ model }) => model.role))) {
      role.attachInlinePolicy(this);
    }
    for (const { model } of variants) {
      // A role is complete before SageMaker looks at it. A model of another stack is there before this one anyway.
      if (Stack.of(model) === Stack.of(this)) {
        model.node.defaultChild?.node.addDependency(this);
      }
    }
    if (dataCapture) {
      acknowledgeWildcards(
        this,
        [capturedObjects(dataCapture)],
        'SageMaker names the files of captured data; the wildcard covers their prefix only',
      );
    }
    if (async) {
      acknowledgeWildcards(
        this,
        asyncObjects(async),
        'Callers name the requests, and SageMaker the answers; the wildcard covers their prefixes only',
      );
    }
  }
}

/** What a role needs for instances whose volumes a key encrypts. */
export function volumeStatements({ keyArn }: kms.IKey): iam.PolicyStatement[] {
  const resources = [keyArn];
  return [
    new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
      resources,
    }),
    // Volumes are encrypted through a grant, which only an AWS service may make in the name of the role.
    new iam.PolicyStatement({
      actions: ['kms:CreateGrant'],
      resources,
      conditions: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    }),
  ];
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html */
function alarmStatement(alarms: readonly aws_cloudwatch.IAlarmRef[]): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['cloudwatch:DescribeAlarms'],
    resources: alarms.map(({ alarmRef }) => alarmRef.alarmArn),
  });
}
