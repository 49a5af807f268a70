import type * as nag from 'cdk-nag';
import type { IConstruct } from 'constructs';

/**
 * Findings of cdk-nag's AwsSolutions that nobody acknowledged, as `<construct path>: <rule>`.
 *
 * The package is loaded when it is asked for: it takes longer than most test files.
 */
export function unacknowledged(scope: IConstruct): string[] {
  const { AwsSolutionsChecks } = jest.requireActual<typeof nag>('cdk-nag');
  return new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => `${constructPath}: ${ruleName}`),
    );
}
