import { Token } from 'aws-cdk-lib/core';
import type { BatchInput } from './batch-data';
import type { BatchTransformProps } from './batch-transform';
import { type Check, checkPrefix, literal } from './check';
import { checkOptions } from './transform-options';

/** What the names of jobs may begin with: SageMaker writes names in lower case in ARNs, and policies tell case apart. */
export function jobNamePrefixOf(uniqueName: string): string {
  return uniqueName.toLowerCase().replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

/** Everything that is known to be wrong before anything is made. */
export function checkProps(check: Check, props: BatchTransformProps): void {
  const { model, input, output, dataCapture } = props;
  if ('modelName' in model && literal(model.modelName)) {
    const valid = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(model.modelName);
    check('model.modelName', valid, 'be 1 to 63 letters, digits and hyphens, none at its ends', model.modelName);
  }
  if ('modelNameParameter' in model && literal(model.modelNameParameter)) {
    const valid = /^(\/[\w.-]+){1,15}$/.test(model.modelNameParameter);
    check('model.modelNameParameter', valid, 'be a path such as /credit-risk/batch-model', model.modelNameParameter);
  }
  checkPrefix(check, 'input.prefix', input.prefix);
  checkPrefix(check, 'output.prefix', output.prefix);
  checkPrefix(check, 'dataCapture.prefix', dataCapture?.prefix);
  checkManifest(check, input);
  for (const [prop, type] of [
    ['input.contentType', input.contentType],
    ['output.accept', output.accept],
  ] as const) {
    const valid = !literal(type) || /^[\w.+-]+\/[\w.+-]+( *;.*)?$/.test(type);
    check(
      prop,
      valid && (type?.length ?? 0) <= 256,
      'be a MIME type such as text/csv, of at most 256 characters',
      type,
    );
  }
  checkLoop(check, input, 'output', output);
  if (dataCapture) checkLoop(check, input, 'dataCapture', dataCapture);
  checkOptions(check, props, input.splitType);
  checkWorkflow(check, props);
}

function checkManifest(check: Check, { manifest, prefix }: BatchInput): void {
  if (!literal(manifest) || Token.isUnresolved(prefix)) return;
  const valid = manifest.startsWith(`${prefix}/`) && /^[\w!.()=/-]+$/.test(manifest) && !manifest.endsWith('/');
  check('input.manifest', valid, `be the key of an object under 'input.prefix' (${prefix})`, manifest);
}

/** What is written under the input would be input the next time, and with `onUpload` at once and without an end. */
function checkLoop(check: Check, input: BatchInput, prop: string, written: BatchTransformProps['output'] | BatchInput) {
  if (!literal(input.prefix) || !literal(written.prefix) || input.bucket.node !== written.bucket.node) return;
  const apart = !`${written.prefix}/`.startsWith(`${input.prefix}/`);
  check(`${prop}.prefix`, apart, `not be under 'input.prefix' (${input.prefix}) of the same bucket`, written.prefix);
}

function checkWorkflow(check: Check, props: BatchTransformProps): void {
  const { jobNamePrefix, timeout, maxAttempts, onUpload, input, successTopic, failureTopic } = props;
  if (jobNamePrefix !== undefined) {
    const valid = /^[a-z0-9](-*[a-z0-9]){0,39}$/.test(jobNamePrefix) && jobNamePrefix.length <= 40;
    const rule = 'be 1 to 40 lower-case letters, digits and hyphens, none at its ends, and no token';
    check('jobNamePrefix', valid, rule, jobNamePrefix);
  }
  if (timeout && !timeout.isUnresolved()) {
    const minutes = timeout.toMilliseconds() / 60_000;
    const valid = minutes >= 5 && minutes <= 28 * 24 * 60;
    check('timeout', valid, 'be 5 minutes to 28 days', timeout.toHumanString());
  }
  const attempts =
    maxAttempts === undefined || (Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 10);
  check('maxAttempts', attempts, 'be a whole number from 1 to 10', maxAttempts);
  const { suffix } = onUpload ?? {};
  const plain = suffix === undefined || (suffix !== '' && !/[*\\]/.test(suffix));
  check('onUpload.suffix', plain, 'be a text without * and \\', suffix);
  const unique = suffix === undefined || input.manifest === undefined;
  check('onUpload.suffix', unique, "be left out with 'input.manifest', whose arrival starts the transform", suffix);
  const apart = failureTopic === undefined || failureTopic !== successTopic;
  check('failureTopic', apart, "be another topic than 'successTopic'", failureTopic?.node.path);
  const used = props.topicEncryptionKey === undefined || !(successTopic && failureTopic);
  check(
    'topicEncryptionKey',
    used,
    "be left out when 'successTopic' and 'failureTopic' are given",
    props.topicEncryptionKey?.node.path,
  );
}
