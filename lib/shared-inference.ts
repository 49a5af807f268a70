import { dirname } from 'node:path';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Size } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { ApprovedVersion } from '../constructs/approved-model';
import { ComponentEndpoint, Endpoint, Model } from '../constructs/endpoint';
import { ContainerImage } from '../constructs/images';
import { InferenceComponent } from '../constructs/inference-component';
import { hasLocalStorage } from '../constructs/instances';
import { grantReadUnder } from '../constructs/roles';
import { isAvailable } from './availability';
import { stepFiles } from './credit-risk/jobs';
import { CREDIT_RISK, type networkOf } from './credit-risk/workload';
import type { DataStack } from './data-stack';
import type { Settings } from './settings';

export interface SharedInferenceProps {
  readonly settings: Settings;
  readonly network: ReturnType<typeof networkOf>;
  readonly data: DataStack;
  readonly approved: ApprovedVersion;
}

/**
 * Instances that models share, in three ways: components of the approved version, one of which sleeps at no copies; many archives in
 * one container; and two containers that are called one by one.
 */
export class SharedInference extends Construct {
  /** Alarms of the endpoints. */
  public readonly alarms: cloudwatch.Alarm[] = [];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: SharedInferenceProps,
  ) {
    super(scope, id);
    if (isAvailable('inferenceComponents', props.settings)) {
      this.components();
    }
    this.manyModels();
    this.severalContainers();
    this.encoderAndModel();
  }

  private components(): void {
    const { approved } = this.props;
    const host = new ComponentEndpoint(this, 'Components', {
      ...this.common(),
      minInstances: 0,
      maxInstances: 2,
      scaleIn: { strategy: 'CONSOLIDATION' },
    });
    const model = new Model(this, 'ApprovedModel', {
      modelPackageArn: approved.modelPackageArn,
      role: host.role,
      ...this.place(),
    });
    this.readRuns(model);
    const resources = { minMemory: Size.mebibytes(1024), cpuCores: 0.5 };
    new InferenceComponent(this, 'Steady', {
      host,
      model,
      resources,
      scaling: { minCopies: 1, maxCopies: 4, concurrentRequestsPerCopy: 4 },
      placement: { strategy: 'SPREAD' },
    });
    new InferenceComponent(this, 'Sleepy', {
      host,
      model,
      resources,
      scaling: { minCopies: 0, maxCopies: 2, invocationsPerCopy: 600 },
      placement: { strategy: 'BINPACK' },
    });
  }

  /** Archives that someone puts below `credit-risk/models/`, such as one for each branch of the bank. */
  private manyModels(): void {
    const { bucket } = this.props.data;
    const model = new Model(this, 'Many', {
      image: ContainerImage.xgboost('1.7-1'),
      models: { bucket, prefix: `${CREDIT_RISK}/models` },
      ...this.place(),
    });
    this.endpoint('MultiModel', model);
  }

  /** The approved version twice: a client names the container, `one` or `other`, each of which could be another model. */
  private severalContainers(): void {
    const { modelPackageArn } = this.props.approved;
    const model = new Model(this, 'Several', {
      mode: 'Direct',
      containers: ['one', 'other'].map(hostname => ({ modelPackageArn, hostname })),
      ...this.place(),
    });
    this.readRuns(model);
    this.endpoint('MultiContainer', model);
  }

  /** Raw applications in, scores out: one container encodes, and the approved version behind it answers. */
  private encoderAndModel(): void {
    const files = stepFiles().bind(this);
    const bucket = s3.Bucket.fromBucketName(this, 'Files', files.bucketName);
    const [key = ''] = files.objectKeys;
    const model = new Model(this, 'EncoderAndModel', {
      mode: 'Serial',
      containers: [
        {
          image: ContainerImage.scikitLearn('1.2-1'),
          artifact: { bucket, prefix: dirname(key) },
          environment: { SAGEMAKER_PROGRAM: 'serve_encoder.py', SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model' },
        },
        { modelPackageArn: this.props.approved.modelPackageArn },
      ],
      ...this.place(),
    });
    files.grantRead(model.role);
    this.readRuns(model);
    this.endpoint('InferencePipeline', model);
  }

  private endpoint(id: string, model: Model): void {
    const { instanceType, encryptionKey } = this.common();
    const { alarms } = new Endpoint(this, id, {
      variants: [{ name: 'primary', model, instanceType }],
      encryptionKey,
      alarms: {},
    });
    this.alarms.push(...alarms);
  }

  private readRuns(model: Model): void {
    ContainerImage.xgboost('1.7-1').grantPull(this, model.role);
    grantReadUnder(model.role, this.props.data.bucket, `${CREDIT_RISK}/runs`);
  }

  private common() {
    const { endpointInstanceType: instanceType } = this.props.settings;
    const encryptionKey = hasLocalStorage(instanceType) ? undefined : this.props.data.key;
    return { instanceType, encryptionKey, ...this.place() };
  }

  private place() {
    const { network } = this.props;
    return { vpc: network?.vpc, vpcSubnets: network?.subnets, securityGroups: network?.securityGroups };
  }
}
