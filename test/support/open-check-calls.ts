import type { Call, Json, StepJson } from './pipeline-calls';

/**
 * What the program of a check looks up by itself, as its options say: the baseline of the approved version, which lies where an
 * execution of the same pipeline put it, and the artifacts of a model.
 *
 * @see /constructs/analyzer/README.md
 */
export function openCheckCalls(args: Json, steps: readonly StepJson[], arn: (resource: string) => string): Call[] {
  const words = ((args.AppSpecification as Json | undefined)?.ContainerArguments ?? []) as readonly string[];
  const option = (name: string) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined);
  const [group, model] = [option('--model-package-group-name'), option('--model-name')];
  const inVpc = JSON.stringify(args).includes('"VpcConfig"');
  const get = (uri: string): Call => ({
    action: 's3:GetObject',
    resource: uri.replace('s3://', 'arn:aws:s3:::'),
    inVpc,
  });
  const [, output = ''] = /"S3Output":\{"S3Uri":"([^"]+)"/.exec(JSON.stringify(args)) ?? [];
  const artifacts = steps
    .filter(({ Name }) => model === `${Name}-ModelName`)
    .flatMap(
      ({ Arguments }) => (Arguments.PrimaryContainer as { ModelDataUrl?: string } | undefined)?.ModelDataUrl ?? [],
    );
  return [
    ...(group === undefined
      ? []
      : [
          { action: 'sagemaker:ListModelPackages', resource: arn(`model-package/${group}/1`) },
          { action: 'sagemaker:DescribeModelPackage', resource: arn(`model-package/${group}/1`) },
          get(`${output.replace('PipelineExecutionId', 'earlier')}/baseline/constraints.json`),
        ]),
    ...(model === undefined ? [] : [{ action: 'sagemaker:DescribeModel', resource: arn(`model/${model}`) }]),
    ...artifacts.map(get),
  ];
}
