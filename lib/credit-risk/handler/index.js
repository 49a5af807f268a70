// Runs as it is on the Node.js runtime of AWS Lambda, which brings the SDK; hence plain JavaScript and no bundling.
'use strict';

const { DescribeModelPackageCommand, SageMakerClient } = require('@aws-sdk/client-sagemaker');

const sagemaker = new SageMakerClient({});

/** Looks a version up, and says whether it may go on trial: nobody has rejected it, and it ranks loans well enough. */
exports.lookUp = async ({ modelPackageArn, minimumAuc }) => {
  const { ModelApprovalStatus: status, CustomerMetadataProperties: metadata = {} } = await sagemaker.send(
    new DescribeModelPackageCommand({ ModelPackageName: modelPackageArn }),
  );
  const auc = Number.parseFloat(metadata.auc);
  if (!Number.isFinite(auc)) {
    throw new Error(`${modelPackageArn} must have a number as 'auc' in its metadata, got: ${metadata.auc}`);
  }
  return { status, auc, releasable: status !== 'Rejected' && auc >= Number(minimumAuc) };
};
