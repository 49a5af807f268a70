import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Duration, type Stack } from 'aws-cdk-lib/core';
import {
  CallbackStep,
  EmrServerlessStep,
  EmrStep,
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

  const role = (name: string) => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::111122223333:role/${name}`);
  const spark = role('Spark');
  const onStart = {
    exceptionTypes: ['Step.SERVICE_FAULT', 'Step.THROTTLING'],
    interval: Duration.seconds(10),
    backoffRate: 1.5,
    maxAttempts: 4,
  } as const;
  const repeated = { cacheExpireAfter, retryPolicies: [onStart] };
  const cluster = {
    releaseLabel: 'emr-7.5.0',
    serviceRole: role('Emr'),
    instanceProfile: iam.InstanceProfile.fromInstanceProfileAttributes(stack, 'Profile', {
      instanceProfileArn: 'arn:aws:iam::111122223333:instance-profile/Nodes',
      role: role('Nodes'),
    }),
  };
  const aggregate = new EmrStep('Aggregate', {
    ...repeated,
    displayName: 'Aggregate the loans',
    description: 'Runs Spark on a cluster',
    dependsOn: [approve],
    clusterId: 'j-1ABCDEFG2HIJK',
    executionRole: spark,
    jar: 'command-runner.jar',
    mainClass: 'com.loans.Aggregate',
    arguments: ['spark-submit', 's3://loans/code/aggregate.py', '--raw', rawData, '--table', price.output('table')],
    properties: { 'mapreduce.job.reduces': '2' },
  });
  const joinLoans = new EmrStep('Join', {
    ...repeated,
    jar: 'command-runner.jar',
    arguments: ['spark-submit', 's3://loans/code/join.py'],
    cluster: {
      ...cluster,
      applications: ['Spark'],
      autoScalingRole: role('Scale'),
      logUri: 's3://loans/logs/',
      instances: {
        InstanceGroups: [
          { InstanceRole: 'MASTER', InstanceCount: 1, InstanceType: 'm5.xlarge' },
          { InstanceRole: 'CORE', InstanceCount: count, InstanceType: 'm5.xlarge' },
        ],
        Ec2SubnetId: 'subnet-1',
      },
      request: { Tags: [{ Key: 'team', Value: 'risk' }] },
    },
  });
  const countLoans = new EmrStep('Count', {
    jar: 's3://loans/code/count.jar',
    cluster: {
      ...cluster,
      applications: ['Hadoop'],
      instances: {
        InstanceFleets: [
          {
            InstanceFleetType: 'MASTER',
            TargetOnDemandCapacity: 1,
            InstanceTypeConfigs: [{ InstanceType: 'm5.xlarge' }],
          },
        ],
      },
    },
  });
  const features = new EmrServerlessStep('Features', {
    ...repeated,
    displayName: 'Features',
    description: 'Runs Spark without a cluster',
    applicationId: '00f1abcdefgh2j09',
    executionRole: spark,
    jobDriver: {
      sparkSubmit: {
        entryPoint: 's3://loans/code/features.py',
        entryPointArguments: ['--raw', rawData, '--run', ExecutionVariable.PIPELINE_EXECUTION_ID],
        sparkSubmitParameters: '--conf spark.executor.cores=2',
      },
    },
    configurationOverrides: {
      applicationConfiguration: [
        { classification: 'spark-defaults', properties: { 'spark.sql.adaptive.enabled': 'true' } },
      ],
      monitoringConfiguration: { s3MonitoringConfiguration: { logUri: 's3://loans/logs/' } },
    },
    executionTimeout: Duration.hours(1),
    jobName: 'features',
    tags: { team: 'risk' },
  });
  const query = new EmrServerlessStep('Query', {
    executionRole: spark,
    jobDriver: { hive: { query: 's3://loans/code/query.sql' } },
    application: {
      name: 'loans',
      releaseLabel: 'emr-7.5.0',
      type: 'HIVE',
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
      maximumCapacity: { cpu: '16 vCPU', memory: '64 GB' },
    },
  });
  return [price, ping, approve, aggregate, joinLoans, countLoans, features, query];
}
