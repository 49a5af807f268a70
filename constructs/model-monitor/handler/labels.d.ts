/** An uploaded file, and where its labels belong. */
export interface LabelFile {
  readonly bucket: string;
  readonly key: string;

  /** Without quotes, as in the event. */
  readonly etag: string;

  /** Bytes. */
  readonly size: number;

  /** Names of the columns of a CSV file. */
  readonly columns: { readonly id: string; readonly label: string };

  /** Object that the converted labels of a CSV file become; with a key of KMS, or as the bucket does. */
  readonly target: { readonly bucket: string; readonly key: string; readonly kmsKeyArn?: string };

  /** Key of the object that says why the file is rejected, in the bucket of the file. */
  readonly reasonKey: string;

  /** Most labels of a file. */
  readonly maxLabels: number;
}

export interface LandingAnswer {
  /**
   * `checked` is a good file in the upload format, which has to be copied, and `landed` a CSV file whose labels have been written.
   * `replaced` is a file that there is a newer one of, with an event of its own, and `gone` one that was deleted.
   */
  readonly outcome: 'checked' | 'landed' | 'rejected' | 'replaced' | 'gone';

  /** Labels in the file. */
  readonly labels: number;

  /** What is wrong; otherwise empty. */
  readonly reason: string;
}

export const land: (file: LabelFile) => Promise<LandingAnswer>;
