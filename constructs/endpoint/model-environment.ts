import { Token } from 'aws-cdk-lib/core';
import type { Check } from './check';

export type Environment = Readonly<Record<string, string>>;

const MAX_BYTES = 32 * 1024;

/** Checks the variables of one container. */
export function checkEnvironment(checkProp: Check, environment: Environment = {}): void {
  const variables = Object.entries(environment);
  checkProp('environment', variables.length <= 100, 'hold at most 100 variables', `${variables.length} variables`);
  for (const [name, value] of variables) {
    checkProp(
      'environment',
      /^[A-Za-z_]\w{0,1023}$/.test(name),
      'name variables with letters, digits and _, not starting with a digit',
      name,
    );
    const isShort = Token.isUnresolved(value) || value.length <= 1024;
    checkProp(`environment.${name}`, isShort, 'have at most 1024 characters', `${value.length} characters`);
  }
}

/** Checks the size of all variables of a model, whose containers share one limit. What is not known yet counts as nothing. */
export function checkEnvironmentSize(checkProp: Check, environments: readonly (Environment | undefined)[]): void {
  const bytes = environments
    .flatMap(environment => Object.entries(environment ?? {}).flat())
    .filter(text => !Token.isUnresolved(text))
    .reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  checkProp('environment', bytes <= MAX_BYTES, `hold at most ${MAX_BYTES} bytes, of all containers together`, bytes);
}
