import { Match, Template } from 'aws-cdk-lib/assertions';
import { presets } from '../../lib/settings';
import uploadEvents from '../fixtures/events/s3-object-created.json';
import { sharedAppOf, templateOf } from '../support/app';
import { Deployment, templatesOf } from '../support/deployment';
import { matchesPattern } from '../support/event-pattern';
import { PipelineAccount } from '../support/pipeline-account';

type Preset = keyof typeof presets;

describe('the weekly run', () => {
  test.each<[Preset, string]>([
    ['sandbox', 'DISABLED'],
    ['production', 'ENABLED'],
    ['showcase', 'ENABLED'],
  ])('in preset %s is %s', (preset, State) => {
    Template.fromStack(sharedAppOf(preset).stacks.build).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'cron(0 3 ? * MON *)',
      ScheduleExpressionTimezone: 'Etc/UTC',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
      State,
    });
  });
});

describe('an upload', () => {
  const rule = {
    EventPattern: Match.objectLike({ source: ['aws.s3'] }),
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue() })],
  };

  test.each(['sandbox', 'production'] as const)(
    'in preset %s starts nothing, and the bucket sends no events',
    preset => {
      const { build, data } = sharedAppOf(preset).stacks;
      Template.fromStack(build).resourcePropertiesCountIs('AWS::Events::Rule', rule, 0);
      Template.fromStack(data).resourcePropertiesCountIs(
        'AWS::S3::Bucket',
        { NotificationConfiguration: Match.anyValue() },
        0,
      );
    },
  );

  test('in preset showcase starts the pipeline with that file, at most once an hour', async () => {
    const deployment = new Deployment(templatesOf('showcase'));
    const found = deployment.resources('AWS::Events::Rule').flatMap(({ stack, resource }) => {
      const pattern = deployment.resolve(stack, resource.Properties.EventPattern) as { source: string[] };
      return pattern.source.includes('aws.s3') ? [pattern] : [];
    });
    const [bucket] = deployment
      .resources('AWS::S3::Bucket')
      .filter(({ resource }) => resource.Properties.NotificationConfiguration !== undefined)
      .map(({ stack, id, resource }) => {
        expect(resource.Properties.NotificationConfiguration).toEqual({
          EventBridgeConfiguration: { EventBridgeEnabled: true },
        });
        return deployment.resolve(stack, { Ref: id }) as string;
      });
    const { detail } = uploadEvents.event;
    const uploaded = (key: string) => ({
      ...uploadEvents.event,
      detail: { ...detail, bucket: { name: bucket }, object: { ...detail.object, key } },
    });
    expect(found.map(pattern => matchesPattern(pattern, uploaded('credit-risk/raw/2026.asc')))).toEqual([true]);
    // What the pipeline itself writes must not start it again.
    for (const key of [
      'credit-risk/runs/a/train/train.csv',
      'credit-risk/captured/a.jsonl',
      'feature-store/a.parquet',
    ]) {
      expect(found.map(pattern => matchesPattern(pattern, uploaded(key)))).toEqual([false]);
    }
    const machines = deployment
      .resources('AWS::StepFunctions::StateMachine')
      .map(({ stack, resource }) => deployment.resolve(stack, resource.Properties.DefinitionString) as string)
      .filter(definition => definition.includes('startPipelineExecution') && definition.includes(' < 3600000 %}'));
    expect(machines).toHaveLength(1);
    const account = new PipelineAccount('showcase-credit-risk');
    await account.run(JSON.parse(machines[0] ?? '') as object, uploaded('credit-risk/raw/2026.asc'));
    expect(account.executions.map(({ parameters }) => parameters)).toEqual([
      [
        { Name: 'RawDataUri', Value: `s3://${bucket ?? ''}/credit-risk/raw/2026.asc` },
        { Name: 'Reason', Value: `upload of s3://${bucket ?? ''}/credit-risk/raw/2026.asc` },
      ],
    ]);
  });

  test('with the setting alone starts the pipeline in a sandbox', () => {
    const { build } = sharedAppOf('sandbox', { retrainOnUpload: true }).stacks;
    Template.fromStack(build).resourcePropertiesCountIs('AWS::Events::Rule', rule, 1);
  });
});

test('no trigger waits for anything but the pipeline, and Build stays behind Data', () => {
  const { build, data } = sharedAppOf('showcase').stacks;
  expect(build.dependencies).toContain(data);
  expect(JSON.stringify(templateOf(data))).not.toContain('StepFunctions');
});
