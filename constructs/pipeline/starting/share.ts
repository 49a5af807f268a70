import { Names, Stack, Token } from 'aws-cdk-lib/core';
import * as ram from 'aws-cdk-lib/aws-ram';
import { Construct } from 'constructs';
import { problemsOf, type Rule } from '../problem';
import { arnOf, type StartablePipeline } from './guarded-start';

export interface PipelineShareOptions {
  /** Accounts that the pipeline is shared with: 12 digits each, at least one. */
  readonly accounts: readonly string[];

  /**
   * Lets the accounts start, stop and retry executions, at the cost of the account that owns the pipeline.
   *
   * @default false - they can only read
   */
  readonly allowExecution?: boolean;

  /**
   * Allows accounts outside the organization, which have to accept an invitation.
   *
   * @default false
   */
  readonly allowExternalAccounts?: boolean;
}

/**
 * A share of AWS Resource Access Manager through which other accounts read the pipeline and all its executions, or start it. There
 * its ARN takes the place of the name in the calls of the API.
 *
 * Sharing is free. A start through it passes by the limits of triggers.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-xaccount.html
 */
export class PipelineShare extends Construct {
  public readonly resource: ram.CfnResourceShare;

  constructor(scope: Construct, id: string, pipeline: StartablePipeline, options: PipelineShareOptions) {
    const { accounts, allowExecution = false, allowExternalAccounts = false } = options;
    validate(`${scope.node.path}/${id}`, accounts);
    super(scope, id);
    const permission = allowExecution
      ? 'AWSRAMPermissionSageMakerPipelineAllowExecution'
      : 'AWSRAMDefaultPermissionSageMakerPipeline';
    this.resource = new ram.CfnResourceShare(this, 'Resource', {
      name: Names.uniqueResourceName(this, { maxLength: 64, separator: '-' }),
      principals: [...accounts],
      resourceArns: [arnOf(pipeline)],
      permissionArns: [
        Stack.of(this).formatArn({
          service: 'ram',
          region: '',
          account: 'aws',
          resource: 'permission',
          resourceName: permission,
        }),
      ],
      allowExternalPrincipals: allowExternalAccounts,
    });
  }
}

function validate(path: string, accounts: readonly string[]): void {
  const rules: Rule[] = [
    [accounts.length > 0, `'accounts' must hold at least one account, got: none`],
    ...accounts.map((account): Rule => {
      const holds = Token.isUnresolved(account) || /^\d{12}$/.test(account);
      return [holds, `'accounts' must hold ids of 12 digits, got: ${account}`];
    }),
  ];
  const problems = problemsOf(...rules);
  if (problems.length > 0) throw new Error(problems.map(problem => `${path}: ${problem}`).join('\n'));
}
