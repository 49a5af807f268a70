import { CfnResource, Tags } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks, type NagPack, NagRuleCompliance } from 'cdk-nag';
import { presets } from '../../lib/settings';
import { RULES, SageMakerChecks } from '../nag/sagemaker-checks';
import { appOf } from '../support/app';

describe.each(Object.keys(presets) as (keyof typeof presets)[])('preset %s', preset => {
  const { app } = appOf(preset);
  // As a pipeline would: what must not change from one deployment to the next must not take it.
  Tags.of(app).add('release', '42');
  app.synth();

  const findings = (pack: NagPack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath = '' }) => `${constructPath}: ${ruleName}`),
      );

  test('has no unacknowledged finding of AwsSolutions', () => {
    expect(findings(new AwsSolutionsChecks())).toEqual([]);
  });

  test('has no finding of our own rules', () => {
    expect(findings(new SageMakerChecks())).toEqual([]);
  });

  test('has resources for each of our own rules', () => {
    const resources = app.node.findAll().filter(construct => CfnResource.isCfnResource(construct));
    const idle = RULES.filter(([rule]) => resources.every(each => rule(each) === NagRuleCompliance.NOT_APPLICABLE));
    expect(idle.map(([{ name }]) => name)).toEqual(presets[preset].customerManagedKey ? [] : ['CustomerKey']);
  });
});
