import { App, Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Endpoint, Model, type EndpointProps, type InstanceVariant } from '../../constructs/endpoint';

/** Props of an endpoint with one variant. */
export type Valid = Omit<EndpointProps, 'variants'> & { readonly variant?: Partial<InstanceVariant> };

export const valid: Valid = { endpointName: 'loans' };

export const newStack = () => new Stack(new App(), 'Serving');

export const variantIn = (stack: Stack, name: string, overrides: Partial<InstanceVariant> = {}): InstanceVariant => ({
  name,
  model: new Model(stack, `${name}Model`, {
    modelPackageArn: 'arn:aws:sagemaker:eu-central-1:111122223333:model-package/loans/3',
  }),
  instanceType: 'ml.m5.large',
  ...overrides,
});

export const endpointIn = (stack: Stack, overrides: Valid = {}) => {
  const { variant, ...props } = { ...valid, ...overrides };
  return new Endpoint(stack, 'Loans', { variants: [variantIn(stack, 'Champion', variant)], ...props });
};

export const pairIn = (stack: Stack, champion: Partial<InstanceVariant>, challenger: Partial<InstanceVariant>) =>
  new Endpoint(stack, 'Loans', {
    ...valid,
    variants: [variantIn(stack, 'Champion', champion), variantIn(stack, 'Challenger', challenger)],
  });

export const roleIn = (stack: Stack) =>
  new iam.Role(stack, 'Caller', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
