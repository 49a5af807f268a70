import { ContainerImage } from '../../images';
import type { Expression, Value } from '../expression';
import { isUnknown, type Rule } from '../problem';
import type { AlgorithmContent, AlgorithmJob, Channel } from './content';
import { boolean, type Choice, continuous, type Flag, type Hyperparameter } from './hyperparameter';
import { type HyperparameterValues, integer, oneOf, shown } from './hyperparameter';
import { hasGpu, mediaType, settingsOf } from './job-rules';

/**
 * Hyperparameters of image classification (MXNet), in its own names.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/IC-Hyperparameter.html
 */
export interface ImageClassificationHyperparameters {
  /** Number of classes: 1 or more. */
  readonly num_classes: Value<number>;
  /** Number of images in the `train` channel: 1 or more. */
  readonly num_training_samples: Value<number>;
  /** How images are varied: cropped and flipped, and their colors changed, and they are rotated and sheared. @default - they are not */
  readonly augmentation_type?: Choice<'crop' | 'crop_color' | 'crop_color_transform'>;
  /** Decay of the first moment, of adam: 0 to 1. @default 0.9 */
  readonly beta_1?: Value<number>;
  /** Decay of the second moment, of adam: 0 to 1. @default 0.999 */
  readonly beta_2?: Value<number>;
  /** Epochs from one stored model to the next: 1 to `epochs`. @default - the epoch with the best accuracy is stored */
  readonly checkpoint_frequency?: Value<number>;
  /** Training stops when the accuracy does not improve. @default false */
  readonly early_stopping?: Value<boolean>;
  /** Epochs before training may stop: 1 or more. @default 10 */
  readonly early_stopping_min_epochs?: Value<number>;
  /** Epochs without improvement after which training stops: 1 or more. @default 5 */
  readonly early_stopping_patience?: Value<number>;
  /** Relative improvement that counts as none: 0 to 1. @default 0 */
  readonly early_stopping_tolerance?: Value<number>;
  /** Passes over the data: 1 or more. @default 30 */
  readonly epochs?: Value<number>;
  /** Guards against division by zero, of adam and rmsprop: 0 to 1. @default 1e-8 */
  readonly eps?: Value<number>;
  /** Decay of the moving average, of rmsprop: 0 to 1. @default 0.9 */
  readonly gamma?: Value<number>;
  /** Channels, height and width of the images that the network sees, such as `3,224,224`. @default 3,224,224 */
  readonly image_shape?: Value<string>;
  /** How several instances agree on weights: after each batch, or as they go. @default - by the algorithm */
  readonly kv_store?: Choice<'dist_sync' | 'dist_async'>;
  /** Step size at the beginning: 0 to 1. @default 0.1 */
  readonly learning_rate?: Value<number>;
  /** What the step size is multiplied by: 0 to 1. @default 0.1 */
  readonly lr_scheduler_factor?: Value<number>;
  /** Epochs at which the step size is reduced, with commas between them. @default - none */
  readonly lr_scheduler_step?: Value<string>;
  /** Images in a batch: 1 or more. @default 32 */
  readonly mini_batch_size?: Value<number>;
  /** Momentum of sgd and nag: 0 to 1. @default 0.9 */
  readonly momentum?: Value<number>;
  /** 1: an image may have several labels. @default 0 */
  readonly multi_label?: Flag;
  /** Layers of the network: the first seven for large images and with `use_pretrained_model`, the others for small ones. @default 152 */
  readonly num_layers?: 18 | 34 | 50 | 101 | 152 | 200 | 20 | 32 | 44 | 56 | 110 | Expression<number>;
  /** How weights are changed. @default sgd */
  readonly optimizer?: Choice<'sgd' | 'adam' | 'rmsprop' | 'nag'>;
  /** Precision of the weights. @default float32 */
  readonly precision_dtype?: Choice<'float32' | 'float16'>;
  /** Length of an image's shortest side after resizing, in pixels: 1 or more. Required with image files. @default - images keep their size */
  readonly resize?: Value<number>;
  /** Reports how often the label is among the first predictions: 2 or more. @default - not reported */
  readonly top_k?: Value<number>;
  /** 1: starts from a network that knows ImageNet. @default 0 */
  readonly use_pretrained_model?: Flag;
  /** 1: rare classes weigh more, with `multi_label`. @default 0 */
  readonly use_weighted_loss?: Flag;
  /** Weight decay of sgd and nag: 0 to 1. @default 0.0001 */
  readonly weight_decay?: Value<number>;
}

const RECORDS = ['application/x-recordio'];
const IMAGES = ['application/x-image', 'image/jpeg', 'image/png'];
const DEEP_LAYERS = [18, 34, 50, 101, 152, 200];
const LAYERS = [...DEEP_LAYERS, 20, 32, 44, 56, 110];

const optimizer = (...values: readonly string[]) => ({ name: 'optimizer', values, default: 'sgd' });
const whenStopping = { onlyWith: { name: 'early_stopping', values: [true] } };
const share = { min: 0, max: 1 };

