import { type Column, type NonEmpty, refuse, requireFraction, requireWhole } from './rule';

interface PredictorBase {
  /** Instance type of the temporary endpoint that answers the job's requests, such as `ml.m5.large`. */
  readonly instanceType: string;

  /**
   * Number of its instances, at least 1.
   *
   * @default 1
   */
  readonly instanceCount?: number;

  /**
   * Format of the model's answers.
   *
   * @default - the format of the requests
   */
  readonly acceptType?: 'text/csv' | 'application/jsonlines' | 'application/json';

  /**
   * Where the predicted label is in an answer: index in CSV, JMESPath expression in JSON.
   *
   * @default - the answer is one label or one score
   */
  readonly label?: Column;

  /**
   * Where the scores are in an answer: index in CSV, JMESPath expression in JSON.
   *
   * @default - the answer is one label or one score
   */
  readonly probability?: Column;

  /**
   * Label that each score stands for, in the order of the scores.
   *
   * @default - the answer names the label, or there is one score
   */
  readonly labelHeaders?: NonEmpty<string>;

  /**
   * Score above which a binary prediction counts as positive, more than 0 and less than 1.
   *
   * @default 0.5
   */
  readonly probabilityThreshold?: number;

  /**
   * Value of the header `X-Amzn-SageMaker-Custom-Attributes` in each request, at most 1,024 visible ASCII characters.
   *
   * @default - no such header
   */
  readonly customAttributes?: string;

  /**
   * Start of the temporary endpoint's name: letters, digits and hyphens. The job's role has to allow that name.
   *
   * @default - chosen by Clarify
   */
  readonly endpointNamePrefix?: string;

  /**
   * Model to ask on a multi-model endpoint.
   *
   * @default - the endpoint has one model
   */
  readonly targetModel?: string;
}

interface PlainRequests {
  /**
   * Format of the requests.
   *
   * @default - the format of the dataset
   */
  readonly contentType?: 'text/csv' | 'image/jpeg' | 'image/png' | 'application/x-npy';
  readonly contentTemplate?: never;
  readonly recordTemplate?: never;
}

interface JsonLinesRequests {
  readonly contentType: 'application/jsonlines';
  /** Request line, with the placeholder `$features` for the list of features. */
  readonly contentTemplate: string;
  readonly recordTemplate?: never;
}

interface JsonRequests {
  readonly contentType: 'application/json';
  /** Request, with the placeholder `$record` for one record or `$records` for a list of them. */
  readonly contentTemplate: string;
  /** One record, with `$features`, `$features_kvp`, or `"${name}"` for each feature. */
  readonly recordTemplate: string;
}

/** The model under analysis: how it is hosted, asked and understood. Which model it is, is said at rendering. */
export type Predictor = PredictorBase & (PlainRequests | JsonLinesRequests | JsonRequests);

const PLACEHOLDERS: Partial<Record<string, string>> = {
  'application/jsonlines': '$features',
  'application/json': '$record',
};

/** How the model is hosted and asked, without how its answers are read. */
export function renderModel(predictor: Predictor, modelName?: string): Record<string, unknown> {
  return {
    model_name: modelName,
    instance_type: predictor.instanceType,
    initial_instance_count: predictor.instanceCount ?? 1,
    endpoint_name_prefix: predictor.endpointNamePrefix,
    accept_type: predictor.acceptType,
    content_type: predictor.contentType,
    content_template: predictor.contentTemplate,
    record_template: predictor.recordTemplate,
    custom_attributes: predictor.customAttributes,
    target_model: predictor.targetModel,
  };
}

export function renderPredictor(predictor: Predictor, modelName?: string): Record<string, unknown> {
  const { label, probability, labelHeaders } = predictor;
  return { ...renderModel(predictor, modelName), label, probability, label_headers: labelHeaders };
}

export function validatePredictor(path: string, predictor: Predictor): void {
  const { instanceType, instanceCount, contentType, contentTemplate, customAttributes, endpointNamePrefix } = predictor;
  if (!instanceType.startsWith('ml.')) {
    refuse(path, 'predictor.instanceType', "start with 'ml.'", instanceType);
  }
  requireWhole(path, 'predictor.instanceCount', instanceCount, 1);
  requireFraction(path, 'predictor.probabilityThreshold', predictor.probabilityThreshold);
  if (customAttributes !== undefined && !/^[\x20-\x7e]{1,1024}$/.test(customAttributes)) {
    refuse(path, 'predictor.customAttributes', 'be 1 to 1024 visible ASCII characters', customAttributes);
  }
  if (endpointNamePrefix !== undefined && !/^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/.test(endpointNamePrefix)) {
    refuse(
      path,
      'predictor.endpointNamePrefix',
      'be letters, digits and hyphens, with no hyphen first or last',
      endpointNamePrefix,
    );
  }
  const placeholder = contentType && PLACEHOLDERS[contentType];
  if (placeholder !== undefined && !contentTemplate?.includes(placeholder)) {
    refuse(
      path,
      'predictor.contentTemplate',
      `hold the placeholder ${placeholder} for ${contentType}`,
      contentTemplate,
    );
  }
}
