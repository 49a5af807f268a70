import { Aws, Fn, Token } from 'aws-cdk-lib/core';

/** A file in S3, given by its URI; the URI may be a token, such as the value of an SSM parameter. */
abstract class BaselineFile {
  protected constructor(public readonly s3Uri: string) {}

  public get objectArn(): string {
    return objectArn(this.s3Uri);
  }
}

/** The `statistics.json` of a baseline: what the training data looked like. */
export class BaselineStatistics extends BaselineFile {
  declare private readonly kind: 'statistics';

  /** The statistics at an S3 URI such as `s3://bucket/baseline/statistics.json`. */
  public static fromS3Uri(s3Uri: string): BaselineStatistics {
    return new BaselineStatistics(s3Uri);
  }
}

/** The `constraints.json` of a baseline: what captured data has to satisfy. */
export class BaselineConstraints extends BaselineFile {
  declare private readonly kind: 'constraints';

  /** The constraints at an S3 URI such as `s3://bucket/baseline/constraints.json`. */
  public static fromS3Uri(s3Uri: string): BaselineConstraints {
    return new BaselineConstraints(s3Uri);
  }
}

/** ARN of the object behind an S3 URI, literal or token. */
export function objectArn(s3Uri: string): string {
  // The separator is added once more so that there is something to select in a value without it: the template must
  // stay valid while the value is a word such as 'none'.
  const path = Token.isUnresolved(s3Uri)
    ? Fn.select(1, Fn.split('s3://', `${s3Uri}s3://`))
    : s3Uri.slice('s3://'.length);
  return `arn:${Aws.PARTITION}:s3:::${path}`;
}
