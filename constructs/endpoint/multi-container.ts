import { Token } from 'aws-cdk-lib/core';
import { check } from './check';
import { checkContainer, type Container } from './model-container';

/** One of several containers. */
export type ModelContainer = Container & {
  /**
   * Name of the container in metrics, logs and calls (`TargetContainerHostname`), 1 to 63 letters, digits and `-`. Give it to all
   * containers or to none; those of mode `Direct` need it.
   *
   * @default - made up by SageMaker from the position in the list
   */
  readonly hostname?: string;
};

/** Several containers on the same instances. Their images must listen on the port of `SAGEMAKER_BIND_TO_PORT`. */
export interface ContainerList {
  /** The containers, 2 to 15. In an inference pipeline the first gets the request, and the last gives the answer. */
  readonly containers: readonly ModelContainer[];

  /**
   * `Serial`: an inference pipeline, in which each container gets the answer of the one before it. `Direct`: each request names
   * the container that answers it.
   *
   * @default 'Serial'
   */
  readonly mode?: 'Serial' | 'Direct';

  readonly image?: never;
  readonly artifact?: never;
  readonly modelPackageArn?: never;
  readonly models?: never;
  readonly modelCacheSetting?: never;
  readonly source?: never;
  readonly environment?: never;
}

/** @see https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-endpoints.html */
export function checkContainers(path: string, { containers, mode = 'Serial' }: ContainerList): void {
  const checkAll = check(path, 'containers');
  checkAll('', containers.length >= 2 && containers.length <= 15, 'hold 2 to 15 containers', containers.length);
  containers.forEach((container, index) => {
    const checkProp = check(path, `containers[${index}]`);
    checkContainer(checkProp, container);
    const { hostname } = container;
    if (hostname !== undefined && !Token.isUnresolved(hostname)) {
      const isName = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(hostname);
      checkProp('hostname', isName, 'be 1 to 63 letters, digits and -, with no - at either end', hostname);
    }
  });

  const hostnames = containers.flatMap(({ hostname }) => hostname ?? []);
  const named = `${hostnames.length} of ${containers.length} with 'hostname'`;
  const areAllNamed = hostnames.length === containers.length;
  checkAll(
    '',
    mode !== 'Direct' || areAllNamed,
    "all have 'hostname' in mode Direct, which is how they are called",
    named,
  );
  checkAll('', hostnames.length === 0 || areAllNamed, "all have 'hostname' or none of them", named);
  const repeated = hostnames.find((hostname, index) => hostnames.indexOf(hostname) !== index);
  checkAll('', repeated === undefined, "have different 'hostname's", repeated);

  const multiModel = containers.filter(({ models }) => models).length;
  checkAll('', mode !== 'Direct' || multiModel === 0, "have no 'models' in mode Direct", `${multiModel} with 'models'`);
  checkAll('', multiModel <= 1, "have 'models' at most once", `${multiModel} with 'models'`);
}
