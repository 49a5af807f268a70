import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { Activity, type Permission } from '../roles';

/** What a job of Clarify needs for its endpoint, with the prefix of the analysis, and for the one model it asks. */
export function askModel(scope: Construct, modelName: string, prefix = 'sm-clarify-'): readonly Permission[] {
  // Some names come back in lower case in the ARNs of SageMaker.
  const models = Token.isUnresolved(modelName) ? [modelName] : [...new Set([modelName, modelName.toLowerCase()])];
  return Activity.queryModels()
    .bind(scope)
    .permissions.map(permission => ({
      ...permission,
      resources: permission.resources.flatMap(arn =>
        arn.endsWith(':model/*') ? models.map(name => arn.replace(/\*$/, name)) : [arn.replace('sm-clarify-', prefix)],
      ),
    }));
}
