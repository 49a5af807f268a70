import type { Processor } from './processor';
import type { BaseFrameworkVersion, PythonVersion } from './versions';

/** What the image is for: `training` jobs (and processing), or `inference` on endpoints and in batch transforms. */
export type ImageScope = 'training' | 'inference';

/** What the image runs on: a processor, or an instance type which tells it. */
export type ProcessorChoice =
  | {
      /** Processor that the image is built for. */
      readonly processor: Processor;
      readonly instanceType?: never;
    }
  | {
      /** Instance type whose processor the image is built for, such as `ml.g5.xlarge`; known at synth. */
      readonly instanceType: string;
      readonly processor?: never;
    };

/** The same, where most versions leave no choice. */
export type OptionalProcessorChoice = ProcessorChoice | { readonly processor?: never; readonly instanceType?: never };

/** Options of the XGBoost and scikit-learn images. */
export type FrameworkImageOptions = OptionalProcessorChoice & {
  /**
   * Use that the version must be built for.
   *
   * @default - any; most versions serve both
   */
  readonly scope?: ImageScope;
};

/** Options of the deep learning containers. */
export type DeepLearningImageOptions = ProcessorChoice & {
  /** Use that the image is built for. */
  readonly scope: ImageScope;

  /**
   * Python in the image.
   *
   * @default - the only one that the version is built with; it must be given where there are several
   */
  readonly pythonVersion?: PythonVersion;
};

/** Options of the Hugging Face images. */
export type HuggingFaceImageOptions = DeepLearningImageOptions & {
  /**
   * Framework under the Transformers library.
   *
   * @default - the only one that the version is built on; it must be given where there are several
   */
  readonly baseFrameworkVersion?: BaseFrameworkVersion;
};

/** One build of a Spark version. */
export interface SparkBuild {
  /** Python in the image: one that the Spark version is built with. */
  readonly pythonVersion: PythonVersion;

  /** Version of the container, digits and dots, such as `1.3`: the part of the image's tag after `v`. */
  readonly containerVersion: string;
}
