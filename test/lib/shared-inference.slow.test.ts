import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { sharedAppOf, templateOf } from '../support/app';

describe('inferenceModes', () => {
  const { serving } = sharedAppOf('showcase', { frontDoor: false }).stacks;
  const template = Template.fromStack(serving);

  test('hosts the approved version as two components, one of which sleeps', () => {
    template.resourceCountIs('AWS::SageMaker::InferenceComponent', 2);
    for (const MinCapacity of [0, 1]) {
      template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
        ScalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
        MinCapacity,
      });
    }
    template.hasResourceProperties('AWS::SageMaker::EndpointConfig', {
      ExecutionRoleArn: Match.anyValue(),
      ProductionVariants: [Match.objectLike({ ModelName: Match.absent() })],
    });
  });

  test('hosts many archives in one container, and the approved version in two', () => {
    template.hasResourceProperties('AWS::SageMaker::Model', { PrimaryContainer: { Mode: 'MultiModel' } });
    template.hasResourceProperties('AWS::SageMaker::Model', {
      InferenceExecutionConfig: { Mode: 'Direct' },
      Containers: [
        { ContainerHostname: 'one', ModelPackageName: Match.anyValue() },
        { ContainerHostname: 'other', ModelPackageName: Match.anyValue() },
      ],
    });
  });

  test('encodes raw applications in front of the approved version', () => {
    const program = 'serve_encoder.py';
    expect(existsSync(join(__dirname, '../../lib/credit-risk/steps', program))).toBe(true);
    template.hasResourceProperties('AWS::SageMaker::Model', {
      InferenceExecutionConfig: { Mode: 'Serial' },
      Containers: [
        Match.objectLike({
          Environment: { SAGEMAKER_PROGRAM: program, SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model' },
          ModelDataSource: { S3DataSource: Match.objectLike({ S3DataType: 'S3Prefix', CompressionType: 'None' }) },
        }),
        { ModelPackageName: Match.anyValue() },
      ],
    });
  });

  test('makes nothing while no version is approved', () => {
    expect(Object.values(templateOf(serving).Resources).filter(({ Condition }) => !Condition)).toEqual([]);
  });

  test.each(['cn-north-1', 'us-gov-west-1'])('makes no components in %s, which has none', region => {
    const { serving: there } = sharedAppOf('showcase', { region, account: '111122223333' }).stacks;
    Template.fromStack(there).resourceCountIs('AWS::SageMaker::InferenceComponent', 0);
    Template.fromStack(there).hasResourceProperties('AWS::SageMaker::Model', {
      PrimaryContainer: { Mode: 'MultiModel' },
    });
  });

  test('are for the showcase only', () => {
    Template.fromStack(sharedAppOf('production').stacks.serving).resourceCountIs('AWS::SageMaker::Endpoint', 1);
  });
});
