import { ArnFormat, Stack, Token } from 'aws-cdk-lib/core';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';

/**
 * An alarm by its name alone, for what outlasts it: alarms come and go with the approved version, and with its baselines. A rule or a
 * dashboard may name one that is not there; a composite alarm may not, nor could a child of it be deleted.
 */
export function lastingAlarm(scope: Construct, id: string, alarm: cloudwatch.Alarm): cloudwatch.IAlarm {
  const { alarmName } = alarm.node.defaultChild as cloudwatch.CfnAlarm;
  if (alarmName === undefined || Token.isUnresolved(alarmName)) {
    throw new Error(`${scope.node.path}: 'alarm' must have a name of its own, got: ${alarm.node.path}`);
  }
  const arn = Stack.of(scope).formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: alarmName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return cloudwatch.Alarm.fromAlarmArn(scope, id, arn);
}
