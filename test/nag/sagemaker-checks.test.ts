import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, type CfnResource, RemovalPolicy, Stack, Tags, Validations } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SageMakerChecks } from './sagemaker-checks';

/** Names of the rules that find something in a stack, with their findings. */
function findings(build: (stack: Stack) => void): string[] {
  const app = new App();
  build(new Stack(app, 'Stack'));
  app.synth();
  const { violations } = new SageMakerChecks().validateScope(app);
  return violations.map(({ ruleName }) => ruleName.replace('SageMaker-', '')).sort();
}

const idle = { appLifecycleManagement: { idleSettings: { lifecycleManagement: 'ENABLED' } } };
const domainProps: sagemaker.CfnDomainProps = {
  domainName: 'lab',
  authMode: 'IAM',
  appNetworkAccessType: 'PublicInternetOnly',
  vpcId: 'vpc-1',
  subnetIds: ['subnet-1'],
  defaultUserSettings: {
    executionRole: 'arn:aws:iam::111122223333:role/studio',
    jupyterLabAppSettings: idle,
    codeEditorAppSettings: idle,
  },
};
const newDomain = (stack: Stack, props: Partial<sagemaker.CfnDomainProps> = {}) =>
  keep(new sagemaker.CfnDomain(stack, 'Domain', { ...domainProps, ...props }));
const newModel = (stack: Stack, props: Partial<sagemaker.CfnModelProps> = {}) =>
  new sagemaker.CfnModel(stack, 'Model', { executionRoleArn: 'arn:aws:iam::111122223333:role/model', ...props });
const newEndpointConfig = (stack: Stack, props: Partial<sagemaker.CfnEndpointConfigProps> = {}) =>
  new sagemaker.CfnEndpointConfig(stack, 'Config', {
    productionVariants: [{ variantName: 'a', initialVariantWeight: 1, modelName: 'm' }],
    ...props,
  });
const capture: sagemaker.CfnEndpointConfig.DataCaptureConfigProperty = {
  captureOptions: [{ captureMode: 'Input' }],
  destinationS3Uri: 's3://bucket/captured',
  initialSamplingPercentage: 100,
};
const newFeatureGroup = (stack: Stack, props: Partial<sagemaker.CfnFeatureGroupProps> = {}) =>
  keep(
    new sagemaker.CfnFeatureGroup(stack, 'Features', {
      featureGroupName: 'loans',
      featureDefinitions: [{ featureName: 'id', featureType: 'String' }],
      recordIdentifierFeatureName: 'id',
      eventTimeFeatureName: 'id',
      ...props,
    }),
  );

function keep<T extends CfnResource>(resource: T): T {
  resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return resource;
}

function newRole(stack: Stack): iam.Role {
  const conditions = {
    StringEquals: { 'aws:SourceAccount': '1' },
    ArnLike: { 'aws:SourceArn': 'arn:aws:sagemaker:*' },
  };
  return new iam.Role(stack, 'Role', {
    assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com', { conditions }),
  });
}

describe('NoPhysicalName', () => {
  test.each<[string, (stack: Stack) => void]>([
    ['a model', stack => newModel(stack, { modelName: 'loans' })],
    ['an endpoint configuration', stack => newEndpointConfig(stack, { endpointConfigName: 'loans' })],
    [
      'a job definition',
      stack =>
        new sagemaker.CfnDataQualityJobDefinition(stack, 'Definition', {
          jobDefinitionName: 'loans',
          dataQualityAppSpecification: { imageUri: 'image' },
          dataQualityJobInput: { endpointInput: { endpointName: 'e', localPath: '/opt/ml' } },
          dataQualityJobOutputConfig: { monitoringOutputs: [] },
          jobResources: { clusterConfig: { instanceCount: 1, instanceType: 'ml.m5.large', volumeSizeInGb: 20 } },
          roleArn: 'arn:aws:iam::111122223333:role/monitor',
        }),
    ],
    ['an override', stack => newModel(stack).addPropertyOverride('ModelName', 'loans')],
  ])('fails for %s with a name', (_, build) => {
    expect(findings(build)).toEqual(['NoPhysicalName']);
  });

  test('passes without names', () => {
    expect(findings(stack => [newModel(stack), newEndpointConfig(stack)])).toEqual([]);
  });
});

