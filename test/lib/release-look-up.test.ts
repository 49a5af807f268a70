import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { lookUp } from '../../lib/credit-risk/handler';
import { ServiceCalls } from '../support/service-calls';

const modelPackageArn = 'arn:aws:sagemaker:eu-west-1:111122223333:model-package/loans/3';
const aws = new ServiceCalls(() => ({}));

beforeEach(() => {
  aws.all.length = 0;
  SageMakerClient.prototype.send = aws.send;
});

const registered = (ModelApprovalStatus: string, CustomerMetadataProperties?: Record<string, string>) => {
  aws.answer = () => ({ ModelApprovalStatus, CustomerMetadataProperties });
};

test('tells status and AUC of the version', async () => {
  registered('PendingManualApproval', { auc: '0.81' });
  expect(await lookUp({ modelPackageArn, minimumAuc: 0.75 })).toEqual({
    status: 'PendingManualApproval',
    auc: 0.81,
    releasable: true,
  });
  expect(aws.all).toEqual([{ name: 'DescribeModelPackage', input: { ModelPackageName: modelPackageArn } }]);
});

test.each([
  ['Approved', '0.75', 0.75, true],
  ['Approved', '0.75', '0.75', true],
  ['Approved', '0.7499', 0.75, false],
  ['Rejected', '0.9', 0.75, false],
])(
  'a version that is %s with %s, where %p is wanted, is releasable: %p',
  async (status, auc, minimumAuc, releasable) => {
    registered(status, { auc });
    expect(await lookUp({ modelPackageArn, minimumAuc })).toMatchObject({ releasable });
  },
);

test.each([
  [undefined, 'undefined'],
  [{ auc: 'good' }, 'good'],
])('fails for a version without an AUC: %p', async (metadata, got) => {
  registered('Approved', metadata);
  await expect(lookUp({ modelPackageArn, minimumAuc: 0.75 })).rejects.toThrow(
    new Error(`${modelPackageArn} must have a number as 'auc' in its metadata, got: ${got}`),
  );
});
