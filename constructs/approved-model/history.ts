import { ArnFormat, type RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CHANGE_SOURCE, CHANGE_TYPE } from './record-change';

export interface HistoryProps {
  readonly parameterPrefix: string;
  readonly retention: logs.RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * What became of the versions of a model, and other events that belong to it, in a log group.
 *
 * Creates a log group with its resource policy, of which an account can have ten in a region, and a rule for each kind of event.
 * Costs what its few lines cost.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
 */
export class History extends Construct {
  /** One line of JSON for each event, as EventBridge has it: `detail.outcome`, `detail.version`, `detail.reason`, `detail.actor`. */
  public readonly logGroup: logs.LogGroup;

  /** Changes as events, for rules of one's own. */
  public readonly eventPattern: events.EventPattern;

  constructor(scope: Construct, id: string, { parameterPrefix, retention, removalPolicy }: HistoryProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Log', { retention, removalPolicy });
    this.eventPattern = {
      source: [CHANGE_SOURCE],
      detailType: [CHANGE_TYPE],
      detail: { parameterPrefix: [parameterPrefix] },
    };
    // EventBridge makes streams without saying for which rule.
    this.allow('logs:CreateLogStream');
    this.record('Changes', this.eventPattern);
  }

  /** Writes other events of the default bus into the history too. */
  public record(id: string, eventPattern: events.EventPattern): events.Rule {
    const arn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: this.logGroup.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const rule = new events.Rule(this, id, {
      description: 'Writes the history of the approved model',
      eventPattern,
      // The target of the CDK would bring a function that writes the resource policy.
      targets: [{ bind: () => ({ arn }) }],
    });
    this.allow('logs:PutLogEvents', { ArnEquals: { 'aws:SourceArn': rule.ruleArn } });
    return rule;
  }

  private allow(action: string, conditions: iam.Conditions = {}): void {
    const principals = [new iam.ServicePrincipal('events.amazonaws.com')];
    const resources = [this.logGroup.logGroupArn];
    this.logGroup.addToResourcePolicy(
      new iam.PolicyStatement({ principals, actions: [action], resources, conditions }),
    );
  }
}
