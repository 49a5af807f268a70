import { Names, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Check } from './check';

/** Name of an endpoint from the path of its construct, known at synthesis. */
export function derivedEndpointName(scope: Construct): string {
  // Lower case, because that is how SageMaker writes names in ARNs, which policies compare by case.
  return Names.uniqueResourceName(scope, {
    maxLength: 63,
    separator: '-',
    allowedSpecialCharacters: '-',
  }).toLowerCase();
}

export function checkEndpointName(checkProp: Check, name: string | undefined): void {
  // A token would leave clients and alarms without a name before the endpoint exists.
  const isName = name === undefined || (!Token.isUnresolved(name) && /^[a-z0-9](-*[a-z0-9]){0,62}$/.test(name));
  checkProp('endpointName', isName, 'be 1 to 63 lower-case letters, digits and -, with no - at either end', name);
}
