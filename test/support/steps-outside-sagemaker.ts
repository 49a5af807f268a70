import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration, type Stack } from 'aws-cdk-lib/core';
import {
  CallbackStep,
  ExecutionVariable,
  join,
  LambdaStep,
  type Parameter,
  type Step,
} from '../../constructs/pipeline';

interface Parameters {
  readonly rawData: Parameter<string>;
  readonly count: Parameter<number>;
  readonly skip: Parameter<boolean>;
  readonly minimum: Parameter<number>;
}

/** The steps of the fixtures that call other services, with this builder. */
export function stepsOutsideSageMaker(stack: Stack, { rawData, count, skip, minimum }: Parameters): readonly Step[] {
  const cacheExpireAfter = Duration.days(30);
  const functionNamed = (id: string, name: string) =>
    lambda.Function.fromFunctionArn(stack, id, `arn:aws:lambda:eu-west-1:111122223333:function:${name}`);
  const price = new LambdaStep('Price', {
    displayName: 'Price the loans',
    description: 'Asks for prices',
    lambdaFunction: functionNamed('Price', 'price'),
    inputs: {
      data: rawData,
      run: join('/', 's3://loans/runs', ExecutionVariable.PIPELINE_EXECUTION_ID),
      count,
      skip,
      minimum,
      attempts: 3,
      rate: 0.5,
      strict: true,
      note: 'a',
    },
    outputs: { table: 'String', rows: 'Integer', share: 'Float', complete: 'Boolean' },
    cacheExpireAfter,
  });
  const ping = new LambdaStep('Ping', { lambdaFunction: functionNamed('Ping', 'price:live'), dependsOn: [price] });
  const approve = new CallbackStep('Approve', {
    displayName: 'Ask a person',
    queue: sqs.Queue.fromQueueAttributes(stack, 'Approvals', {
      queueArn: 'arn:aws:sqs:eu-west-1:111122223333:approvals',
      queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/approvals',
    }),
    inputs: { table: price.output('table'), rows: price.output('rows'), complete: price.output('complete') },
    outputs: { approver: 'String', limit: 'Integer', margin: 'Float', approved: 'Boolean' },
    cacheExpireAfter,
  });
  return [price, ping, approve];
}
