// Runs as it is on the Node.js runtime of AWS Lambda, which brings the SDK; hence plain JavaScript and no bundling.
'use strict';

const { DeleteModelPackageCommand, ListModelPackagesCommand, SageMakerClient } = require('@aws-sdk/client-sagemaker');

// Slows down to the rate that the service allows.
const sagemaker = new SageMakerClient({ retryMode: 'adaptive' });

/** Milliseconds that one call may take with its retries: a step that has less left makes no other. */
const ONE_CALL = 30_000;

/** Takes one step, as often as it is asked, until there is nothing left. */
exports.isComplete = async ({ EndOfStack, ResourceProperties }, context) => ({
  IsComplete: !EndOfStack || (await deleteVersions(ResourceProperties.ModelPackageGroupName, context)),
});

/** A version may be listed for a while after it was asked to go: only an empty list is the end. */
async function deleteVersions(groupName, context) {
  try {
    const versions = await listVersions(groupName);
    for (const { ModelPackageArn } of versions.filter(version => version.ModelPackageStatus !== 'Deleting')) {
      if (context.getRemainingTimeInMillis() < ONE_CALL) {
        break;
      }
      const command = new DeleteModelPackageCommand({ ModelPackageName: ModelPackageArn });
      await unless(error => isGone(error) || isBusy(error), sagemaker.send(command));
    }
    return versions.length === 0;
  } catch (error) {
    if (error.name === 'ThrottlingException') {
      return false;
    }
    throw error;
  }
}

/** All versions before the first is deleted: a list that changes while it is read might leave some out. */
async function listVersions(ModelPackageGroupName) {
  const found = [];
  let NextToken;
  do {
    const command = new ListModelPackagesCommand({ ModelPackageGroupName, MaxResults: 100, NextToken });
    const page = await unless(isGone, sagemaker.send(command));
    found.push(...(page?.ModelPackageSummaryList ?? []));
    NextToken = page?.NextToken;
  } while (NextToken);
  return found;
}

/** SageMaker reports a missing package as `ValidationException: ModelPackage arn:… does not exist.` */
function isGone({ name, message }) {
  return name === 'ResourceNotFound' || (name === 'ValidationException' && message.includes('does not exist'));
}

/** A version that is still being made is tried again at the next step. */
function isBusy({ name }) {
  return name === 'ConflictException';
}

async function unless(isExpected, promise) {
  try {
    return await promise;
  } catch (error) {
    if (isExpected(error)) {
      return undefined;
    }
    throw error;
  }
}
