import { Stack } from 'aws-cdk-lib/core';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { StepContext } from '../context';
import { grantContainer } from '../job';
import { allow } from '../permission';
import { channelOptions, fileSystemOf, type FileSystemTrainingInput, isFileSystem } from './training-io';
import type { TrainingOptions } from './training-job';
import { trainingImage, type TrainingSource } from './training-source';

/** Lets the role of a training job read its image and its program, see its file systems and use its keys; returns the role. */
export function grantTraining(props: TrainingOptions & TrainingSource, context: StepContext): iam.IRole {
  const role = grantContainer(props, trainingImage(props), context);
  props.script?.files.bind(context.scope).grantRead(role);
  const systems = Object.values(props.inputs).map(channelOptions).filter(isFileSystem);
  for (const system of systems) {
    grantFileSystem(role, system, context);
  }
  return role;
}

/** SageMaker looks a file system up in the name of the job's role; the mount itself is a matter of the network. */
function grantFileSystem(role: iam.IRole, input: FileSystemTrainingInput, { scope }: StepContext): void {
  const { type, id } = fileSystemOf(input);
  if (type === 'EFS') {
    const arn = Stack.of(scope).formatArn({ service: 'elasticfilesystem', resource: 'file-system', resourceName: id });
    const verbs = ['DescribeFileSystems', 'DescribeMountTargets'];
    allow(role, { actions: verbs.map(verb => `elasticfilesystem:${verb}`), resources: [arn] });
    return;
  }
  allow(role, {
    actions: ['fsx:DescribeFileSystems'],
    resources: ['*'],
    wildcardReason: 'fsx:DescribeFileSystems cannot be limited to a file system',
  });
}
