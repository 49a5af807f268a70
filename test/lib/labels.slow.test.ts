import uploadEvents from '../fixtures/events/s3-object-created.json';
import { Deployment, templatesOf } from '../support/deployment';
import { matchesPattern } from '../support/event-pattern';
import { simulate } from '../support/simulate';

const deployment = new Deployment(templatesOf('showcase'));
const found = (type: string, part: string) => {
  const resource = deployment.resources(type).find(({ id }) => id.startsWith(part));
  if (!resource) throw new Error(`no ${type} ${part}`);
  return resource;
};
const resolved = (type: string, part: string) => {
  const { stack, resource } = found(type, part);
  return deployment.resolve(stack, resource.Properties) as Record<string, unknown>;
};
const arnOf = (type: string, part: string) => {
  const { stack, id } = found(type, part);
  return deployment.arn(stack, id);
};
const bucketArn = arnOf('AWS::S3::Bucket', 'Bucket');
const bucket = bucketArn.replace('arn:aws:s3:::', '');

test('the bucket tells of uploads, and the rule takes those of labels', () => {
  expect(resolved('AWS::S3::Bucket', 'Bucket')).toMatchObject({
    NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  });
  const { EventPattern } = resolved('AWS::Events::Rule', 'LabelsRule');
  const taken = (key: string) => {
    const detail = { ...uploadEvents.event.detail, bucket: { name: bucket }, object: { key, size: 5 } };
    return matchesPattern(EventPattern, { ...uploadEvents.event, detail });
  };
  expect(taken('credit-risk/labels-inbox/monday.csv')).toBe(true);
  expect(taken('credit-risk/raw/monday.csv')).toBe(false);
  expect(taken('credit-risk/labels/2026/01/02/03/monday.jsonl')).toBe(false);
});

test('labels land where both monitors of labels look', () => {
  const { DefinitionString } = resolved('AWS::StepFunctions::StateMachine', 'LabelsWorkflow');
  const { States } = JSON.parse(DefinitionString as string) as { States: { Configure: { Assign: object } } };
  expect(States.Configure.Assign).toMatchObject({
    inbox: 'credit-risk/labels-inbox/',
    landing: 'credit-risk/labels/',
    landingBucket: bucket,
    columns: { id: 'loan_id', label: 'credit_risk' },
  });
  const quality = resolved('AWS::SageMaker::ModelQualityJobDefinition', 'Monitors');
  const bias = resolved('AWS::SageMaker::ModelBiasJobDefinition', 'Monitors');
  const GroundTruthS3Input = { S3Uri: `s3://${bucket}/credit-risk/labels` };
  expect([quality.ModelQualityJobInput, bias.ModelBiasJobInput]).toEqual([
    expect.objectContaining({ GroundTruthS3Input }),
    expect.objectContaining({ GroundTruthS3Input }),
  ]);
});

test('a file that does not land is told to the topic of alerts', () => {
  expect(resolved('AWS::CloudWatch::Alarm', 'LabelsFailed')).toMatchObject({
    Namespace: 'AWS/States',
    MetricName: 'ExecutionsFailed',
    Dimensions: [{ Name: 'StateMachineArn', Value: arnOf('AWS::StepFunctions::StateMachine', 'LabelsWorkflow') }],
    Threshold: 1,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [arnOf('AWS::SNS::Topic', 'Alerts')],
  });
});

test.each(['LabelsReaderRole', 'LabelsWorkflowRole'])('%s may do its work with the key of the data', async role => {
  const key = arnOf('AWS::KMS::Key', 'Key');
  const verdict = (action: string, resource: string) =>
    simulate(deployment, arnOf('AWS::IAM::Role', role), { action, resource });
  expect(await verdict('s3:GetObject', `${bucketArn}/credit-risk/labels-inbox/a.csv`)).toBe('Allowed');
  expect(await verdict('s3:PutObject', `${bucketArn}/credit-risk/labels/2026/01/02/03/a.jsonl`)).toBe('Allowed');
  expect(await verdict('kms:Decrypt', key)).toBe('Allowed');
  expect(await verdict('kms:GenerateDataKey', key)).toBe('Allowed');
  expect(await verdict('s3:GetObject', `${bucketArn}/credit-risk/captured/a.jsonl`)).toBe('ImplicitlyDenied');
  expect(await verdict('s3:DeleteObject', `${bucketArn}/credit-risk/labels-inbox/a.csv`)).toBe('ImplicitlyDenied');
});

test('there is no inbox where no monitor looks at labels', () => {
  const plain = new Deployment(templatesOf('sandbox'));
  expect(plain.resources().filter(({ id }) => id.startsWith('Labels'))).toEqual([]);
});
