// The versions in catalogue/*.json, as types: test/constructs/images.test.ts proves that the two agree.

/** SageMaker built-in algorithms; XGBoost has its own factory. */
export type BuiltInAlgorithm =
  | 'blazingtext'
  | 'factorization-machines'
  | 'forecasting-deepar'
  | 'image-classification'
  | 'ipinsights'
  | 'kmeans'
  | 'knn'
  | 'lda'
  | 'linear-learner'
  | 'ntm'
  | 'object-detection'
  | 'object2vec'
  | 'pca'
  | 'randomcutforest'
  | 'semantic-segmentation'
  | 'seq2seq';

export type XgboostVersion =
  '0.90-1' | '0.90-2' | '1' | '1.0-1' | '1.2-1' | '1.2-2' | '1.3-1' | '1.5-1' | '1.7-1' | '3.0-5' | '3.2-0';

export type ScikitLearnVersion = '0.20.0' | '0.23-1' | '1.0-1' | '1.2-1' | '1.4-2' | '1.4-2-py312';

export type SparkVersion = '2.4' | '3.0' | '3.1' | '3.2' | '3.3' | '3.5';

export type DataWranglerVersion = '1.x' | '2.x' | '3.x';

export type SagemakerDistributionVersion = '3.2.0';

export type PytorchVersion =
  | '0.4.0'
  | '1.0.0'
  | '1.1.0'
  | '1.2.0'
  | '1.3.1'
  | '1.4.0'
  | '1.5.0'
  | '1.6.0'
  | '1.7.1'
  | '1.8.0'
  | '1.8.1'
  | '1.9.0'
  | '1.9.1'
  | '1.10.0'
  | '1.10.2'
  | '1.11.0'
  | '1.12.0'
  | '1.12.1'
  | '1.13.1'
  | '2.0.0'
  | '2.0.1'
  | '2.1.0'
  | '2.2.0'
  | '2.2.1'
  | '2.3.0'
  | '2.4.0'
  | '2.5.1'
  | '2.6.0'
  | '2.7.1'
  | '2.8.0';

export type TensorflowVersion =
  | '1.4.1'
  | '1.5.0'
  | '1.6.0'
  | '1.7.0'
  | '1.8.0'
  | '1.9.0'
  | '1.10.0'
  | '1.11.0'
  | '1.12.0'
  | '1.13.0'
  | '1.13.1'
  | '1.14.0'
  | '1.15.0'
  | '1.15.2'
  | '1.15.3'
  | '1.15.4'
  | '1.15.5'
  | '2.0.0'
  | '2.0.1'
  | '2.0.2'
  | '2.0.3'
  | '2.0.4'
  | '2.1.0'
  | '2.1.1'
  | '2.1.2'
  | '2.1.3'
  | '2.2.0'
  | '2.2.1'
  | '2.2.2'
  | '2.3.0'
  | '2.3.1'
  | '2.3.2'
  | '2.4.1'
  | '2.4.3'
  | '2.5.0'
  | '2.5.1'
  | '2.6.0'
  | '2.6.2'
  | '2.6.3'
  | '2.7.0'
  | '2.7.1'
  | '2.8.0'
  | '2.8.4'
  | '2.9.1'
  | '2.9.2'
  | '2.9.3'
  | '2.10.0'
  | '2.10.1'
  | '2.11.0'
  | '2.11.1'
  | '2.12.0'
  | '2.12.1'
  | '2.13.0'
  | '2.14.1'
  | '2.16.1'
  | '2.16.2'
  | '2.18.0'
  | '2.19.0';

export type MxnetVersion =
  '0.12.1' | '1.0.0' | '1.1.0' | '1.2.1' | '1.3.0' | '1.4.0' | '1.4.1' | '1.6.0' | '1.7.0' | '1.8.0' | '1.9.0';

export type AutogluonVersion =
  | '0.3.1'
  | '0.3.2'
  | '0.4.0'
  | '0.4.2'
  | '0.4.3'
  | '0.5.2'
  | '0.6.1'
  | '0.6.2'
  | '0.7.0'
  | '0.8.2'
  | '1.0.0'
  | '1.1.0'
  | '1.1.1'
  | '1.2.0'
  | '1.3.0'
  | '1.4.0'
  | '1.5.0';

/** Versions of the Transformers library. */
export type HuggingFaceVersion =
  | '4.4.2'
  | '4.5.0'
  | '4.6.1'
  | '4.10.2'
  | '4.11.0'
  | '4.12.3'
  | '4.17.0'
  | '4.26.0'
  | '4.28.1'
  | '4.34.1'
  | '4.36.0'
  | '4.36.2'
  | '4.37.0'
  | '4.43.2'
  | '4.46.1'
  | '4.48.0'
  | '4.48.1'
  | '4.49.0'
  | '4.51.0'
  | '4.51.3'
  | '4.55.0'
  | '4.55.4'
  | '4.56.2'
  | '5.3.0'
  | '5.5.3';

