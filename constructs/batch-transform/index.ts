export type { BatchCapture, BatchInput, BatchOutput, ModelParameter, NamedModel } from './batch-data';
export { BatchTransform, type BatchTransformProps } from './batch-transform';
export type { UploadStart } from './starts';
export type { InstanceType, TransformOptions } from './transform-options';
