import type { Channel, Direction } from './content';

/** What the tabular algorithms read, in File and in Pipe mode. */
export const TABULAR_TYPES = ['application/x-recordio-protobuf', 'text/csv'];

export function tabularChannels(optional: readonly string[]): readonly Channel[] {
  const train: Channel = { name: 'train', required: true, contentTypes: TABULAR_TYPES };
  return [train, ...optional.map((name): Channel => ({ name, contentTypes: TABULAR_TYPES }))];
}

/** Metrics with their better end, measured on each of some channels. */
export function metricsOn(
  channels: readonly string[],
  metrics: Readonly<Record<string, Direction>>,
): Readonly<Record<string, Direction>> {
  const entries = channels.flatMap(channel =>
    Object.entries(metrics).map(([name, direction]): [string, Direction] => [`${channel}:${name}`, direction]),
  );
  return Object.fromEntries(entries);
}
