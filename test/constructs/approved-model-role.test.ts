import { runSimulation } from '@cloud-copilot/iam-simulate';
import {
  ACCOUNT,
  Account,
  FakeStack,
  MACHINE,
  PREFIX,
  REGION,
  SCHEMAS,
  TOPIC,
  parameterArn,
  resolve,
  stackArn,
  template,
  version,
} from '../support/deployment-account';
import type { Call } from '../support/state-machine';

const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`;
const CHANGE = { 'events:source': ['approved-model'], 'events:detail-type': ['Approved Model Change'] };

describe('role of the workflow', () => {
  const calls: [string, string][] = [
    ['sagemaker:DescribeModelPackage', version(7)],
    ['sagemaker:ListModelPackages', version(7)],
    ['ssm:GetParameters', parameterArn(`${PREFIX}/model-package-arn`)],
    ['ssm:PutParameter', parameterArn(`${PREFIX}/model-package-arn`)],
    ['ssm:PutParameter', parameterArn(`${PREFIX}/explainability-constraints`)],
    ['ssm:GetParameters', parameterArn('/cdk-bootstrap/hnb659fds/version')],
    ['cloudformation:DescribeStacks', stackArn('Serving')],
    ['cloudformation:UpdateStack', stackArn('Serving')],
    ['cloudformation:UpdateStack', stackArn('Monitoring')],
    ['sns:Publish', TOPIC],
    ['states:ListExecutions', MACHINE],
    ['events:PutEvents', BUS],
  ];

  test.each(calls)('may %s on %s', async (action, resource) => {
    expect(await simulate(action, resource)).toBe('Allowed');
  });

  test('may make every call of every state', async () => {
    const account = new Account(2);
    account.versions[1] = { approval: 'Approved' };
    account.versions[2] = { approval: 'Rejected' };
    account.stacks.Serving = new FakeStack({ outcome: 'rollback' });
    const { calls } = await account.event(2);
    expect(new Set(calls.map(({ action }) => action))).toEqual(
      new Set([...Object.keys(SCHEMAS), 'sfn:listExecutions']),
    );
    for (const call of calls) {
      for (const [action, resource] of permissionsOf(call)) {
        expect([action, resource, await simulate(action, resource)]).toEqual([action, resource, 'Allowed']);
      }
    }
  });

  test.each([
    ['sagemaker:DescribeModelPackage', `arn:aws:sagemaker:${REGION}:${ACCOUNT}:model-package/other/1`],
    ['sagemaker:UpdateModelPackage', version(1)],
    ['ssm:PutParameter', parameterArn('/credit-risk/other')],
    ['ssm:PutParameter', parameterArn('/cdk-bootstrap/hnb659fds/version')],
    ['ssm:DeleteParameter', parameterArn(`${PREFIX}/model-package-arn`)],
    ['cloudformation:UpdateStack', stackArn('Serving2')],
    ['cloudformation:DeleteStack', stackArn('Serving')],
    ['cloudformation:CreateStack', stackArn('Serving')],
    ['sns:Publish', `${TOPIC}-other`],
    ['states:StartExecution', MACHINE],
    ['events:PutEvents', BUS.replace('default', 'other')],
    ['events:DescribeEventBus', BUS],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/any`],
  ])('may not %s on %s', async (action, resource) => {
    expect(await simulate(action, resource)).toBe('ImplicitlyDenied');
  });

  test.each([
    { 'events:source': ['aws.sagemaker'] },
    { 'events:source': ['approved-model', 'other'] },
    { 'events:detail-type': ['SageMaker Model Package State Change'] },
  ])('may not send other events than those of the history: %j', async other => {
    expect(await simulate('events:PutEvents', BUS, { ...CHANGE, ...other })).toBe('ImplicitlyDenied');
  });
});

function permissionsOf({ action, arguments: request }: Call): [string, string][] {
  const [service = '', operation = ''] = action.split(':');
  const name = `${service === 'sfn' ? 'states' : service}:${operation.charAt(0).toUpperCase()}${operation.slice(1)}`;
  const { StackName, Name, Names, ModelPackageName, TopicArn } = request as Record<string, string> & {
    Names?: string[];
  };
  if (StackName) {
    return [[name, stackArn(StackName)]];
  }
  const parameters = Names ?? (Name ? [Name] : []);
  if (parameters.length > 0) {
    return parameters.map(parameter => [name, parameterArn(parameter)]);
  }
  if (service === 'events') return [[name, BUS]];
  return [[name, ModelPackageName ?? TopicArn ?? (service === 'sfn' ? MACHINE : version(1))]];
}

async function simulate(
  action: string,
  resource: string,
  contextVariables: Record<string, string[]> = CHANGE,
): Promise<string> {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as unknown as {
    Properties: { PolicyDocument: object; PolicyName: string; Roles: { Ref: string }[] };
  }[];
  const response = await runSimulation(
    {
      identityPolicies: policies
        .filter(({ Properties }) => Properties.Roles.some(({ Ref }) => Ref.startsWith('ApprovedRole')))
        .map(({ Properties }) => ({ name: Properties.PolicyName, policy: resolve(Properties.PolicyDocument) })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        action,
        principal: `arn:aws:iam::${ACCOUNT}:role/Workflow`,
        resource: { resource, accountId: ACCOUNT },
        contextVariables,
      },
    },
    {},
  );
  if (response.resultType === 'error') {
    throw new Error(JSON.stringify(response.errors));
  }
  return response.overallResult;
}
