import type { Channel, TrainingInputMode } from '@aws-sdk/client-sagemaker';
import { Stack } from 'aws-cdk-lib/core';
import type { FileSet } from '../../assets';
import type { Arguments } from '../arguments';
import { Expression, Late, text, type Value } from '../expression';
import type { Rule } from '../problem';

/**
 * A program that the container of a framework runs: PyTorch, TensorFlow, scikit-learn, XGBoost, Hugging Face, or a container of
 * your own with the SageMaker training toolkit.
 *
 * @see https://github.com/aws/sagemaker-training-toolkit
 */
export interface TrainingScript {
  /** Files of the program. Packages in a `requirements.txt` among them are installed first, which needs the network. */
  readonly files: FileSet;

  /** The file that runs, such as `train.py`: one of `files`, outside of folders. It gets the hyperparameters as arguments. */
  readonly entry: string;
}

/** Name of the channel that brings the files. */
const CODE_CHANNEL = 'code';

const CODE_PATH = `/opt/ml/input/data/${CODE_CHANNEL}`;

/**
 * The files as a channel. The toolkit copies a folder that `sagemaker_submit_directory` names, so the container needs neither
 * credentials nor a network to get its program, and nothing must be packed.
 */
export function renderScriptChannel(
  { files }: TrainingScript,
  inputMode: TrainingInputMode | undefined,
): Arguments<Channel> {
  return {
    ChannelName: CODE_CHANNEL,
    InputMode: inputMode === undefined || inputMode === 'File' ? undefined : 'File',
    DataSource: {
      S3DataSource: {
        S3DataType: 'S3Prefix',
        S3Uri: new Late(({ scope }) => files.bind(scope).s3Uri),
        S3DataDistributionType: 'FullyReplicated',
      },
    },
  };
}

/** The hyperparameters that tell the toolkit what to run. */
export function scriptHyperparameters(script: TrainingScript | undefined): Record<string, Value<string> | Late> {
  return script
    ? {
        sagemaker_program: toJson(script.entry),
        sagemaker_submit_directory: toJson(CODE_PATH),
        // The toolkit hands it to the program as SAGEMAKER_REGION.
        sagemaker_region: new Late(({ scope }) => JSON.stringify(Stack.of(scope).region)),
      }
    : {};
}

/** A hyperparameter as the toolkit reads it and as the Python SDK writes it: as JSON, but for texts that are not known yet. */
export function toJson(value: Value): Value<string> {
  return value instanceof Expression || typeof value !== 'string' ? text(value) : JSON.stringify(value);
}

export function scriptRules(script: TrainingScript | undefined, inputs: object): readonly Rule[] {
  if (!script) return [];
  const { files, entry } = script;
  return [
    [
      files.fileNames.includes(entry) && !entry.includes('/'),
      `'script.entry' must be one of the files outside of folders (${files.fileNames.filter(name => !name.includes('/')).join(', ')}), got: ${entry}`,
    ],
    [
      !Object.hasOwn(inputs, CODE_CHANNEL),
      `'inputs' must not use the name ${CODE_CHANNEL}, which 'script' takes, got: ${CODE_CHANNEL}`,
    ],
  ];
}
