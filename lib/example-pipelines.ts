import { Annotations, type RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ContainerImage } from '../constructs/images';
import { ModelPackageGroup } from '../constructs/model-package-group';
import { Pipeline, type Step } from '../constructs/pipeline';
import { Activity, ExecutionRole } from '../constructs/roles';
import { isAvailable } from './availability';
import { batchScoringSteps } from './credit-risk/batch-scoring';
import { bedrockSteps, modelReaderRole } from './credit-risk/bedrock';
import { challengerSteps } from './credit-risk/challenger';
import { emrSteps, SparkApplication } from './credit-risk/emr';
import { experimentSteps } from './credit-risk/experiments';
import type { WorkloadPipelineProps } from './credit-risk/jobs';
import { releaseSteps } from './credit-risk/release';
import { ReleaseDesk } from './credit-risk/release-desk';
import { sparkSteps } from './credit-risk/spark';
import { CREDIT_RISK, trialEndpointName } from './credit-risk/workload';

export interface ExamplePipelinesProps extends WorkloadPipelineProps {
  /** Role of the jobs, with access to the data. */
  readonly jobRole: ExecutionRole;

  /** S3 URI below which the decisions of batch scoring are handed over; the role of the jobs may write there. */
  readonly decisionsUri: string;

  /** Gives another role access to the data. */
  readonly grantData: (role: iam.IRole) => void;

  /** Lets a role read what executions wrote. */
  readonly grantModels: (role: iam.IRole) => void;

  readonly removalPolicy: RemovalPolicy;
}

/** Pipelines beside that of the workload, which show what else the builder can do. They run when somebody starts them. */
export class ExamplePipelines extends Construct {
  /** None where Autopilot's images are missing. */
  public readonly challenger?: Pipeline;
  public readonly spark: Pipeline;
  public readonly batchScoring: Pipeline;
  public readonly experiments: Pipeline;
  public readonly release: Pipeline;
  public readonly emr: Pipeline;
  /** None where Bedrock takes no models of one's own. */
  public readonly bedrock?: Pipeline;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ExamplePipelinesProps,
  ) {
    super(scope, id);
    if (isAvailable('autopilot', props.settings)) this.challenger = this.addChallenger();
    this.spark = this.addPipeline('Spark', 'spark', props.jobRole, {
      description: 'Encodes on a Spark cluster and trains on several instances',
      steps: sparkSteps(props),
    });
    this.batchScoring = this.addPipeline('BatchScoring', 'batch-scoring', props.jobRole, {
      description: 'Scores files of applications with a registered version, and hands checked decisions over',
      steps: batchScoringSteps(props),
    });
    this.experiments = this.addPipeline('Experiments', 'experiments', props.jobRole, {
      description: 'Compares algorithms, and trains by a program on spot capacity',
      steps: experimentSteps(props),
    });
    this.release = this.addRelease();
    for (const pipeline of [this.batchScoring, this.release]) {
      const granted = 'The role of the jobs may pull the image of the workload and read its models';
      Annotations.of(pipeline).acknowledgeWarning('sagemaker-cdk:version-not-granted-CreateModel', granted);
    }
    this.emr = this.addPipeline('Emr', 'emr', props.jobRole, {
      description: 'Encodes on EMR Serverless, or on a cluster of EMR',
      steps: emrSteps({ ...props, application: new SparkApplication(this, 'SparkApplication', props) }),
    });
    if (isAvailable('bedrock', props.settings)) this.bedrock = this.addBedrock();
  }

  private addRelease(): Pipeline {
    const { jobRole, settings, modelPackageGroupName } = this.props;
    // The notebook asks the endpoint.
    jobRole.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['sagemaker:InvokeEndpoint'],
        resources: [
          Stack.of(this).formatArn({
            service: 'sagemaker',
            resource: 'endpoint',
            resourceName: trialEndpointName(settings),
          }),
        ],
      }),
    );
    const desk = new ReleaseDesk(this, 'ReleaseDesk', { modelPackageGroupName });
    return this.addPipeline('Release', 'release', jobRole, {
      description: 'Puts a registered version on trial, if a person agrees',
      steps: releaseSteps({ ...this.props, desk }),
    });
  }

  private addBedrock(): Pipeline {
    const { grantModels, jobRole } = this.props;
    const role = modelReaderRole(this, 'BedrockRole');
    grantModels(role);
    return this.addPipeline('Bedrock', 'bedrock', jobRole, {
      description: 'Brings a fine-tuned language model to Amazon Bedrock',
      steps: bedrockSteps({ ...this.props, role }),
    });
  }

  private addChallenger(): Pipeline {
    const { settings, encryptionKey, modelPackageGroupName, removalPolicy } = this.props;
    const challengers = new ModelPackageGroup(this, 'Challengers', {
      modelPackageGroupName: `${modelPackageGroupName}-challenger`,
      description: 'Models of Autopilot that are better than the one in use',
      removalPolicy,
    });
    const searchRole = new ExecutionRole(this, 'SearchRole', {
      description: 'Jobs of the Autopilot challenger',
      activities: [Activity.runJobs(), Activity.searchModels()],
      attachToVpc: settings.vpcOnly,
      encryptionKeys: encryptionKey && [encryptionKey],
    });
    this.props.grantData(searchRole);
    // The image of the best candidate is only known when the pipeline runs, but not its repository: ensembles are AutoGluon's.
    for (const scope of ['training', 'inference'] as const) {
      ContainerImage.autogluon('1.1.1', { scope, processor: 'cpu' }).grantPull(this, searchRole);
    }
    const pipeline = this.addPipeline('Challenger', 'challenger', searchRole, {
      description: 'Lets Autopilot search a better model than the one in use',
      steps: challengerSteps({ ...this.props, modelPackageGroupName: challengers.modelPackageGroupName }),
    });
    const granted = 'The pull from the repositories of AutoGluon is granted';
    Annotations.of(pipeline).acknowledgeWarning('sagemaker-cdk:pull-not-granted', granted);
    return pipeline;
  }

  private addPipeline(
    id: string,
    name: string,
    jobRole: ExecutionRole,
    props: { readonly description: string; readonly steps: readonly Step[] },
  ): Pipeline {
    const pipelineName = `${this.props.settings.prefix.toLowerCase()}-${CREDIT_RISK}-${name}`;
    return new Pipeline(this, id, { pipelineName, jobRole, maxParallelExecutionSteps: 4, ...props });
  }
}
