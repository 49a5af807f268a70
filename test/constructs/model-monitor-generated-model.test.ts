import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ModelExplainabilityAnalysis } from '../../constructs/clarify';
import { AttributionConstraints, AttributionDriftMonitor } from '../../constructs/model-monitor';
import { allowedTo } from '../support/role-policy';

const DEFINITION = 'AWS::SageMaker::ModelExplainabilityJobDefinition';
const KEY = /^reports\/[^/]+\/analysis_config\.json$/;

/** A monitor of a model whose name CloudFormation makes up. */
function monitorIn(stack: Stack, managed: boolean) {
  const bucket = s3.Bucket.fromBucketName(stack, 'Data', 'loans');
  const model = new sagemaker.CfnModel(stack, 'Model', {
    executionRoleArn: 'arn:aws:iam::111122223333:role/model',
    primaryContainer: { modelPackageName: 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/loans/7' },
  });
  return new AttributionDriftMonitor(stack, 'Loans', {
    managed,
    endpointName: 'loans',
    capturedData: { bucket, prefix: 'captured' },
    output: { bucket, prefix: 'reports' },
    analysis: new ModelExplainabilityAnalysis({
      dataset: { datasetType: 'text/csv', headers: ['good', 'age', 'amount'], label: 'good' },
      predictor: { instanceType: 'ml.m5.large', contentType: 'text/csv', endpointNamePrefix: 'try-loans' },
      shap: { baseline: [[30, 1000]], numSamples: 50, aggMethod: 'mean_abs' },
    }),
    modelName: model.attrModelName,
    baselineConstraints: AttributionConstraints.fromS3Uri('s3://baselines/7/analysis.json'),
  });
}

describe('a monitor of attributions of a model whose name is made up at deployment', () => {
  const newStack = () => new Stack(new App(), 'Monitoring', { env: { account: '111122223333', region: 'eu-west-1' } });
  const NAME = { 'Fn::GetAtt': ['Model', 'ModelName'] };

  /** The file that CloudFormation writes, with `<model>` for the name. */
  function fileIn(stack: Stack): { id: string; Key: string; Body: unknown } {
    const [[id, resource] = ['', {}]] = Object.entries(Template.fromStack(stack).findResources('Custom::DeployedFile'));
    const { Create: create } = (resource as { Properties: { Create: { 'Fn::Join': [string, unknown[]] } } }).Properties;
    const [, parts] = create['Fn::Join'];
    expect(parts.filter(part => typeof part !== 'string')).toEqual([NAME]);
    const text = parts.map(part => (typeof part === 'string' ? part : '<model>')).join('');
    const { parameters } = JSON.parse(text) as { parameters: { Key: string; Body: string } };
    return { id, Key: parameters.Key, Body: JSON.parse(parameters.Body) };
  }

  test('has its analysis written before the job definition that names it', () => {
    const stack = newStack();
    monitorIn(stack, true);
    const { id, Key, Body } = fileIn(stack);
    expect(Key).toMatch(KEY);
    expect(Body).toEqual({
      headers: ['age', 'amount'],
      methods: {
        shap: {
          agg_method: 'mean_abs',
          baseline: [[30, 1000]],
          num_samples: 50,
          save_local_shap_values: false,
          use_logit: false,
        },
      },
      predictor: {
        model_name: '<model>',
        content_type: 'text/csv',
        endpoint_name_prefix: 'try-loans',
        initial_instance_count: 1,
        instance_type: 'ml.m5.large',
      },
    });
    const [definition] = Object.values(Template.fromStack(stack).findResources(DEFINITION));
    expect(definition).toMatchObject({
      DependsOn: expect.arrayContaining([id]) as string[],
      Properties: { ModelExplainabilityAppSpecification: { ConfigUri: `s3://loans/${Key}` } },
    });
  });

  test('may read that file, and describe that model', () => {
    const stack = newStack();
    const monitor = monitorIn(stack, true);
    const { Key } = fileIn(stack);
    const statements = allowedTo(monitor.role);
    expect(statements).toContainEqual({
      Action: ['s3:GetObject'],
      Resource: [`arn:\${AWS::Partition}:s3:::loans/${Key}`],
    });
    expect(statements.filter(({ Action }) => Action.includes('sagemaker:DescribeModel'))).toEqual([
      {
        Action: ['sagemaker:DescribeModel'],
        Resource: ['arn:${AWS::Partition}:sagemaker:eu-west-1:111122223333:model/${Model.ModelName}'],
      },
    ]);
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  });

  test('needs no such file without the managed service, whose job is told the name', () => {
    const stack = newStack();
    monitorIn(stack, false);
    const template = Template.fromStack(stack);
    template.resourceCountIs('Custom::DeployedFile', 0);
    const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    const { DefinitionString: text } = (machine as { Properties: { DefinitionString: unknown } }).Properties;
    const parts = (text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
    const at = parts.findIndex(part => JSON.stringify(part) === JSON.stringify(NAME));
    expect(parts[at - 1]).toMatch(/"--model-name","$/);
  });
});
