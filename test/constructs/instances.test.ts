import {
  ProcessingInstanceType,
  ProductionVariantInstanceType,
  TrainingInstanceType,
  TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import { Lazy, Token } from 'aws-cdk-lib/core';
import { hasLocalStorage } from '../../constructs/instances';

describe('hasLocalStorage', () => {
  // What EC2's DescribeInstanceTypes says of the families that SageMaker offers for jobs and endpoints.
  const expected = {
    true: `c5d c6gd dl1 g4dn g5 g6 g6e g7 g7e m5d m6gd p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r5d r6gd r7gd
      trn1 trn1n trn2`,
    false: `c4 c5 c5n c6g c6gn c6i c6in c7g c7i c8g c8i inf1 inf2 m4 m5 m6g m6i m7i m8g m8i p2 p3 r5 r6g r6i r7i r8g r8i t2 t3`,
  };
  const offered = [ProcessingInstanceType, ProductionVariantInstanceType, TrainingInstanceType, TransformInstanceType];
  const types = [...new Set(offered.flatMap(each => Object.values<string>(each)))];

  test.each([true, false])('is %s for the families of jobs and endpoints', local => {
    const families = types.filter(each => hasLocalStorage(each) === local).map(each => each.split('.')[1] ?? '');
    expect([...new Set(families)].sort()).toEqual(expected[`${local}`].split(/\s+/));
  });

  test.each(['ml.c6id.large', 'ml.m6id.large', 'ml.r6id.large', 'ml.gr6.4xlarge', 'ml.i3en.large'])(
    'is true for %s of notebooks, apps and clusters',
    instanceType => {
      expect(hasLocalStorage(instanceType)).toBe(true);
    },
  );

  test.each(['', 'ml', 'ml.g5', 'g5.xlarge', 'local', 'ml.geospatial.interactive', 'ml.g5x.xlarge', 'ml.t3.g5.large'])(
    'is false for %j, which is no type that it knows',
    instanceType => {
      expect(hasLocalStorage(instanceType)).toBe(false);
    },
  );

  test('is false for a token', () => {
    const token = Token.asString({ Ref: 'Family' });
    expect(hasLocalStorage(token)).toBe(false);
    expect(hasLocalStorage(Lazy.string({ produce: () => 'ml.g5.xlarge' }))).toBe(false);
    expect(hasLocalStorage(`ml.${token}.xlarge`)).toBe(false);
  });
});
