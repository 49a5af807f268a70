import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Activity, type Permission } from '../roles';

/**
 * What a job needs to ask one model: of Clarify, an endpoint of its own, with the prefix of the analysis; the analyzer of this project only
 * looks the model up, and then reads its artifacts, which are its owner's to grant.
 */
export function askModel(
  scope: Construct,
  modelName: string,
  prefix = 'sm-clarify-',
  managed = true,
): readonly Permission[] {
  // Some names come back in lower case in the ARNs of SageMaker.
  const models = Token.isUnresolved(modelName) ? [modelName] : [...new Set([modelName, modelName.toLowerCase()])];
  const permissions = Activity.queryModels()
    .bind(scope)
    .permissions.map(permission => ({
      ...permission,
      resources: permission.resources.flatMap(arn =>
        arn.endsWith(':model/*') ? models.map(name => arn.replace(/\*$/, name)) : [arn.replace('sm-clarify-', prefix)],
      ),
    }));
  return managed ? permissions : permissions.filter(({ actions }) => actions.includes('sagemaker:DescribeModel'));
}