/** Frameworks that Hugging Face images are built on. */
export type BaseFrameworkVersion =
  | 'pytorch1.6.0'
  | 'pytorch1.7.1'
  | 'pytorch1.8.1'
  | 'pytorch1.9.0'
  | 'pytorch1.9.1'
  | 'pytorch1.10.2'
  | 'pytorch1.13.0'
  | 'pytorch1.13.1'
  | 'pytorch2.0.0'
  | 'pytorch2.1.0'
  | 'pytorch2.1.2'
  | 'pytorch2.3.0'
  | 'pytorch2.5.1'
  | 'pytorch2.6.0'
  | 'pytorch2.7.0'
  | 'pytorch2.7.1'
  | 'pytorch2.8.0'
  | 'pytorch2.9.0'
  | 'tensorflow2.4.1'
  | 'tensorflow2.5.1'
  | 'tensorflow2.6.3'
  | 'tensorflow2.11.0';

/** Pythons that images are built with. */
export type PythonVersion = 'py2' | 'py3' | 'py36' | 'py37' | 'py38' | 'py39' | 'py310' | 'py311' | 'py312';

/** Model servers, as JumpStart and the Hugging Face hub use them, and their versions. */
export interface ModelServerVersions {
  'djl-deepspeed': '0.19.0' | '0.20.0' | '0.21.0' | '0.22.1' | '0.23.0' | '0.24.0' | '0.25.0' | '0.26.0' | '0.27.0';
  'djl-fastertransformer': '0.21.0' | '0.22.1' | '0.23.0' | '0.24.0';
  'djl-lmi': '0.28.0' | '0.29.0' | '0.30.0' | '0.31.0' | '0.32.0' | '0.33.0' | '0.34.0' | '0.35.0' | '0.36.0';
  'djl-neuronx': '0.22.1' | '0.23.0' | '0.24.0' | '0.25.0' | '0.26.0' | '0.27.0' | '0.28.0' | '0.29.0';
  'djl-tensorrtllm': '0.25.0' | '0.26.0' | '0.27.0' | '0.28.0' | '0.29.0' | '0.30.0' | '0.32.0' | '0.33.0';
  'huggingface-llamacpp': 'b9522';
  'huggingface-llm':
    | '0.6.0'
    | '0.8.2'
    | '0.9.3'
    | '1.0.3'
    | '1.1.0'
    | '1.2.0'
    | '1.3.1'
    | '1.3.3'
    | '1.4.0'
    | '1.4.2'
    | '1.4.5'
    | '2.0.0'
    | '2.0.1'
    | '2.0.2'
    | '2.2.0'
    | '2.3.1'
    | '2.4.0'
    | '3.0.1'
    | '3.1.1'
    | '3.2.0'
    | '3.2.3'
    | '3.3.4'
    | '3.3.6';
  'huggingface-llm-neuronx':
    | '0.0.16'
    | '0.0.17'
    | '0.0.18'
    | '0.0.19'
    | '0.0.20'
    | '0.0.21'
    | '0.0.22'
    | '0.0.23'
    | '0.0.24'
    | '0.0.25'
    | '0.0.27'
    | '0.0.28'
    | '0.2.0'
    | '0.3.0';
  'huggingface-sglang': '0.5.8';
  'huggingface-tei': '1.2.3' | '1.4.0' | '1.6.0' | '1.7.0' | '1.8.0' | '1.8.2';
  'huggingface-vllm': '0.14.0' | '0.17.0' | '0.21.0';
  'huggingface-vllm-neuronx': '0.4.1' | '0.4.2' | '0.4.4';
  'huggingface-vllm-omni': '0.20.0';
  'sparkml-serving': '2.2' | '2.4' | '3.3';
  stabilityai: '0.1.0';
  tritonserver: '23.12' | '24.01' | '24.03' | '24.05' | '24.09' | '25.04' | '25.09' | '26.05';
}

/** Model kinds that Neo compiles, and the versions of their serving images. */
export interface NeoVersions {
  'image-classification': 'latest';
  mxnet: '1.5.1' | '1.8';
  pytorch: '1.4' | '1.5' | '1.6' | '1.7' | '1.8' | '1.9' | '1.12' | '1.13' | '2.0';
  tensorflow: '1.15.0' | '1.15.3' | '2.5.2' | '2.9.2';
  xgboost: 'latest';
}
