import { Duration } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Deployment, InstanceVariant, RollingDeployment } from '../../constructs/endpoint';
import { endpointIn, newStack, pairIn, variantIn } from '../support/endpoints';
import { Endpoint } from '../../constructs/endpoint';

const valid: RollingDeployment = { type: 'ROLLING', maximumBatchSize: { percent: 25 } };

describe('A rolling deployment of an Endpoint', () => {
  test('replaces the fleet in batches, watched for 5 minutes each with alarms', () => {
    const stack = newStack();
    endpointIn(stack, { deployment: valid, alarms: {} });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: {
        BlueGreenUpdatePolicy: Match.absent(),
        RollingUpdatePolicy: {
          MaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 25 },
          RollbackMaximumBatchSize: Match.absent(),
          WaitIntervalInSeconds: 300,
          MaximumExecutionTimeoutInSeconds: Match.absent(),
        },
        AutoRollbackConfiguration: { Alarms: [Match.anyValue(), Match.anyValue()] },
      },
    });
  });

  test('takes a batch for the way back, and times', () => {
    const stack = newStack();
    endpointIn(stack, {
      deployment: {
        ...valid,
        maximumBatchSize: { instances: 2 },
        rollbackMaximumBatchSize: { percent: 100 },
        waitInterval: Duration.minutes(10),
        maximumExecutionTimeout: Duration.hours(2),
      },
      variant: { instanceCount: 4 },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::SageMaker::Endpoint', {
      DeploymentConfig: {
        RollingUpdatePolicy: {
          MaximumBatchSize: { Type: 'INSTANCE_COUNT', Value: 2 },
          RollbackMaximumBatchSize: { Type: 'CAPACITY_PERCENT', Value: 100 },
          WaitIntervalInSeconds: 600,
          MaximumExecutionTimeoutInSeconds: 7200,
        },
      },
    });
  });

  const instances = (count: number, least: number, most: number) =>
    `maximumBatchSize.instances' must be a whole number from 5 percent of the largest fleet (${least}) to 50 percent of the smallest (${most}), got: ${count}`;

  test.each<[Partial<RollingDeployment>, Partial<InstanceVariant>, string]>([
    [{ maximumBatchSize: { percent: 4 } }, {}, "maximumBatchSize.percent' must be a whole number from 5 to 50, got: 4"],
    [
      { maximumBatchSize: { percent: 51 } },
      {},
      "maximumBatchSize.percent' must be a whole number from 5 to 50, got: 51",
    ],
    [
      { rollbackMaximumBatchSize: { percent: 101 } },
      {},
      "rollbackMaximumBatchSize.percent' must be a whole number from 5 to 100, got: 101",
    ],
    [{ maximumBatchSize: { instances: 3 } }, { instanceCount: 4 }, instances(3, 1, 2)],
    [
      { maximumBatchSize: { instances: 1 } },
      { scaling: { minInstances: 2, maxInstances: 40, cpuUtilization: 50 } },
      instances(1, 2, 1),
    ],
    [
      { waitInterval: Duration.minutes(10), maximumExecutionTimeout: Duration.minutes(40) },
      {},
      "maximumExecutionTimeout' must be longer than all waits together (2400 seconds), got: 2400 seconds",
    ],
    [{ waitInterval: Duration.hours(2) }, {}, "waitInterval' must last 0 to 3600 seconds, got: 7200 seconds"],
  ])('fails with %j of %j', (deployment, variant, message) => {
    expect(() => endpointIn(newStack(), { deployment: { ...valid, ...deployment }, variant })).toThrow(
      new Error(`Serving/Loans: 'deployment.${message}`),
    );
  });

  test('fails for several variants', () => {
    const stack = newStack();
    const variants = [variantIn(stack, 'Champion'), variantIn(stack, 'Challenger')];
    expect(() => new Endpoint(stack, 'Loans', { variants, deployment: valid })).toThrow(
      new Error(
        "Serving/Loans: 'deployment.type' must be left out, since SageMaker rolls endpoints with one variant only, got: ROLLING",
      ),
    );
    expect(() => pairIn(newStack(), {}, {})).not.toThrow();
  });

  test('has batches, and keeps no old fleet', () => {
    const deployments: Deployment[] = [
      // @ts-expect-error: a batch needs its size
      { type: 'ROLLING' },
      // @ts-expect-error: the old fleet is gone after the last batch
      { ...valid, terminationWait: Duration.minutes(5) },
    ];
    expect(deployments).toHaveLength(2);
  });
});