describe('CustomerKey', () => {
  const key = (stack: Stack) => new kms.Key(stack, 'Key').keyArn;

  test.each<[string[], (stack: Stack) => void]>([
    [['CustomerKey[KmsKeyId]'], newEndpointConfig],
    [
      ['CustomerKey[DataCaptureConfig.KmsKeyId]'],
      stack => newEndpointConfig(stack, { kmsKeyId: 'k', dataCaptureConfig: capture }),
    ],
    [['CustomerKey[KmsKeyId]'], newDomain],
    [['CustomerKey[KmsMasterKeyId]'], stack => new sns.Topic(stack, 'Topic')],
    [
      ['CustomerKey[OnlineStoreConfig.SecurityConfig.KmsKeyId]'],
      stack => newFeatureGroup(stack, { onlineStoreConfig: { EnableOnlineStore: true } }),
    ],
    [
      ['CustomerKey[OfflineStoreConfig.S3StorageConfig.KmsKeyId]'],
      stack => newFeatureGroup(stack, { offlineStoreConfig: { S3StorageConfig: { S3Uri: 's3://bucket' } } }),
    ],
    [
      [
        'CustomerKey[MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringOutputConfig.KmsKeyId]',
        'CustomerKey[MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.VolumeKmsKeyId]',
      ],
      stack =>
        new sagemaker.CfnMonitoringSchedule(stack, 'Schedule', {
          monitoringScheduleName: 'loans',
          monitoringScheduleConfig: {
            monitoringJobDefinition: {
              monitoringAppSpecification: { imageUri: 'image' },
              monitoringInputs: [],
              monitoringOutputConfig: { monitoringOutputs: [] },
              monitoringResources: {
                clusterConfig: { instanceCount: 1, instanceType: 'ml.m5.large', volumeSizeInGb: 20 },
              },
              roleArn: 'arn:aws:iam::111122223333:role/monitor',
            },
          },
        }),
    ],
  ])('fails with %j', (expected, build) => {
    const withKey = (stack: Stack) => {
      key(stack);
      build(stack);
    };
    expect(findings(withKey)).toEqual(expected);
  });

  test('passes where the key is used, and in an app without a key', () => {
    const dataCaptureConfig = { ...capture, kmsKeyId: 'k' };
    expect(findings(stack => newEndpointConfig(stack, { kmsKeyId: key(stack), dataCaptureConfig }))).toEqual([]);
    expect(findings(stack => newEndpointConfig(stack, { dataCaptureConfig: capture }))).toEqual([]);
  });
});

describe('FrozenTags', () => {
  test('fails when a tag of the app reaches a resource that it would replace', () => {
    const build = (stack: Stack) => {
      Tags.of(stack.node.root).add('release', '42');
      newDomain(stack, { tags: [{ key: 'team', value: 'loans' }] });
      newFeatureGroup(stack);
    };
    expect(findings(build)).toEqual(['FrozenTags[release]']);
  });

  test('passes when the tag is kept out, and for tags of its own', () => {
    const build = (stack: Stack) => {
      Tags.of(stack).add('release', '42');
      newDomain(stack).addPropertyDeletionOverride('Tags');
      newFeatureGroup(stack).addPropertyOverride('Tags', [{ Key: 'team', Value: 'loans' }]);
      newModel(stack);
    };
    expect(findings(build)).toEqual([]);
  });
});

describe('RoleTrust', () => {
  const role = (stack: Stack, service: string, conditions?: iam.Conditions) =>
    new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal(service, { conditions }) });
  const account = { StringEquals: { 'aws:SourceAccount': '1' } };

  test.each([[undefined], [account], [{ ArnLike: { 'aws:SourceArn': '*' } }]])('fails for %j', conditions => {
    expect(findings(stack => role(stack, 'sagemaker.amazonaws.com', conditions))).toEqual(['RoleTrust']);
  });

  test('passes with both conditions, and for another service', () => {
    expect(findings(newRole)).toEqual([]);
    expect(findings(stack => role(stack, 'lambda.amazonaws.com'))).toEqual([]);
  });
});

describe('LogRetention', () => {
  test('fails for a log group that keeps everything', () => {
    const retention = logs.RetentionDays.INFINITE;
    expect(findings(stack => new logs.LogGroup(stack, 'Logs', { retention }))).toEqual(['LogRetention']);
  });

  test('passes for a log group that forgets', () => {
    expect(findings(stack => new logs.LogGroup(stack, 'Logs', { retention: logs.RetentionDays.ONE_YEAR }))).toEqual([]);
  });
});

describe('DomainNetwork', () => {
  const { defaultUserSettings } = domainProps;
  const grouped = { ...(defaultUserSettings as sagemaker.CfnDomain.UserSettingsProperty), securityGroups: ['sg-1'] };

  test.each([undefined, 'VpcOnly'])('fails with network access %s and no security group', appNetworkAccessType => {
    expect(findings(stack => newDomain(stack, { appNetworkAccessType }))).toEqual(['DomainNetwork']);
  });

  test('passes in a VPC with security groups, and where public access is chosen', () => {
    const vpcOnly = { appNetworkAccessType: 'VpcOnly', defaultUserSettings: grouped };
    expect(findings(stack => newDomain(stack, vpcOnly))).toEqual([]);
    expect(findings(newDomain)).toEqual([]);
  });
});

