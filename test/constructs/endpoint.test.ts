import { App, Aspects, CfnCondition, CfnResource, Duration, Fn, Stack, type IAspect } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import {
  Endpoint,
  Model,
  type DataCapture,
  type EndpointBase,
  type EndpointProps,
  type InstanceVariant,
  type VariantScaling,
} from '../../constructs/endpoint';

const CONFIG = 'AWS::SageMaker::EndpointConfig';
const ENDPOINT = 'AWS::SageMaker::Endpoint';

type Valid = Omit<EndpointProps, 'variants'> & { readonly variant?: Partial<InstanceVariant> };

const valid: Valid = { endpointName: 'loans' };

describe('Endpoint', () => {
  const newStack = () => new Stack(new App(), 'Serving');
  const variantIn = (stack: Stack, name: string, overrides: Partial<InstanceVariant> = {}): InstanceVariant => ({
    name,
    model: new Model(stack, `${name}Model`, {
      modelPackageArn: 'arn:aws:sagemaker:eu-central-1:111122223333:model-package/loans/3',
    }),
    instanceType: 'ml.m5.large',
    ...overrides,
  });
  const endpointIn = (stack: Stack, overrides: Valid = {}) => {
    const { variant, ...props } = { ...valid, ...overrides };
    return new Endpoint(stack, 'Loans', { variants: [variantIn(stack, 'Champion', variant)], ...props });
  };
  const pairIn = (stack: Stack, champion: Partial<InstanceVariant>, challenger: Partial<InstanceVariant>) =>
    new Endpoint(stack, 'Loans', {
      ...valid,
      variants: [variantIn(stack, 'Champion', champion), variantIn(stack, 'Challenger', challenger)],
    });
  const roleIn = (stack: Stack) =>
    new iam.Role(stack, 'Caller', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const hostingStatements = (stack: Stack): unknown => {
    const policies = Template.fromStack(stack).findResources('AWS::IAM::Policy');
    const [, policy] = Object.entries(policies).find(([id]) => id.startsWith('LoansHostingPolicy')) ?? [];
    return (policy as { Properties: { PolicyDocument: { Statement: unknown } } } | undefined)?.Properties.PolicyDocument
      .Statement;
  };

  describe('with one variant', () => {
    test('creates a configuration without a name and an endpoint with one, and nothing else', () => {
      const stack = newStack();
      endpointIn(stack);
      const template = Template.fromStack(stack);
      template.hasResource(CONFIG, {
        Properties: {
          EndpointConfigName: Match.absent(),
          ProductionVariants: [
            {
              VariantName: 'Champion',
              ModelName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ChampionModel'), 'ModelName'] },
              InstanceType: 'ml.m5.large',
              InitialInstanceCount: 1,
              InitialVariantWeight: 1,
              VolumeSizeInGB: Match.absent(),
              RoutingConfig: Match.absent(),
            },
          ],
          DataCaptureConfig: Match.absent(),
          KmsKeyId: Match.absent(),
        },
      });
      template.hasResourceProperties(ENDPOINT, {
        EndpointName: 'loans',
        EndpointConfigName: { 'Fn::GetAtt': [Match.stringLikeRegexp('^LoansConfig'), 'EndpointConfigName'] },
        DeploymentConfig: Match.absent(),
        RetainAllVariantProperties: Match.absent(),
        ExcludeRetainedVariantProperties: Match.absent(),
        RetainDeploymentConfig: Match.absent(),
      });
      const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(r => r.Type);
      expect(types.sort()).toEqual(['AWS::IAM::Policy', 'AWS::IAM::Role', ENDPOINT, CONFIG, 'AWS::SageMaker::Model']);
    });

    test('has a literal, lower-case name from its path, and a reference that depends on the endpoint', () => {
      const stack = newStack();
      const endpoint = endpointIn(stack, { endpointName: undefined });
      expect(endpoint.endpointName).toMatch(/^serving-loans-[0-9a-f]{8}$/);
      expect(stack.resolve(endpoint.endpointRef)).toEqual({ endpointArn: { Ref: 'Loans06669F46' } });
      Template.fromStack(stack).hasResourceProperties(ENDPOINT, { EndpointName: endpoint.endpointName });
    });

    test('passes every prop of the variant on', () => {
      const stack = newStack();
      endpointIn(stack, {
        variant: {
          instanceCount: 3,
          initialWeight: 0.5,
          volumeSizeGiB: 30,
          modelDownloadTimeout: Duration.minutes(10),
          containerStartupTimeout: Duration.minutes(5),
          routingStrategy: 'LEAST_OUTSTANDING_REQUESTS',
        },
      });
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        ProductionVariants: [
          Match.objectLike({
            InitialInstanceCount: 3,
            InitialVariantWeight: 0.5,
            VolumeSizeInGB: 30,
            ModelDataDownloadTimeoutInSeconds: 600,
            ContainerStartupHealthCheckTimeoutInSeconds: 300,
            RoutingConfig: { RoutingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
          }),
        ],
      });
    });

    test('takes instance types of SageMaker only', () => {
      const stack = newStack();
      // @ts-expect-error: an EC2 type, without 'ml.'
      const variant = variantIn(stack, 'A', { instanceType: 'm5.large' });
      expect(variant.instanceType).toBe('m5.large');
    });
  });

  test('spreads the traffic over several variants by weight', () => {
    const stack = newStack();
    pairIn(stack, { initialWeight: 9 }, { initialWeight: 1 });
    Template.fromStack(stack).hasResourceProperties(CONFIG, {
      ProductionVariants: [
        Match.objectLike({ VariantName: 'Champion', InitialVariantWeight: 9 }),
        Match.objectLike({ VariantName: 'Challenger', InitialVariantWeight: 1 }),
      ],
    });
  });

  describe('data capture', () => {
    const captureIn = (stack: Stack, overrides: Partial<DataCapture> = {}) =>
      endpointIn(stack, {
        dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'captured'), ...overrides },
      });

    test('stores all requests and answers, as CSV and JSON', () => {
      const stack = newStack();
      captureIn(stack);
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        DataCaptureConfig: {
          EnableCapture: true,
          InitialSamplingPercentage: 100,
          DestinationS3Uri: 's3://captured/data-capture',
          CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
          CaptureContentTypeHeader: { CsvContentTypes: ['text/csv'], JsonContentTypes: ['application/json'] },
          KmsKeyId: Match.absent(),
        },
      });
    });

    test('takes prefix, share, modes, content types and key', () => {
      const stack = newStack();
      captureIn(stack, {
        prefix: 'loans/live',
        samplingPercentage: 20,
        modes: ['Input'],
        csvContentTypes: ['text/csv', 'application/csv'],
        jsonContentTypes: ['application/jsonlines'],
        encryptionKey: new kms.Key(stack, 'Key'),
      });
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        DataCaptureConfig: {
          InitialSamplingPercentage: 20,
          DestinationS3Uri: 's3://captured/loans/live',
          CaptureOptions: [{ CaptureMode: 'Input' }],
          CaptureContentTypeHeader: {
            CsvContentTypes: ['text/csv', 'application/csv'],
            JsonContentTypes: ['application/jsonlines'],
          },
          KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
        },
      });
    });

    test("lets the model's role write below the prefix only, and use the key, before the endpoint starts", () => {
      const stack = newStack();
      captureIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
      expect(hostingStatements(stack)).toEqual([
        {
          Effect: 'Allow',
          Action: 's3:PutObject',
          Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::captured/data-capture/*']] },
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] },
        },
      ]);
      const template = Template.fromStack(stack);
      template.hasResource(ENDPOINT, { DependsOn: [Match.stringLikeRegexp('^LoansHostingPolicy')] });
      template.hasResource('AWS::SageMaker::Model', {
        DependsOn: Match.arrayWith([Match.stringLikeRegexp('^LoansHostingPolicy')]),
      });
    });

    test('encrypts with the key of the bucket', () => {
      const stack = newStack();
      captureIn(stack, { bucket: new s3.Bucket(stack, 'Own', { encryptionKey: new kms.Key(stack, 'Key') }) });
      Template.fromStack(stack).hasResourceProperties(CONFIG, {
        DataCaptureConfig: { KmsKeyId: { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] } },
      });
    });

    test.each<[Partial<DataCapture>, string]>([
      [
        { samplingPercentage: 0 },
        "'dataCapture.samplingPercentage' must be a whole number from 1 to 100; leave out dataCapture to capture nothing, got: 0",
      ],
      [
        { samplingPercentage: 101 },
        "'dataCapture.samplingPercentage' must be a whole number from 1 to 100; leave out dataCapture to capture nothing, got: 101",
      ],
      [{ modes: [] }, "'dataCapture.modes' must hold Input, Output or both, got: []"],
      [{ prefix: '' }, "'dataCapture.prefix' must have no slash at its ends and not be empty, got: "],
      [{ prefix: 'a/' }, "'dataCapture.prefix' must have no slash at its ends and not be empty, got: a/"],
      [{ prefix: '/' }, "'dataCapture.prefix' must have no slash at its ends and not be empty, got: /"],
      [{ csvContentTypes: [] }, "'dataCapture.csvContentTypes' must hold 1 to 10 content types, got: 0"],
      [
        { jsonContentTypes: Array<string>(11).fill('application/json') },
        "'dataCapture.jsonContentTypes' must hold 1 to 10 content types, got: 11",
      ],
      [
        { csvContentTypes: ['text/csv; charset=utf-8'] },
        "'dataCapture.csvContentTypes' must hold content types such as text/csv, of letters, digits, - and ., got: text/csv; charset=utf-8",
      ],
    ])('fails with %j', (overrides, message) => {
      expect(() => captureIn(newStack(), overrides)).toThrow(new Error(`Serving/Loans: ${message}`));
    });
  });

  describe('encryption', () => {
    test('of volumes uses the key, which the role may use through SageMaker', () => {
      const stack = newStack();
      endpointIn(stack, { encryptionKey: new kms.Key(stack, 'Key') });
      const keyArn = { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] };
      Template.fromStack(stack).hasResourceProperties(CONFIG, { KmsKeyId: keyArn });
      expect(hostingStatements(stack)).toEqual([
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'],
          Resource: keyArn,
        },
        {
          Effect: 'Allow',
          Action: 'kms:CreateGrant',
          Resource: keyArn,
          Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
        },
      ]);
    });

    test.each(['ml.m5d.large', 'ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.p4d.24xlarge', 'ml.trn1.2xlarge'] as const)(
      'fails with a key for %s',
      instanceType => {
        const stack = newStack();
        expect(() =>
          endpointIn(stack, { encryptionKey: new kms.Key(stack, 'Key'), variant: { instanceType } }),
        ).toThrow(
          new Error(
            `Serving/Loans: 'encryptionKey' must be left out for instances with local storage, which the hardware encrypts, got: ${instanceType}`,
          ),
        );
      },
    );

    test.each(['ml.m5.large', 'ml.c6i.large', 'ml.inf2.xlarge', 'ml.p3.2xlarge', 'ml.r8g.medium'] as const)(
      'takes a key for %s',
      instanceType => {
        const stack = newStack();
        endpointIn(stack, { encryptionKey: new kms.Key(stack, 'Key'), variant: { instanceType } });
        Template.fromStack(stack).resourceCountIs(ENDPOINT, 1);
      },
    );
  });

  describe('scaling', () => {
    const scaling: VariantScaling = { minInstances: 1, maxInstances: 4, invocationsPerInstance: 600 };

    test('follows the requests per instance, from after the endpoint to before its end', () => {
      const stack = newStack();
      endpointIn(stack, { variant: { scaling } });
      const template = Template.fromStack(stack);
      template.hasResource('AWS::ApplicationAutoScaling::ScalableTarget', {
        Properties: {
          ServiceNamespace: 'sagemaker',
          ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
          ResourceId: 'endpoint/loans/variant/Champion',
          MinCapacity: 1,
          MaxCapacity: 4,
          RoleARN: Match.absent(),
        },
        DependsOn: ['Loans06669F46'],
      });
      template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
        PolicyType: 'TargetTrackingScaling',
        ScalingTargetId: { Ref: Match.stringLikeRegexp('^LoansScalingChampionTarget') },
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
          TargetValue: 600,
          ScaleInCooldown: 300,
          ScaleOutCooldown: 300,
        },
      });
    });

    test('survives updates: the running count is kept, and the weights follow the template', () => {
      const stack = newStack();
      endpointIn(stack, { variant: { scaling } });
      Template.fromStack(stack).hasResourceProperties(ENDPOINT, {
        RetainAllVariantProperties: true,
        ExcludeRetainedVariantProperties: [{ VariantPropertyType: 'DesiredWeight' }],
      });
    });

    test('does not show in the configuration, so that a change of limits deploys no new fleet', () => {
      const configOf = (limits: VariantScaling) => {
        const stack = newStack();
        endpointIn(stack, { variant: { scaling: limits } });
        return Template.fromStack(stack).findResources(CONFIG);
      };
      expect(configOf({ ...scaling, minInstances: 3 })).toEqual(configOf(scaling));
    });

    test('takes cooldowns', () => {
      const stack = newStack();
      const cooldowns = { scaleInCooldown: Duration.minutes(10), scaleOutCooldown: Duration.minutes(1) };
      endpointIn(stack, { variant: { scaling: { ...scaling, ...cooldowns } } });
      Template.fromStack(stack).hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
        TargetTrackingScalingPolicyConfiguration: { ScaleInCooldown: 600, ScaleOutCooldown: 60 },
      });
    });

    test('holds a variant at a fixed size beside a scaled one', () => {
      const stack = newStack();
      pairIn(stack, { scaling }, { scaling: { minInstances: 1, maxInstances: 1 } });
      const template = Template.fromStack(stack);
      template.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
        ResourceId: 'endpoint/loans/variant/Challenger',
        MinCapacity: 1,
        MaxCapacity: 1,
      });
      template.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 1);
    });

    test.each<[Partial<VariantScaling>, string]>([
      [{ minInstances: 0 }, "minInstances' must be a whole number of at least 1, got: 0"],
      [{ minInstances: 1.5 }, "minInstances' must be a whole number of at least 1, got: 1.5"],
      [{ minInstances: 5 }, "maxInstances' must be a whole number of at least 'minInstances' (5), got: 4"],
      [
        { invocationsPerInstance: undefined },
        "invocationsPerInstance' must be set if 'minInstances' is below 'maxInstances', and left out if they are equal, got: undefined",
      ],
      [
        { minInstances: 4 },
        "invocationsPerInstance' must be set if 'minInstances' is below 'maxInstances', and left out if they are equal, got: 600",
      ],
      [{ invocationsPerInstance: 0 }, "invocationsPerInstance' must be above 0, got: 0"],
    ])('fails with %j', (overrides, message) => {
      expect(() => endpointIn(newStack(), { variant: { scaling: { ...scaling, ...overrides } } })).toThrow(
        new Error(`Serving/Loans: 'variants[0].scaling.${message}`),
      );
    });

    test('fails with more instances than the most', () => {
      expect(() => endpointIn(newStack(), { variant: { instanceCount: 5, scaling } })).toThrow(
        new Error("Serving/Loans: 'variants[0].scaling.maxInstances' must be at least 'instanceCount' (5), got: 4"),
      );
    });

    test('fails when only some variants have it', () => {
      expect(() => pairIn(newStack(), { scaling }, {})).toThrow(
        new Error(
          "Serving/Loans: 'variants' must all have 'scaling' or none of them; for a fixed size let 'minInstances' equal 'maxInstances', got: 1 of 2 with 'scaling'",
        ),
      );
    });
  });

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
        new Error("Serving/Loans: 'variant' must name a variant (Champion, Challenger), got: undefined"),
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
        new Error("Serving/Theirs: 'variant' must name a variant of the imported endpoint, got: undefined"),
      );
    });
  });

  describe('validation', () => {
    test.each<[Partial<InstanceVariant>, string]>([
      [{ name: 'A_B' }, "name' must be 1 to 63 letters, digits and -, with no - at either end, got: A_B"],
      [{ name: '' }, "name' must be 1 to 63 letters, digits and -, with no - at either end, got: "],
      [{ instanceCount: 0 }, "instanceCount' must be a whole number of at least 1, got: 0"],
      [{ initialWeight: -1 }, "initialWeight' must be at least 0, got: -1"],
      [{ volumeSizeGiB: 513 }, "volumeSizeGiB' must be a whole number from 1 to 512, got: 513"],
      [
        { volumeSizeGiB: 30, instanceType: 'ml.g5.xlarge' },
        "volumeSizeGiB' must be left out for ml.g5.xlarge, which has local storage of a fixed size, got: 30",
      ],
      [
        { modelDownloadTimeout: Duration.seconds(59) },
        "modelDownloadTimeout' must last 60 to 3600 seconds, got: 59 seconds",
      ],
      [
        { containerStartupTimeout: Duration.seconds(3601) },
        "containerStartupTimeout' must last 60 to 3600 seconds, got: 3601 seconds",
      ],
    ])('fails with the variant %j', (variant, message) => {
      expect(() => endpointIn(newStack(), { variant })).toThrow(new Error(`Serving/Loans: 'variants[0].${message}`));
    });

    test('fails without variants, and with too many', () => {
      const stack = newStack();
      const model = new Model(stack, 'Model', { modelPackageArn: Fn.ref('Package') });
      const variants = (count: number) =>
        Array.from({ length: count }, (_, i): InstanceVariant => ({
          name: `V${i}`,
          model,
          instanceType: 'ml.m5.large',
        }));
      for (const count of [0, 11]) {
        expect(() => new Endpoint(stack, `Loans${count}`, { variants: variants(count) })).toThrow(
          new Error(`Serving/Loans${count}: 'variants' must hold 1 to 10 variants, got: ${count}`),
        );
      }
    });

    test('fails when two variants have one name', () => {
      const stack = newStack();
      const variant = variantIn(stack, 'A');
      expect(() => new Endpoint(stack, 'Loans', { variants: [variant, variant] })).toThrow(
        new Error("Serving/Loans: 'variants' must have different names, got: A"),
      );
    });

    test('fails when no variant gets traffic', () => {
      expect(() => pairIn(newStack(), { initialWeight: 0 }, { initialWeight: 0 })).toThrow(
        new Error("Serving/Loans: 'variants' must have a positive 'initialWeight' somewhere, got: 0, 0"),
      );
    });

    test.each(['Loans', '-', 'a_b', ''])('fails when the name is %j', endpointName => {
      expect(() => endpointIn(newStack(), { endpointName })).toThrow(
        new Error(
          `Serving/Loans: 'endpointName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: ${endpointName}`,
        ),
      );
    });

    test('fails when the name is known at deployment only', () => {
      const endpointName = Fn.ref('Name');
      expect(() => endpointIn(newStack(), { endpointName })).toThrow(
        new Error(
          `Serving/Loans: 'endpointName' must be 1 to 63 lower-case letters, digits and -, with no - at either end, got: ${endpointName}`,
        ),
      );
    });
  });

  describe('in an app', () => {
    const full = (stack: Stack) =>
      endpointIn(stack, {
        alarms: {},
        dataCapture: { bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'captured') },
        variant: { scaling: { minInstances: 1, maxInstances: 2, invocationsPerInstance: 60 } },
      });

    test('leaves nothing for cdk-nag to find', () => {
      const stack = newStack();
      full(stack);
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    });

    test('leaves nothing for cdk-nag to find when it captures to a bucket of another stack', () => {
      const app = new App({ context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
      const bucket = new s3.Bucket(new Stack(app, 'Data'), 'Captured');
      const stack = new Stack(app, 'Serving');
      endpointIn(stack, { dataCapture: { bucket } });
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
      app.synth();
      expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    });

    test('can be left out by a condition as a whole: nothing outside refers to what is inside', () => {
      const stack = newStack();
      const endpoint = full(stack);
      endpoint.grants.invoke(roleIn(stack));
      const condition = new CfnCondition(stack, 'Approved', { expression: Fn.conditionEquals('a', 'b') });
      const conditional: IAspect = {
        visit: node => {
          if (CfnResource.isCfnResource(node)) {
            node.cfnOptions.condition = condition;
          }
        },
      };
      for (const part of [endpoint, stack.node.findChild('ChampionModel')]) {
        Aspects.of(part).add(conditional);
      }
      const template = Template.fromStack(stack).toJSON() as {
        Resources: Record<string, { Condition?: string }>;
        Outputs?: unknown;
      };
      const inside = Object.entries(template.Resources).filter(([, { Condition }]) => Condition === 'Approved');
      const outside = JSON.stringify(Object.values(template.Resources).filter(({ Condition }) => !Condition));
      expect(inside.length).toBeGreaterThan(8);
      expect(inside.filter(([id]) => outside.includes(`"${id}"`))).toEqual([]);
      expect(template.Outputs).toBeUndefined();
    });
  });
});
