import { Aws, CfnCondition, Fn, Stack, Token } from 'aws-cdk-lib/core';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';

const COMMERCIAL = 'console.aws.amazon.com';

/** Consoles with a name of their own, by partition. */
const OTHERS = { 'aws-cn': 'console.amazonaws.cn', 'aws-us-gov': 'console.amazonaws-us-gov.com' } as const;

/** Host of the AWS console; where the partition is only known at deployment, CloudFormation chooses. */
export function consoleHost(scope: Construct): string {
  const stack = Stack.of(scope);
  const partition = Token.isUnresolved(stack.region) ? undefined : RegionInfo.get(stack.region).partition;
  if (partition !== undefined) {
    return Object.entries(OTHERS).find(([name]) => name === partition)?.[1] ?? COMMERCIAL;
  }
  return Object.entries(OTHERS).reduce<string>((otherwise, [name, host]) => {
    const { logicalId } = conditionOf(stack, name);
    return Token.asString(Fn.conditionIf(logicalId, host, otherwise));
  }, COMMERCIAL);
}

function conditionOf(stack: Stack, partition: string): CfnCondition {
  const id = partition === 'aws-cn' ? 'IsPartitionOfChina' : 'IsPartitionOfGovCloud';
  const existing = stack.node.tryFindChild(id);
  if (existing instanceof CfnCondition) return existing;
  return new CfnCondition(stack, id, { expression: Fn.conditionEquals(Aws.PARTITION, partition) });
}
