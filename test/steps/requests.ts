import type { DeployedApp } from './deployed-app';
import { GroundTruth } from '../../constructs/model-monitor';
import type { Json } from '../support/pipeline-calls';

/** A request to the endpoint and what came true of it. */
export interface ScoredLoan {
  readonly id: string;
  readonly features: readonly string[];
  readonly answer: string;
  readonly label: string;
}

/** Writes what the endpoint with a name captures of requests, one for each loan, in the hours of a day. */
export function capture(app: DeployedApp, endpointName: string, day: string, loans: readonly ScoredLoan[]): void {
  const { config } = endpointOf(app, endpointName);
  const { DataCaptureConfig, ProductionVariants } = config as {
    DataCaptureConfig: Capture;
    ProductionVariants: Json[];
  };
  const { DestinationS3Uri, CaptureContentTypeHeader, CaptureOptions } = DataCaptureConfig;
  const asText = CaptureContentTypeHeader?.CsvContentTypes?.includes('text/csv') ?? false;
  const part = (mode: 'Input' | 'Output', data: string) =>
    CaptureOptions.some(({ CaptureMode }) => CaptureMode === mode) && {
      [`endpoint${mode}`]: {
        observedContentType: 'text/csv',
        mode: mode.toUpperCase(),
        data: asText ? data : Buffer.from(data).toString('base64'),
        encoding: asText ? 'CSV' : 'BASE64',
      },
    };
  const hours = new Map<string, string[]>();
  loans.forEach(({ id, features, answer }, index) => {
    const hour = String(2 + (index % 20)).padStart(2, '0');
    const record = {
      captureData: { ...part('Input', features.join(',')), ...part('Output', answer) },
      eventMetadata: { eventId: `event-${id}`, inferenceId: id, inferenceTime: `${day}T${hour}:15:00Z` },
      eventVersion: '0',
    };
    hours.set(hour, [...(hours.get(hour) ?? []), JSON.stringify(record)]);
  });
  const folder = `${DestinationS3Uri}/${endpointName}/${String(ProductionVariants[0]?.VariantName)}`;
  for (const [hour, lines] of hours) {
    app.containers.put(`${folder}/${day.replaceAll('-', '/')}/${hour}/15-00-000-a.jsonl`, lines.join('\n'));
  }
}

/** Uploads what came true, as an application would. */
export function upload(app: DeployedApp, location: string, time: string, loans: readonly ScoredLoan[]): void {
  const [bucket = '', ...prefix] = location.slice('s3://'.length).split('/');
  const key = GroundTruth.key(prefix.join('/'), new Date(time), 'outcomes');
  app.containers.put(`s3://${bucket}/${key}`, GroundTruth.jsonLines(loans.map(({ id, label }) => ({ id, label }))));
}

interface Capture {
  readonly DestinationS3Uri: string;
  readonly CaptureContentTypeHeader?: { readonly CsvContentTypes?: readonly string[] };
  readonly CaptureOptions: readonly { readonly CaptureMode: string }[];
}

function endpointOf({ deployment }: DeployedApp, endpointName: string): { readonly config: Json } {
  const endpoint = deployment
    .resources('AWS::SageMaker::Endpoint')
    .find(({ stack, resource }) => deployment.resolve(stack, resource.Properties.EndpointName) === endpointName);
  const [id] = (endpoint?.resource.Properties.EndpointConfigName as { 'Fn::GetAtt': [string] })['Fn::GetAtt'];
  const config = deployment.resources('AWS::SageMaker::EndpointConfig').find(each => each.id === id);
  if (!config) throw new Error(`there is no endpoint ${endpointName}`);
  return { config: deployment.resolve(config.stack, config.resource.Properties) as Json };
}