const HYPERPARAMETERS: Record<keyof ImageClassificationHyperparameters, Hyperparameter> = {
  num_classes: integer({ min: 1 }),
  num_training_samples: integer({ min: 1 }),
  augmentation_type: oneOf(['crop', 'crop_color', 'crop_color_transform']),
  beta_1: continuous(share, { tunable: true, onlyWith: optimizer('adam') }),
  beta_2: continuous(share, { tunable: true, onlyWith: optimizer('adam') }),
  checkpoint_frequency: integer({ min: 1 }),
  early_stopping: boolean('True'),
  early_stopping_min_epochs: integer({ min: 1 }, whenStopping),
  early_stopping_patience: integer({ min: 1 }, whenStopping),
  early_stopping_tolerance: continuous(share, whenStopping),
  epochs: integer({ min: 1 }),
  eps: continuous(share, { tunable: true, onlyWith: optimizer('adam', 'rmsprop') }),
  gamma: continuous(share, { tunable: true, onlyWith: optimizer('rmsprop') }),
  image_shape: {
    type: 'FreeText',
    rule: 'three whole numbers of 1 or more with commas between them, such as 3,224,224',
    holds: value => /^\s*[1-9]\d*(\s*,\s*[1-9]\d*){2}\s*$/.test(String(value)),
  },
  kv_store: oneOf(['dist_sync', 'dist_async']),
  learning_rate: continuous(share, { tunable: true }),
  lr_scheduler_factor: continuous(share),
  lr_scheduler_step: {
    type: 'FreeText',
    rule: 'whole numbers of 1 or more with commas between them',
    holds: value => /^\s*[1-9]\d*(\s*,\s*[1-9]\d*)*\s*$/.test(String(value)),
  },
  mini_batch_size: integer({ min: 1 }, { tunable: true }),
  momentum: continuous(share, { tunable: true, onlyWith: optimizer('sgd', 'nag') }),
  multi_label: integer(share),
  num_layers: { type: 'Integer', rule: `one of ${LAYERS.join(', ')}`, holds: value => LAYERS.includes(Number(value)) },
  optimizer: oneOf(['sgd', 'adam', 'rmsprop', 'nag'], { tunable: true }),
  precision_dtype: oneOf(['float32', 'float16']),
  resize: integer({ min: 1 }),
  top_k: integer({ min: 2 }),
  use_pretrained_model: integer(share),
  use_weighted_loss: integer(share, { onlyWith: { name: 'multi_label', values: [1] } }),
  weight_decay: continuous(share, { tunable: true, onlyWith: optimizer('sgd', 'nag') }),
};

export function imageClassification(hyperparameters: ImageClassificationHyperparameters): AlgorithmContent {
  const given: HyperparameterValues = { ...hyperparameters };
  const images = { contentTypes: [...RECORDS, ...IMAGES], pipedContentTypes: RECORDS };
  const list = { contentTypes: IMAGES };
  const channels: readonly Channel[] = [
    { name: 'train', required: true, ...images },
    { name: 'validation', required: true, ...images },
    { name: 'train_lst', ...list },
    { name: 'validation_lst', ...list },
    { name: 'model', contentTypes: ['application/x-sagemaker-model'], pipedContentTypes: [] },
  ];
  return {
    name: 'image classification',
    image: ContainerImage.builtInAlgorithm('image-classification'),
    given,
    hyperparameters: HYPERPARAMETERS,
    channels,
    metrics: { 'validation:accuracy': 'Maximize' },
    measuredOn: ['validation'],
    checkpoints: true,
    rules: () => rulesBetween(given),
    jobRules: job => jobRules(given, job),
  };
}

function rulesBetween({
  checkpoint_frequency,
  epochs = 30,
  image_shape,
  num_layers,
  use_pretrained_model,
}: HyperparameterValues): readonly Rule[] {
  const pretrained = use_pretrained_model === 1;
  const shape = isUnknown(image_shape) ? undefined : String(image_shape).replaceAll(' ', '');
  return [
    [
      isUnknown(checkpoint_frequency) || isUnknown(epochs) || Number(checkpoint_frequency) <= Number(epochs),
      `'algorithm.checkpoint_frequency' must be at most epochs (${shown(epochs)}), got: ${shown(checkpoint_frequency)}`,
    ],
    [
      !pretrained || isUnknown(num_layers) || DEEP_LAYERS.includes(Number(num_layers)),
      `'algorithm.num_layers' must be one of ${DEEP_LAYERS.join(', ')} with use_pretrained_model, got: ${shown(num_layers)}`,
    ],
    [
      !pretrained || shape === undefined || shape.endsWith(',224,224'),
      `'algorithm.image_shape' must be of 224 by 224 pixels with use_pretrained_model, got: ${shown(image_shape)}`,
    ],
  ];
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/image-classification.html */
function jobRules({ resize }: HyperparameterValues, job: AlgorithmJob): readonly Rule[] {
  return [
    [
      hasGpu(job.instanceType) !== false,
      `'instanceType' must have a GPU with image classification, got: ${shown(job.instanceType)}`,
    ],
    ...['train', 'validation'].flatMap((name): readonly Rule[] => {
      const { contentType, dataType, recordWrapper, distribution, inputMode = job.inputMode } = settingsOf(job, name);
      const type = isUnknown(contentType) ? '' : mediaType(String(contentType));
      return [
        [
          dataType !== 'AugmentedManifestFile' || recordWrapper === 'RecordIO',
          `'inputs.${name}.recordWrapper' must be RecordIO for an augmented manifest with image classification, got: ${recordWrapper ?? 'None'}`,
        ],
        [
          distribution !== 'ShardedByS3Key' || inputMode !== 'Pipe' || !RECORDS.includes(type),
          `'inputs.${name}.distribution' must be FullyReplicated for RecordIO in Pipe mode with image classification, got: ShardedByS3Key`,
        ],
        [
          !IMAGES.includes(type) || resize !== undefined,
          `'algorithm.resize' must be given with images as files, got: none`,
        ],
      ];
    }),
  ];
}
