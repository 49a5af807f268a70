import { Token } from 'aws-cdk-lib/core';
import type { EndpointApiProps, Throttle } from './endpoint-api';

/** Everything that is known to be wrong before anything is made. */
export function checkApi(path: string, props: EndpointApiProps): void {
  const check = (prop: string, holds: boolean, rule: string, got: unknown = 'none') => {
    if (!holds) throw new Error(`${path}: '${prop}' must ${rule}, got: ${String(got)}`);
  };
  const { endpointName, contentTypes = ['application/json'], headers = {}, binaryMediaTypes, timeout } = props;
  const isName = (name: string) => Token.isUnresolved(name) || /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name);
  const name = 'be 1 to 63 letters, digits and hyphens, none at its ends';
  check('endpointName', isName(endpointName), name, endpointName);
  const { path: route } = props;
  // The gateway answers these itself.
  const isPath = route === undefined || (/^[\w.-]+(\/[\w.-]+)*$/.test(route) && !/^s?ping$/.test(route));
  check('path', isPath, 'be parts of letters, digits and ._-, with slashes between, and neither ping nor sping', route);

  const count = contentTypes.length;
  check('contentTypes', count >= 1 && count <= 10, 'hold 1 to 10 MIME types', `${count} types`);
  const isType = (type: string) => /^[\w.+-]+\/[\w.+-]+$/.test(type);
  for (const [prop, types] of Object.entries({ contentTypes, binaryMediaTypes: binaryMediaTypes ?? [] })) {
    for (const type of types) check(prop, isType(type), 'hold MIME types such as text/csv, without parameters', type);
  }
  const both = binaryMediaTypes?.find(type => contentTypes.includes(type));
  check('binaryMediaTypes', both === undefined, "hold no type that is in 'contentTypes', too", both);
  const fits = props.requestSchema === undefined || contentTypes.includes('application/json');
  check('requestSchema', fits, "come with application/json in 'contentTypes'", contentTypes.join(', '));

  const { inferenceComponents, targetModels } = props;
  checkNeeds(check, 'inferenceComponents', inferenceComponents, headers.inferenceComponent);
  checkNeeds(check, 'targetModels', targetModels, headers.targetModel);
  const known = headers.inferenceComponent === undefined || inferenceComponents !== undefined;
  check('headers.inferenceComponent', known, "come with 'inferenceComponents', the ones that may be asked for", 'none');
  for (const each of inferenceComponents ?? [])
    check('inferenceComponents', isName(each), `hold names that are ${name.slice(3)}`, each);

  checkThrottle(check, 'throttle', props.throttle);
  checkThrottle(check, 'keyedUsage.throttle', props.keyedUsage?.throttle);
  const { quota } = props.keyedUsage ?? {};
  const isQuota = quota === undefined || (Number.isInteger(quota.limit) && quota.limit >= 1);
  check('keyedUsage.quota.limit', isQuota, 'be a whole number of 1 or more', quota?.limit);
  if (timeout && !timeout.isUnresolved()) {
    const milliseconds = timeout.toMilliseconds();
    const valid = milliseconds >= 50 && milliseconds <= 60_000;
    check('timeout', valid, 'be 50 milliseconds to 60 seconds', timeout.toHumanString());
  }
}

type Check = (prop: string, holds: boolean, rule: string, got: unknown) => void;

function checkNeeds(
  check: Check,
  prop: string,
  names: readonly string[] | undefined,
  header: string | undefined,
): void {
  if (names === undefined) return;
  check(prop, names.length > 0, 'hold at least one name', 'none');
  const singular = prop.slice(0, -1);
  check(prop, header === 'required', `come with the header '${singular}', required`, header ?? 'no header');
}

function checkThrottle(check: Check, prop: string, throttle?: Throttle): void {
  if (throttle === undefined) return;
  check(`${prop}.rateLimit`, throttle.rateLimit > 0, 'be more than 0', throttle.rateLimit);
  const isBurst = Number.isInteger(throttle.burstLimit) && throttle.burstLimit >= 1;
  check(`${prop}.burstLimit`, isBurst, 'be a whole number of 1 or more', throttle.burstLimit);
}
