import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Deployment } from './deployment';
import type { Call } from './pipeline-calls';
import { policiesIn, policiesOfRole, type Policy } from './policies';

export type Verdict = 'Allowed' | 'ExplicitlyDenied' | 'ImplicitlyDenied';

/** Buckets and repositories of AWS let everybody read. */
const OPEN = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] };
const AWS_ACCOUNT = '999988887777';

/** Whether a role may make a call, with everything in the templates that has a say: its policies, bucket and key policies, endpoints. */
export async function simulate(deployment: Deployment, role: string, call: Call): Promise<Verdict> {
  const { action, resource, context = {}, inVpc = false } = call;
  const owner = ownerOf(deployment, resource);
  const isForeign = owner !== deployment.account;
  const response = await runSimulation(
    {
      identityPolicies: named(policiesOfRole(deployment, role)),
      resourcePolicy: isForeign ? OPEN : resourcePolicyOf(deployment, resource),
      ...(inVpc && action.startsWith('s3:') ? { vpcEndpointPolicies: named(endpointPolicies(deployment)) } : {}),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        action,
        principal: role,
        resource: { resource, accountId: owner },
        contextVariables: {
          'aws:PrincipalAccount': deployment.account,
          'aws:ResourceAccount': owner,
          'aws:SecureTransport': 'true',
          ...context,
        },
      },
    },
    {},
  );
  if (response.resultType === 'error') {
    throw new Error(`${action} on ${resource}: ${JSON.stringify(response.errors)}`);
  }
  return response.overallResult;
}

function ownerOf(deployment: Deployment, arn: string): string {
  const [, , service, , account] = arn.split(':');
  if (service !== 's3') return account === '' || account === undefined ? deployment.account : account;
  return arn.includes(':::sagemaker-example-files-prod-') ? AWS_ACCOUNT : deployment.account;
}

function resourcePolicyOf(deployment: Deployment, arn: string): Policy['document'] | undefined {
  const bucket = /^arn:aws:s3:::([^/]+)/.exec(arn)?.[1];
  const found = deployment
    .resources()
    .find(({ stack, id, resource: { Type: type, Properties: properties } }) =>
      type === 'AWS::S3::BucketPolicy'
        ? deployment.resolve(stack, properties.Bucket) === bucket
        : type === 'AWS::KMS::Key' && deployment.arn(stack, id) === arn,
    );
  return policiesIn(deployment).find(({ path }) => found && path.startsWith(`${found.stack}/${found.id}/`))?.document;
}

/** Policy of the way to S3, without which a job in the VPC reads nothing. */
function endpointPolicies(deployment: Deployment): Policy['document'][] {
  const ids = deployment
    .resources('AWS::EC2::VPCEndpoint')
    .filter(
      ({
        stack,
        resource: {
          Properties: { ServiceName: name },
        },
      }) => String(deployment.resolve(stack, name)).endsWith('.s3'),
    )
    .map(({ stack, id }) => `${stack}/${id}/`);
  return policiesIn(deployment).flatMap(({ path, document }) =>
    ids.some(id => path.startsWith(id)) ? [document] : [],
  );
}

function named(policies: readonly Policy['document'][]): { name: string; policy: unknown }[] {
  return policies.map((policy, index) => ({ name: `policy-${index}`, policy }));
}
