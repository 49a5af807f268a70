import type { CfnResource } from 'aws-cdk-lib/core';
import { NagRuleCompliance, type NagRuleResult } from 'cdk-nag';
import { memberAt, rendered } from '../rendered';

/** Apps of a domain stop when nobody uses them: one finding for each kind of app that runs, and costs, on. */
export function IdleShutdown(resource: CfnResource): NagRuleResult {
  const { Type: type, Properties: properties } = rendered(resource);
  if (type !== 'AWS::SageMaker::Domain') return NagRuleCompliance.NOT_APPLICABLE;
  const running = ['JupyterLab', 'CodeEditor'].filter(app => {
    const path = `DefaultUserSettings.${app}AppSettings.AppLifecycleManagement.IdleSettings.LifecycleManagement`;
    return memberAt(properties, path) !== 'ENABLED';
  });
  return running.length === 0 ? NagRuleCompliance.COMPLIANT : running;
}
