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

/** The `constraints.json` of a model quality baseline: how good predictions have to be. */
export class ModelQualityConstraints extends BaselineFile {
  declare private readonly kind: 'model-quality';

  /** The constraints at an S3 URI such as `s3://bucket/quality/constraints.json`. */
  public static fromS3Uri(s3Uri: string): ModelQualityConstraints {
    return new ModelQualityConstraints(s3Uri);
  }
}

/** The `analysis.json` of a bias baseline: how unequal predictions were at the time of training. */
export class BiasConstraints extends BaselineFile {
  declare private readonly kind: 'bias';

  /** The constraints at an S3 URI such as `s3://bucket/bias/analysis.json`. */
  public static fromS3Uri(s3Uri: string): BiasConstraints {
    return new BiasConstraints(s3Uri);
  }
}

/** The `analysis.json` of an explainability baseline: which features decided at the time of training. */
export class AttributionConstraints extends BaselineFile {
  declare private readonly kind: 'attribution';

  /** The constraints at an S3 URI such as `s3://bucket/explainability/analysis.json`. */
  public static fromS3Uri(s3Uri: string): AttributionConstraints {
    return new AttributionConstraints(s3Uri);
  }
}

/** Checks the S3 URIs of files, by the names of their props. */
export function validateFiles(path: string, uris: Readonly<Record<string, string | undefined>>): void {
  for (const [prop, uri] of Object.entries(uris)) {
    if (uri !== undefined && !Token.isUnresolved(uri) && !/^s3:\/\/[^/]+\/.+[^/]$/.test(uri)) {
      throw new Error(`${path}: '${prop}' must be the S3 URI of a file, got: ${uri}`);
    }
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
