import type { Json } from '../support/pipeline-calls';
import type { Containers } from './containers';

type Members = Record<string, Json | undefined>;

const REGION = 'arn:aws:sagemaker:eu-central-1:111122223333';

/** SageMaker's models and versions, as the programs of jobs are told of them. */
export class Registry {
  private readonly models = new Map<string, string>();
  private readonly versions = new Map<string, Json>();

  constructor(private readonly containers: Containers) {
    this.know('ListModelPackages', {}, { ModelPackageSummaryList: [] });
  }

  /** CreateModel: the name. */
  public createModel(name: string, given: Json): string {
    const [container] = (given.Containers ?? [given.PrimaryContainer]) as [Json];
    const version = container.ModelPackageName as string | undefined;
    const artifact = version === undefined ? (container.ModelDataUrl as string) : artifactIn(this.version(version));
    if (!this.containers.has(artifact)) throw new Error(`there is no model at ${artifact}`);
    this.models.set(name, artifact);
    const answer = {
      ...given,
      ModelName: name,
      ModelArn: `${REGION}:model/${name.toLowerCase()}`,
      CreationTime: 1_772_323_200,
    };
    this.know('DescribeModel', { ModelName: name }, answer);
    return name;
  }

  public artifactOf(model: string): string {
    return this.models.get(model) ?? missing(model);
  }

  /** CreateModelPackage: the ARN. */
  public register(given: Json): string {
    const arn = `${REGION}:model-package/${String(given.ModelPackageGroupName)}/${this.versions.size + 1}`;
    this.versions.set(arn, given);
    return arn;
  }

  /** A version is approved: from now on it is the latest of its group. */
  public approve(arn: string): void {
    const given = this.version(arn);
    const group = String(given.ModelPackageGroupName);
    const summary = {
      ModelPackageName: group,
      ModelPackageArn: arn,
      CreationTime: 1_772_323_200 + this.versions.size,
      ModelPackageStatus: 'Completed',
    };
    // What every version of the library knows.
    const { InferenceSpecification, DriftCheckBaselines, ModelMetrics } = given;
    const details = { ModelPackageStatusDetails: { ValidationStatuses: [] }, InferenceSpecification, ModelMetrics };
    this.know('DescribeModelPackage', { ModelPackageName: arn }, { ...summary, ...details, DriftCheckBaselines });
    this.know(
      'ListModelPackages',
      { ModelPackageGroupName: group, ModelApprovalStatus: 'Approved' },
      { ModelPackageSummaryList: [summary] },
    );
  }

  public version(arn: string): Json {
    return this.versions.get(arn) ?? missing(arn);
  }

  private know(operation: string, request: Json, answer: Json): void {
    this.containers.answers = [{ operation, request, answer }, ...this.containers.answers];
  }
}

function artifactIn(version: Json): string {
  const [container] = (version as Members).InferenceSpecification?.Containers as [Json];
  return container.ModelDataUrl as string;
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}
