import type { CfnResource } from 'aws-cdk-lib/core';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { NagRuleCompliance, type NagRuleResult } from 'cdk-nag';
import { memberAt, rendered } from '../rendered';

/** Where a key goes, and the part of the resource that needs one. */
const KEYS: Readonly<Record<string, readonly (readonly [key: string, part?: string])[]>> = {
  'AWS::SageMaker::Domain': [['KmsKeyId']],
  'AWS::SageMaker::EndpointConfig': [['KmsKeyId'], ['DataCaptureConfig.KmsKeyId', 'DataCaptureConfig']],
  'AWS::SageMaker::FeatureGroup': [
    ['OnlineStoreConfig.SecurityConfig.KmsKeyId', 'OnlineStoreConfig.EnableOnlineStore'],
    ['OfflineStoreConfig.S3StorageConfig.KmsKeyId', 'OfflineStoreConfig'],
  ],
  'AWS::SageMaker::MonitoringSchedule': [
    [
      'MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig.VolumeKmsKeyId',
      'MonitoringScheduleConfig.MonitoringJobDefinition',
    ],
    [
      'MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringOutputConfig.KmsKeyId',
      'MonitoringScheduleConfig.MonitoringJobDefinition',
    ],
  ],
  'AWS::SageMaker::NotebookInstance': [['KmsKeyId']],
  'AWS::SNS::Topic': [['KmsMasterKeyId']],
};

/** In an app with a key of its own, everything that can be encrypted with it is: one finding for each place without. */
export function CustomerKey(resource: CfnResource): NagRuleResult {
  const places = KEYS[resource.cfnResourceType];
  const hasKey = () => resource.node.root.node.findAll().some(construct => construct instanceof CfnKey);
  if (!places || !hasKey()) return NagRuleCompliance.NOT_APPLICABLE;
  const { Properties: properties } = rendered(resource);
  const missing = places.filter(
    ([key, part]) => (part === undefined || memberAt(properties, part)) && memberAt(properties, key) === undefined,
  );
  return missing.length === 0 ? NagRuleCompliance.COMPLIANT : missing.map(([key]) => key);
}
