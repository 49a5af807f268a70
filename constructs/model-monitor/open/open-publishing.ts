import { type OpenWorkflowOptions, failed } from './open-states';
import { type State, jsonata, retry, task } from '../states';

/** Parts of metrics that a run can have, of 500 each: the list of more would not fit into a state. */
const MOST_PARTS = 200;

/** From the job's summary to the last of its metrics, which the job writes as requests and the workflow sends. */
export function publish({ partition, namespace }: OpenWorkflowOptions): Record<string, State> {
  const read = (key: string) => ({
    ...task(partition, 's3:getObject', { Bucket: jsonata('$bucket'), Key: jsonata(key) }),
    Retry: [{ ErrorEquals: ['S3.NoSuchKeyException'], MaxAttempts: 0 }, retry(4)],
  });
  const summary = {
    ...read("$folder & '/summary.json'"),
    Assign: { summary: jsonata('$parse($states.result.Body)') },
    Catch: [failed],
  };
  if (namespace === undefined) return { ReadSummary: { ...summary, Next: 'Done' } };
  return {
    ReadSummary: { ...summary, Next: 'ListMetrics' },
    ListMetrics: {
      ...task(partition, 's3:listObjectsV2', {
        Bucket: jsonata('$bucket'),
        Prefix: jsonata("$folder & '/metrics/'"),
        MaxKeys: MOST_PARTS,
      }),
      Assign: { parts: jsonata('[$states.result.Contents.Key]') },
      Catch: [failed],
      Next: 'PublishMetrics',
    },
    PublishMetrics: {
      Type: 'Map',
      Items: jsonata('$parts'),
      MaxConcurrency: 4,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'ReadMetrics',
        States: {
          ReadMetrics: {
            ...read('$states.input'),
            Output: jsonata('$parse($states.result.Body)'),
            Next: 'PutMetrics',
          },
          PutMetrics: {
            ...task(partition, 'cloudwatch:putMetricData', {
              Namespace: namespace,
              MetricData: jsonata('[$states.input]'),
            }),
            End: true,
          },
        },
      },
      Output: {},
      Catch: [failed],
      Next: 'Done',
    },
  };
}
