import { type CfnResource, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledgeWildcards, Activity, ExecutionRole } from '../roles';
import type { ExperimentData, ExperimentModel } from './inference-experiment';

interface ExperimentRoleProps {
  readonly endpointName: string;
  readonly models: readonly ExperimentModel[];
  readonly dataStorage?: ExperimentData;
  readonly encryptionKey?: kms.IKey;
}

/** The role of an experiment: it moves one endpoint to other configurations, which SageMaker names. */
export class ExperimentRole extends ExecutionRole {
  private readonly shared?: iam.Policy;

  constructor(scope: Construct, id: string, props: ExperimentRoleProps) {
    super(scope, id, { description: 'Puts a shadow onto an endpoint', activities: [Activity.hostModels()] });
    const arn = (resource: string, resourceName: string) =>
      Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName });
    const allow = (actions: string[], resources: string[]) =>
      this.addToPolicy(new iam.PolicyStatement({ actions, resources }));

    const configs = arn('endpoint-config', '*');
    const endpoint = arn('endpoint', props.endpointName);
    allow(['sagemaker:DescribeEndpoint', 'sagemaker:UpdateEndpointWeightsAndCapacities'], [endpoint]);
    // The call names the endpoint and its new configuration, and is checked against both.
    allow(['sagemaker:UpdateEndpoint'], [endpoint, configs]);
    allow(
      ['sagemaker:CreateEndpointConfig', 'sagemaker:DeleteEndpointConfig', 'sagemaker:DescribeEndpointConfig'],
      [configs],
    );
    acknowledgeWildcards(this, [configs], 'SageMaker names the configurations of an experiment at run time');
    allow(
      ['sagemaker:DescribeModel'],
      props.models.map(({ modelName }) => arn('model', modelName)),
    );

    this.shared = this.sharePolicy(scope, props);
  }

  /** Lets a resource wait for the policy that the role shares with the models'. */
  public addTo(resource: CfnResource): void {
    if (this.shared) {
      resource.node.addDependency(this.shared);
    }
  }

  /** Stored data and volumes are the models' business as much as the experiment's: AWS does not say whose role is used. */
  private sharePolicy(
    scope: Construct,
    { models, dataStorage, encryptionKey }: ExperimentRoleProps,
  ): iam.Policy | undefined {
    const objects = dataStorage?.bucket.arnForObjects(`${dataStorage.prefix}/*`);
    const dataKey = dataStorage?.bucket.encryptionKey;
    const allow = (actions: string[], resource: string, conditions?: Record<string, Record<string, string>>) =>
      new iam.PolicyStatement({ actions, resources: [resource], conditions });
    const statements = [
      ...(objects ? [allow(['s3:PutObject'], objects)] : []),
      ...(dataKey ? [allow(['kms:Decrypt', 'kms:GenerateDataKey'], dataKey.keyArn)] : []),
      ...(encryptionKey
        ? [
            allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'], encryptionKey.keyArn),
            // Volumes are encrypted through a grant, which only an AWS service may make in the name of the role.
            allow(['kms:CreateGrant'], encryptionKey.keyArn, { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
          ]
        : []),
    ];
    if (statements.length === 0) return undefined;
    const roles = new Set(models.flatMap(({ role }) => role ?? []));
    const policy = new iam.Policy(scope, 'HostingPolicy', { statements, roles: [this, ...roles] });
    for (const model of models) {
      // A role is complete before SageMaker looks at it. A model of another stack is there before this one anyway.
      if (Construct.isConstruct(model) && Stack.of(model) === Stack.of(scope)) {
        model.node.defaultChild?.node.addDependency(policy);
      }
    }
    if (objects) {
      acknowledgeWildcards(
        policy,
        [objects],
        'SageMaker names the files of stored data; the wildcard covers their prefix only',
      );
    }
    return policy;
  }
}
