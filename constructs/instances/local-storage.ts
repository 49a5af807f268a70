/** Families of SageMaker instance types all of whose sizes have an instance store. */
const WITH_LOCAL_STORAGE: ReadonlySet<string> = new Set([
  ...['c5d', 'c6gd', 'c6id', 'i3en', 'm5d', 'm6gd', 'm6id', 'r5d', 'r6gd', 'r6id', 'r7gd'],
  ...['dl1', 'g4dn', 'g5', 'g6', 'g6e', 'g7', 'g7e', 'gr6', 'p3dn', 'p4d', 'p4de', 'p5', 'p5e', 'p5en'],
  ...['p6-b200', 'p6-b300', 'p6e-gb200', 'trn1', 'trn1n', 'trn2'],
]);

/**
 * Whether an instance type such as `ml.g5.xlarge` keeps its data on local NVMe disks, which the hardware encrypts. SageMaker then
 * attaches no volume, and refuses a key for it. False where the family is a token.
 *
 * The families are those in SageMaker's API for whose sizes EC2's DescribeInstanceTypes says `InstanceStorageSupported`, in the copy
 * of its answers that an open-source emulator of AWS ships (moto 5.2). Those of G7 and P6e-GB200, which are missing there, are from EC2's published specifications.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
 */
export function hasLocalStorage(instanceType: string): boolean {
  return WITH_LOCAL_STORAGE.has(/^ml\.([^.]+)\./.exec(instanceType)?.[1] ?? '');
}
