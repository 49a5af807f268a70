import type { TensorBoardOutputConfig } from '@aws-sdk/client-sagemaker';
import type { Arguments } from '../arguments';
import type { Value } from '../expression';
import { maxLength, type Rule, s3Uri } from '../problem';

/** Where files for TensorBoard are kept. */
export interface TensorBoardOutput {
  /** S3 URI of the prefix that the files are uploaded to while the job runs. */
  readonly outputPath: Value<string>;

  /**
   * Folder in the container that the files are written to, up to 4096 characters.
   *
   * @default /opt/ml/output/tensorboard
   */
  readonly localPath?: Value<string>;
}

export function renderTensorBoard(output: TensorBoardOutput): Arguments<TensorBoardOutputConfig> {
  return { S3OutputPath: output.outputPath, LocalPath: output.localPath };
}

export function tensorBoardRules({ outputPath, localPath }: TensorBoardOutput): readonly Rule[] {
  return [s3Uri('tensorBoard.outputPath', outputPath), maxLength('tensorBoard.localPath', localPath, 4096)];
}
