import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Lets in principals of this account only, so that nobody carries data out with credentials of another. */
export function ownPrincipals(scope: Construct): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [new iam.StarPrincipal()],
    actions: ['*'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(scope).account } },
  });
}

/**
 * Lets in SageMaker resources of this account only. Studio is limited by resource, as in the documentation: its pages
 * are opened with a presigned URL.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/studio-interface-endpoint.html
 */
export function ownStudio(scope: Construct): iam.PolicyStatement {
  return new iam.PolicyStatement({
    principals: [new iam.StarPrincipal()],
    actions: ['sagemaker:*'],
    resources: [
      Stack.of(scope).formatArn({ service: 'sagemaker', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME }),
    ],
  });
}

/** Lets principals of this account use its own buckets, and read the buckets of AWS that SageMaker works with. */
export function buckets(scope: Construct, readable: readonly s3.IBucket[]): iam.PolicyStatement[] {
  const { account, region } = Stack.of(scope);
  const arn = (bucketName: string) =>
    Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucketName });
  const arns = [
    ...[
      `jumpstart-cache-prod-${region}`,
      `jumpstart-private-cache-prod-${region}`,
      `sagemaker-example-files-prod-${region}`,
    ].map(arn),
    ...readable.map(bucket => bucket.bucketArn),
  ];
  return [
    new iam.PolicyStatement({
      principals: [new iam.StarPrincipal()],
      actions: ['s3:*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account } },
    }),
    new iam.PolicyStatement({
      principals: [new iam.StarPrincipal()],
      actions: ['s3:GetObject', 's3:ListBucket'],
      resources: arns.flatMap(bucketArn => [bucketArn, `${bucketArn}/*`]),
      conditions: { StringEquals: { 'aws:PrincipalAccount': account } },
    }),
    // Image layers are fetched with URLs that ECR signs as a principal of its own.
    new iam.PolicyStatement({
      principals: [new iam.StarPrincipal()],
      actions: ['s3:GetObject'],
      resources: [`${arn(`prod-${region}-starport-layer-bucket`)}/*`],
    }),
  ];
}
