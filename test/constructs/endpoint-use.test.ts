import { CfnResource, Duration, Stack } from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Endpoint, type EndpointBase } from '../../constructs/endpoint';
import { endpointIn, newStack, pairIn, roleIn } from '../support/endpoints';

describe('Use of an Endpoint', () => {
  describe('grants', () => {
    const arn = (name: string) => ({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':sagemaker:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          `:endpoint/${name}`,
        ],
      ],
    });
    const callerStatements = (stack: Stack): unknown => {
      const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
      const [, policy] = Object.entries(policies).find(([id]) => id.startsWith('Caller')) ?? [];
      return (policy as { Properties: { PolicyDocument: { Statement: unknown } } }).Properties.PolicyDocument.Statement;
    };

    test.each<[string, (endpoint: EndpointBase, role: iam.IRole) => iam.Grant, string]>([
      ['invoke', (endpoint, role) => endpoint.grants.invoke(role), 'sagemaker:InvokeEndpoint'],
      [
        'invokeWithResponseStream',
        (endpoint, role) => endpoint.grants.invokeWithResponseStream(role),
        'sagemaker:InvokeEndpointWithResponseStream',
      ],
      [
        'actions',
        (endpoint, role) => endpoint.grants.actions(role, 'sagemaker:DescribeEndpoint'),
        'sagemaker:DescribeEndpoint',
      ],
    ])('.%s allows exactly its action, on the name of the endpoint', (_name, grant, Action) => {
      const stack = newStack();
      grant(endpointIn(stack), roleIn(stack));
      expect(callerStatements(stack)).toEqual([{ Effect: 'Allow', Action, Resource: arn('loans') }]);
    });

    test('cover both forms of an imported name with capitals', () => {
      const stack = newStack();
      Endpoint.fromEndpointName(stack, 'Theirs', 'Theirs').grants.invoke(roleIn(stack));
      expect(callerStatements(stack)).toEqual([
        { Effect: 'Allow', Action: 'sagemaker:InvokeEndpoint', Resource: [arn('Theirs'), arn('theirs')] },
      ]);
    });
  });

  describe('metrics', () => {
    test.each<[string, (endpoint: EndpointBase) => cloudwatch.Metric, string, string, string]>([
      ['metric', e => e.metric('ModelSetupTime'), 'AWS/SageMaker', 'ModelSetupTime', 'Average'],
      ['metricInstance', e => e.metricInstance('Other'), '/aws/sagemaker/Endpoints', 'Other', 'Average'],
      ['metricInvocations', e => e.metricInvocations(), 'AWS/SageMaker', 'Invocations', 'Sum'],
      [
        'metricInvocationsPerInstance',
        e => e.metricInvocationsPerInstance(),
        'AWS/SageMaker',
        'InvocationsPerInstance',
        'Sum',
      ],
      ['metricInvocation4XXErrors', e => e.metricInvocation4XXErrors(), 'AWS/SageMaker', 'Invocation4XXErrors', 'Sum'],
      ['metricInvocation5XXErrors', e => e.metricInvocation5XXErrors(), 'AWS/SageMaker', 'Invocation5XXErrors', 'Sum'],
      ['metricModelLatency', e => e.metricModelLatency(), 'AWS/SageMaker', 'ModelLatency', 'p99'],
      ['metricOverheadLatency', e => e.metricOverheadLatency(), 'AWS/SageMaker', 'OverheadLatency', 'p99'],
      ['metricCpuUtilization', e => e.metricCpuUtilization(), '/aws/sagemaker/Endpoints', 'CPUUtilization', 'Average'],
      [
        'metricMemoryUtilization',
        e => e.metricMemoryUtilization(),
        '/aws/sagemaker/Endpoints',
        'MemoryUtilization',
        'Average',
      ],
      [
        'metricDiskUtilization',
        e => e.metricDiskUtilization(),
        '/aws/sagemaker/Endpoints',
        'DiskUtilization',
        'Average',
      ],
      ['metricGpuUtilization', e => e.metricGpuUtilization(), '/aws/sagemaker/Endpoints', 'GPUUtilization', 'Average'],
      [
        'metricGpuMemoryUtilization',
        e => e.metricGpuMemoryUtilization(),
        '/aws/sagemaker/Endpoints',
        'GPUMemoryUtilization',
        'Average',
      ],
    ])('.%s has the right namespace, name, statistic and dimensions', (_helper, metricOf, namespace, name, stat) => {
      const metric = metricOf(endpointIn(newStack()));
      expect(metric).toMatchObject({
        namespace,
        metricName: name,
        statistic: stat,
        dimensions: { EndpointName: 'loans', VariantName: 'Champion' },
      });
    });

    test('take options', () => {
      const metric = endpointIn(newStack()).metricModelLatency({ statistic: 'Maximum', period: Duration.minutes(1) });
      expect([metric.statistic, metric.period.toSeconds()]).toEqual(['Maximum', 60]);
    });

    test('of several variants name one', () => {
      const endpoint = pairIn(newStack(), {}, {});
      expect(endpoint.metricInvocations({ variant: 'Challenger' }).dimensions).toEqual({
        EndpointName: 'loans',
        VariantName: 'Challenger',
      });
      expect(() => endpoint.metricInvocations()).toThrow(
        new Error("Serving/Loans: 'variant' must name a variant (Champion, Challenger), got: none"),
      );
      expect(() => endpoint.metricInvocations({ variant: 'Winner' })).toThrow(
        new Error("Serving/Loans: 'variant' must name a variant (Champion, Challenger), got: Winner"),
      );
    });
  });

  describe('import', () => {
    test('by name makes the ARN and no resource', () => {
      const stack = newStack();
      const endpoint = Endpoint.fromEndpointName(stack, 'Theirs', 'theirs', ['AllTraffic']);
      expect(endpoint.endpointName).toBe('theirs');
      expect(JSON.stringify(stack.resolve(endpoint.endpointRef))).toContain(':endpoint/theirs');
      expect(endpoint.metricInvocations().dimensions).toEqual({ EndpointName: 'theirs', VariantName: 'AllTraffic' });
      expect(stack.node.findAll().filter(node => CfnResource.isCfnResource(node))).toEqual([]);
    });

    test('without names of variants takes any variant, but needs one', () => {
      const endpoint = Endpoint.fromEndpointName(newStack(), 'Theirs', 'theirs');
      expect(endpoint.metricInvocations({ variant: 'A' }).dimensions).toEqual({
        EndpointName: 'theirs',
        VariantName: 'A',
      });
      expect(() => endpoint.metricInvocations()).toThrow(
        new Error("Serving/Theirs: 'variant' must name a variant of the imported endpoint, got: none"),
      );
    });
  });
});
