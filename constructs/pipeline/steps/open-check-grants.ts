import { Annotations } from 'aws-cdk-lib/core';
import type { FileSet } from '../../assets';
import type { StepContext } from '../context';
import { Expression, isPlainObject, type Value } from '../expression';
import { grantContainer } from '../job';
import { grant, grantJob, grantList, grantModelPackages, grantRead, grantReadOutput, namesOf } from '../permission';
import type { CheckProps } from './check';
import { openImage, openProgram, SUMMARY_PATH } from './open-check';

/** What the job of an open check reads besides its data set, which is its owner's to grant. */
export interface OpenReads {
  readonly files: readonly FileSet[];
  readonly suppliedBaselines: readonly (Value<string> | undefined)[];
  readonly modelName?: Value<string>;
}

/** Lets the pipeline run the job and read its summary, and lets the job look up what a managed service would. */
export function bindOpenCheck(step: string, props: CheckProps, context: StepContext, reads: OpenReads): void {
  const { modelPackageGroupName, outputPath, outputEncryptionKey } = props;
  const role = grantContainer(props, openImage(), context);
  grantJob(context, 'ProcessingJob', role);
  grantReadOutput(context, step, outputPath, SUMMARY_PATH);
  outputEncryptionKey?.grant(context.pipelineRole, 'kms:Decrypt');

  for (const files of [openProgram(), ...reads.files]) files.bind(context.scope).grantRead(role);
  const asJob = { ...context, pipelineRole: role };
  for (const baseline of reads.suppliedBaselines) {
    if (baseline === undefined) continue;
    grantRead(asJob, baseline);
    grantList(context, role, baseline);
  }
  if (modelPackageGroupName !== undefined) {
    grantModelPackages(asJob, modelPackageGroupName, ['sagemaker:DescribeModelPackage', 'sagemaker:ListModelPackages']);
    // Baselines of the versions are results that earlier executions wrote below the same prefix.
    grantRead(asJob, outputPath, '*');
  }
  if (reads.modelName !== undefined) grantModel(step, reads.modelName, asJob);
}

function grantModel(step: string, modelName: Value<string>, asJob: StepContext): void {
  const models = namesOf(modelName).map(name => `model/${name}`);
  grant(asJob, ['sagemaker:DescribeModel'], models);
  const granted = artifactsOf(modelName).map(uri => grantRead(asJob, uri));
  if (granted.length > 0 && granted.every(Boolean)) return;
  Annotations.of(asJob.scope).addWarningV2(
    `sagemaker-cdk:artifacts-not-granted-${step}`,
    `step '${step}': the place of the model's artifacts is not known at synthesis, so reading them is not granted; grant s3:GetObject to ${asJob.pipelineRole.node.path}`,
  );
}

/** Where the step that makes the model takes its artifacts from. */
function artifactsOf(modelName: Value<string>): readonly Value<string>[] {
  const makers = modelName instanceof Expression ? modelName.reads : [];
  return makers.flatMap(maker => placesIn(maker.arguments));
}

function placesIn(value: unknown, name = ''): readonly Value<string>[] {
  if (Array.isArray(value)) return value.flatMap(each => placesIn(each));
  if (isPlainObject(value)) return Object.entries(value).flatMap(([key, member]) => placesIn(member, key));
  const isPlace = typeof value === 'string' || value instanceof Expression;
  return isPlace && ['ModelDataUrl', 'S3Uri'].includes(name) ? [value as Value<string>] : [];
}
