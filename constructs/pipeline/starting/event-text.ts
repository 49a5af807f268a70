/** Longest value of a parameter that a start may give. */
const MAX_VALUE_LENGTH = 1024;

/**
 * A text for people, such as `upload of ${UploadedObject.uri}`, which is cut where a parameter's value may not be longer: better
 * the beginning of a reason than a start that is refused.
 */
export class EventText {
  public constructor(
    public readonly text: string,
    /** Most characters, 1 to 1024. */
    public readonly maxLength = MAX_VALUE_LENGTH,
  ) {}

  /** What is wrong with it, in the words of an error message. */
  public get problems(): readonly string[] {
    const { maxLength } = this;
    const holds = Number.isInteger(maxLength) && maxLength >= 1 && maxLength <= MAX_VALUE_LENGTH;
    return holds ? [] : [`must be cut to 1 to ${MAX_VALUE_LENGTH} characters, got: ${maxLength}`];
  }
}
