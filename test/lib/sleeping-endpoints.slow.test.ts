import { Template } from 'aws-cdk-lib/assertions';
import { type ResourceJson, sharedAppOf, templateOf } from '../support/app';

const CONFIG = 'AWS::SageMaker::EndpointConfig';

describe('sleepingEndpoints', () => {
  const servingOf = (...given: Parameters<typeof sharedAppOf>) => sharedAppOf(...given).stacks.serving;
  const namesOf = (resources: Readonly<Record<string, ResourceJson>>) =>
    Object.values(resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::SageMaker::Endpoint' ? [Properties.EndpointName] : [],
    );
  const endpointsOf = (...given: Parameters<typeof sharedAppOf>) => namesOf(templateOf(servingOf(...given)).Resources);

  test('is off in production', () => {
    expect(endpointsOf('production')).toEqual(['production-credit-risk']);
  });

  test('adds an asynchronous endpoint to the showcase, whose models must lie in the VPC', () => {
    const names = endpointsOf('showcase', { inferenceModes: false });
    expect(names).toEqual(['showcase-credit-risk', 'showcase-credit-risk-async']);
  });

  test.each([
    ['eu-central-1', ['sandbox-credit-risk', 'sandbox-credit-risk-async', 'sandbox-credit-risk-serverless']],
    ['cn-north-1', ['sandbox-credit-risk', 'sandbox-credit-risk-async']],
  ])('adds in %s what the region has', (region, names) => {
    expect(endpointsOf('sandbox', { region, account: '111122223333' })).toEqual(names);
  });

  describe('in the sandbox', () => {
    const stack = servingOf('sandbox');

    test('hosts the one approved model in all modes', () => {
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::SageMaker::Model', 1);
      const modelName = Object.values(template.findResources(CONFIG)).map(({ Properties }) => {
        const { ProductionVariants } = Properties as { ProductionVariants: { ModelName: unknown }[] };
        return JSON.stringify(ProductionVariants.map(({ ModelName }) => ModelName));
      });
      expect(modelName).toHaveLength(3);
      expect(new Set(modelName).size).toBe(1);
    });

    test('costs nothing at rest: no instance stays, no concurrency is provisioned', () => {
      const template = Template.fromStack(stack);
      template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
        ResourceId: 'endpoint/sandbox-credit-risk-async/variant/primary',
        MinCapacity: 0,
      });
      template.hasResourceProperties(CONFIG, {
        ProductionVariants: [{ ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 } }],
      });
    });

    test('is left out as a whole while no version is approved', () => {
      const { Resources } = templateOf(stack);
      const unconditional = Object.entries(Resources).filter(([, { Condition }]) => Condition === undefined);
      expect(unconditional.map(([id]) => id)).toEqual([]);
    });
  });
});
