import { Expression } from '../expression';
import { isUnknown, type Rule } from '../problem';
import type { AlgorithmContent, AlgorithmJob, Channel, ChannelSettings } from './content';

/** Rules for the channels of a job that runs an algorithm. */
export function channelRules({ name, channels }: AlgorithmContent, job: AlgorithmJob): readonly Rule[] {
  const given = Object.keys(job.inputs);
  const known = channels.map(channel => channel.name);
  return [
    ...channels.map((channel): Rule => [
      channel.required !== true || given.includes(channel.name),
      `'inputs' must have the channel ${channel.name}, which ${name} needs, got: ${given.join(', ')}`,
    ]),
    ...given.map((channel): Rule => [
      known.includes(channel),
      `'inputs' must have no other channels than ${known.join(', ')}, which ${name} reads, got: ${channel}`,
    ]),
    ...channels.filter(channel => given.includes(channel.name)).flatMap(channel => settingRules(name, channel, job)),
  ];
}

function settingRules(algorithm: string, channel: Channel, job: AlgorithmJob): readonly Rule[] {
  const settings = settingsOf(job, channel.name);
  const piped = modeOf(job, channel.name) === 'Pipe' && settings.dataType !== 'AugmentedManifestFile';
  const types = piped ? (channel.pipedContentTypes ?? channel.contentTypes) : channel.contentTypes;
  const prop = `'inputs.${channel.name}`;
  if (types?.length === 0) return [[false, `${prop}.inputMode' must be File or FastFile with ${algorithm}, got: Pipe`]];
  const needsType = piped && channel.pipedContentTypes !== undefined;
  const contentType = isUnknown(settings.contentType) ? undefined : mediaType(String(settings.contentType));
  return [
    [
      types === undefined || (contentType === undefined ? !isNone(settings, needsType) : types.includes(contentType)),
      `${prop}.contentType' must be one of ${(types ?? []).join(', ')} with ${algorithm}${piped ? ' in Pipe mode' : ''}, got: ${contentType ?? 'none'}`,
    ],
    [
      channel.distribution === undefined || (settings.distribution ?? 'FullyReplicated') === channel.distribution,
      `${prop}.distribution' must be ${channel.distribution ?? ''} with ${algorithm}, got: ${settings.distribution ?? 'FullyReplicated'}`,
    ],
  ];
}

function isNone({ contentType }: ChannelSettings, needed: boolean): boolean {
  return needed && contentType === undefined;
}

/** What a channel says; a channel that is only a URI says nothing. */
export function settingsOf({ inputs }: AlgorithmJob, channel: string): ChannelSettings {
  const input = Object.hasOwn(inputs, channel) ? inputs[channel] : undefined;
  return typeof input === 'object' && input !== null && !(input instanceof Expression) ? input : {};
}

export function modeOf(job: AlgorithmJob, channel: string): string {
  return settingsOf(job, channel).inputMode ?? job.inputMode ?? 'File';
}

/** `text/csv` of `text/csv;label_size=1`. */
export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** Whether an instance type has GPUs of NVIDIA; undefined when the type is not known at synthesis. */
export function hasGpu(instanceType: AlgorithmJob['instanceType']): boolean | undefined {
  return isUnknown(instanceType) ? undefined : /^ml\.(p|g|gr)\d/.test(String(instanceType));
}

/** Whether a job certainly has several instances. */
export function hasSeveralInstances({ instanceCount }: AlgorithmJob): boolean {
  return !isUnknown(instanceCount) && Number(instanceCount) > 1;
}
