import type { DeployedApp } from './deployed-app';
import type { JobResult } from './containers';
import { callProblems, type Datum } from '../support/open-monitor';
import type { Json } from '../support/pipeline-calls';
import { type Call, type Execution, runStateMachine, START_OF_YEAR, TaskError } from '../support/state-machine';

/** A monitor of the Monitoring stack: its state machine runs here, and its jobs are real ones. */
export class LocalMonitor {
  public readonly published: { readonly namespace: string; readonly data: readonly Datum[] }[] = [];
  public readonly jobs = new Map<string, JobResult & { readonly role: string }>();
  private readonly schedule: Json;
  private readonly definition: object;

  /** `path` is what the logical ids of its resources begin with. */
  constructor(
    private readonly app: DeployedApp,
    private readonly path: string,
  ) {
    const one = (type: string) => {
      const found = app.deployment.resources(type).filter(({ id }) => id.startsWith(path));
      const [{ stack, resource } = missing(`${type} ${path}`)] = found;
      return app.deployment.resolve(stack, resource.Properties) as Json;
    };
    this.schedule = one('AWS::Scheduler::Schedule');
    this.definition = JSON.parse(one('AWS::StepFunctions::StateMachine').DefinitionString as string) as object;
  }

  /** The run that the schedule starts on a day. */
  public run(day: string): Promise<Execution> {
    const hour = /^cron\(0 (\d+) \? \* \* \*\)$/.exec(String(this.schedule.ScheduleExpression))?.[1];
    const time = `${day}T${(hour ?? missing('a daily schedule')).padStart(2, '0')}:00:00Z`;
    const { Input } = this.schedule.Target as { Input: string };
    const startsAt = (Date.parse(time) - START_OF_YEAR) / 1000;
    const arn = `arn:aws:states:eu-central-1:111122223333:execution:${this.path}:1`;
    return runStateMachine(this.definition, {
      input: JSON.parse(Input.replace('<aws.scheduler.scheduled-time>', time)),
      startsAt,
      context: { Execution: { Id: arn, StartTime: time } },
      onCall: call => {
        expect(callProblems(call)).toEqual([]);
        return this.answer(call);
      },
    });
  }

  /** Values of a metric that an alarm looks at. */
  public valuesFor({ Namespace, MetricName, Dimensions }: Json): number[] {
    const dimensions = sorted(Dimensions as Datum['Dimensions']);
    return this.published
      .filter(({ namespace }) => namespace === Namespace)
      .flatMap(({ data }) => data)
      .filter(datum => datum.MetricName === MetricName && sorted(datum.Dimensions) === dimensions)
      .map(({ Value = Number.NaN }) => Value);
  }

  private async answer({ action, arguments: request }: Call): Promise<unknown> {
    const { containers } = this.app;
    const name = request.ProcessingJobName as string;
    switch (action) {
      case 'sagemaker:createProcessingJob':
        this.jobs.set(name, { ...(await containers.process(name, request)), role: String(request.RoleArn) });
        return { ProcessingJobArn: `arn:aws:sagemaker:eu-central-1:111122223333:processing-job/${name}` };
      case 'sagemaker:describeProcessingJob': {
        const job = this.jobs.get(name);
        if (!job)
          throw new TaskError('SageMaker.SageMakerException', `Could not find requested job with name: ${name}`);
        return { ProcessingJobStatus: job.code === 0 ? 'Completed' : 'Failed', ExitMessage: job.exitMessage };
      }
      case 's3:getObject': {
        const Body = containers.get(`s3://${String(request.Bucket)}/${String(request.Key)}`);
        if (Body === undefined) throw new TaskError('S3.NoSuchKeyException', `no ${String(request.Key)}`);
        return { Body };
      }
      case 's3:listObjectsV2': {
        const uris = containers.list(`s3://${String(request.Bucket)}/${String(request.Prefix)}`);
        const Contents = uris.map(uri => ({ Key: uri.split('/').slice(3).join('/') }));
        return { KeyCount: Contents.length, ...(Contents.length > 0 && { Contents }) };
      }
      case 'cloudwatch:putMetricData':
        this.published.push({ namespace: request.Namespace as string, data: request.MetricData as Datum[] });
        return {};
      default:
        throw new Error(`unexpected call ${action}`);
    }
  }
}

function sorted(dimensions: Datum['Dimensions']): string {
  return JSON.stringify(dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort());
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}
