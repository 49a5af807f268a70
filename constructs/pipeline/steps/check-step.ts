import { Condition } from '../condition';
import { type Expression, join, JsonGet } from '../expression';
import type { PropertyPath, PropertyType } from '../property';
import { type StepContent, StepWithProperties } from '../step';
import type { CheckProps } from './check';
import { openFile, OPEN_OUTPUT, SUMMARY } from './open-check';

/** What both kinds of check step are: a step of a managed service, or a processing step with the same results. */
export abstract class CheckStep<Properties extends object> extends StepWithProperties<Properties> {
  protected constructor(
    name: string,
    private readonly checkType: string,
    private readonly check: CheckProps,
    content: Omit<StepContent, 'props'>,
  ) {
    super(name, { ...content, props: check });
  }

  /**
   * Statements that are true where the check found no violation, to be listed among the `conditions` of a condition step, beside at
   * least one of your own. A managed check has none, because it fails instead: see `failOnViolation`.
   */
  public get conditions(): readonly Condition[] {
    const { managed = true, failOnViolation } = this.check;
    if (!managed) return [Condition.equals(new JsonGet<number>(this, SUMMARY, 'violation_count'), 0)];
    if (failOnViolation === false) {
      throw new Error(
        `step '${this.name}': 'failOnViolation' must be true or where-managed for 'conditions', because a managed check tells of violations in no other way, got: false`,
      );
    }
    return [];
  }

  /** The same value in both forms of the step. */
  public override property<Path extends string>(
    path: PropertyPath<Properties, Path>,
  ): Expression<PropertyType<Properties, Path>> {
    const { managed = true, outputPath } = this.check;
    if (managed) return super.property(path);
    const output = this.get<string>(`ProcessingOutputConfig.Outputs['${OPEN_OUTPUT}'].S3Output.S3Uri`, outputPath);
    const file: unknown = join('/', output, openFile(this.checkType, path));
    return file as Expression<PropertyType<Properties, Path>>;
  }
}