describe('PoliciesFirst', () => {
  const actions = ['s3:GetObject'];
  const granted = (stack: Stack) => {
    const role = newRole(stack);
    role.addToPolicy(new iam.PolicyStatement({ actions, resources: ['*'] }));
    return role;
  };

  test('fails when a model does not wait for the policy of its role', () => {
    const build = (stack: Stack) => newModel(stack, { executionRoleArn: granted(stack).roleArn });
    expect(findings(build)).toEqual(['PoliciesFirst[RoleDefaultPolicy5FFB7DAB]']);
  });

  test('passes when it waits, and when the policy is about it', () => {
    const waiting = (stack: Stack) => {
      const role = granted(stack);
      newModel(stack, { executionRoleArn: role.roleArn }).node.addDependency(role);
    };
    const about = (stack: Stack) => {
      const role = newRole(stack);
      const model = newModel(stack, { executionRoleArn: role.roleArn });
      role.addToPolicy(new iam.PolicyStatement({ actions: ['sagemaker:DescribeModel'], resources: [model.ref] }));
    };
    expect(findings(waiting)).toEqual([]);
    expect(findings(about)).toEqual([]);
  });
});

describe('EndpointRollback', () => {
  const endpoint = (stack: Stack, alarms: sagemaker.CfnEndpoint.AlarmProperty[]) =>
    new sagemaker.CfnEndpoint(stack, 'Endpoint', {
      endpointConfigName: 'config',
      deploymentConfig: { autoRollbackConfiguration: { alarms } },
    });

  test('fails for an endpoint without alarms', () => {
    expect(findings(stack => endpoint(stack, []))).toEqual(['EndpointRollback']);
    expect(findings(stack => new sagemaker.CfnEndpoint(stack, 'Endpoint', { endpointConfigName: 'config' }))).toEqual([
      'EndpointRollback',
    ]);
  });

  test('does not ask it of an endpoint for components', () => {
    const host = (modelName?: string) => (stack: Stack) => {
      const variant = { variantName: 'a', instanceType: 'ml.m5.large', initialInstanceCount: 1, modelName };
      const { attrEndpointConfigName } = new sagemaker.CfnEndpointConfig(stack, 'Config', {
        productionVariants: [variant],
      });
      new sagemaker.CfnEndpoint(stack, 'Endpoint', { endpointConfigName: attrEndpointConfigName });
    };
    expect(findings(host())).not.toContain('EndpointRollback');
    expect(findings(host('model'))).toContain('EndpointRollback');
  });

  test('passes for an endpoint with an alarm', () => {
    expect(findings(stack => endpoint(stack, [{ alarmName: 'errors' }]))).toEqual([]);
  });
});

describe('IdleShutdown', () => {
  test('fails for each kind of app that runs on', () => {
    const executionRole = 'arn:aws:iam::111122223333:role/studio';
    const build = (stack: Stack) =>
      newDomain(stack, { defaultUserSettings: { executionRole, jupyterLabAppSettings: idle } });
    expect(findings(build)).toEqual(['IdleShutdown[CodeEditor]']);
  });

  test('passes when idle apps stop', () => {
    expect(findings(newDomain)).toEqual([]);
  });
});

describe('RemovalDecided', () => {
  const group = (stack: Stack) =>
    new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName: 'loans' });

  test('fails when nobody has decided', () => {
    expect(findings(group)).toEqual(['RemovalDecided']);
  });

  test.each([RemovalPolicy.DESTROY, RemovalPolicy.RETAIN])('passes with %s', policy => {
    expect(findings(stack => group(stack).applyRemovalPolicy(policy))).toEqual([]);
  });
});

describe('SageMakerChecks', () => {
  test('holds every rule of its folder', () => {
    const files = readdirSync(join(__dirname, 'rules')).map(file => file.replace('.ts', '').replaceAll('-', ''));
    const rules = new SageMakerChecks().ruleIds.map(id => id.replace('SageMaker-', '').toLowerCase());
    expect(rules.sort()).toEqual(files.sort());
  });

  test('leaves out what is acknowledged', () => {
    const build = (stack: Stack) => {
      const model = newModel(stack, { modelName: 'loans' });
      Validations.of(model).acknowledge({ id: 'SageMaker-NoPhysicalName', reason: 'a name that a client has fixed' });
    };
    expect(findings(build)).toEqual([]);
  });
});
