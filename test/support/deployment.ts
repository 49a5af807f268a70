import type { Stack } from 'aws-cdk-lib/core';
import type { presets, Settings } from '../../lib/settings';
import { appOf, type ResourceJson, templateOf, type TemplateJson } from './app';

/** A template with the parts that only a deployment needs. */
export interface DeployedTemplate extends TemplateJson {
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

export type Templates = Readonly<Record<string, DeployedTemplate>>;

/** The templates of the app by stack. */
export function templatesOf(preset: keyof typeof presets, overrides: Partial<Settings> = {}): Templates {
  const stacks = Object.values<Stack>({ ...appOf(preset, overrides).stacks });
  return Object.fromEntries(stacks.map(stack => [stack.stackName, templateOf(stack)]));
}

type Intrinsic = (argument: unknown, stack: string) => unknown;

/** Resource types whose `Ref` is their ARN. */
const REF_IS_ARN = [
  'AWS::SNS::Topic',
  'AWS::StepFunctions::StateMachine',
  'AWS::SageMaker::Endpoint',
  'AWS::SageMaker::EndpointConfig',
  'AWS::SageMaker::Model',
  'AWS::SageMaker::MonitoringSchedule',
];

/** ARNs that are not `arn:<partition>:<service>:<region>:<account>:<type>/<name>`. */
const ARN_FORMATS: Readonly<Record<string, (name: string) => string>> = {
  'AWS::CloudWatch::Alarm': name => `cloudwatch:{env}:alarm:${name}`,
  'AWS::IAM::Role': name => `iam::{account}:role/${name}`,
  'AWS::Lambda::Function': name => `lambda:{env}:function:${name}`,
  'AWS::Logs::LogGroup': name => `logs:{env}:log-group:${name}:*`,
  'AWS::S3::Bucket': name => `s3:::${name}`,
  'AWS::SNS::Topic': name => `sns:{env}:${name}`,
  'AWS::SQS::Queue': name => `sqs:{env}:${name}`,
  'AWS::StepFunctions::StateMachine': name => `states:{env}:stateMachine:${name}`,
};

/**
 * Templates as if they were deployed: what only CloudFormation knows gets a value, so that policies can be simulated and pipeline
 * definitions read. Resources are named after their logical id, unless the template names them.
 */
export class Deployment {
  public readonly account = '111122223333';
  public readonly region = 'eu-central-1';

  private readonly intrinsics: Readonly<Record<string, Intrinsic>> = {
    Ref: (name, stack) => this.ref(stack, name as string),
    'Fn::GetAtt': (argument, stack) => this.attribute(stack, ...(argument as [string, string])),
    'Fn::Join': (argument, stack) => {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(part => String(this.resolve(stack, part))).join(separator);
    },
    'Fn::Sub': (text, stack) =>
      (text as string).replace(/\$\{([^}!]+)\}/g, (_, name: string) => String(this.ref(stack, name))),
    'Fn::FindInMap': (argument, stack) => {
      const [map, first, second] = (argument as unknown[]).map(part => this.resolve(stack, part)) as string[];
      const found = this.template(stack).Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
      return found ?? missing(`${stack}: ${JSON.stringify(argument)}`);
    },
    'Fn::Split': (argument, stack) => {
      const [separator, text] = argument as [string, unknown];
      return String(this.resolve(stack, text)).split(separator);
    },
    'Fn::Select': (argument, stack) => {
      const [index, list] = argument as [number | string, unknown];
      return (this.resolve(stack, list) as unknown[])[Number(index)];
    },
    'Fn::GetStackOutput': argument => {
      const { StackName: other, OutputName: output } = argument as { StackName: string; OutputName: string };
      return this.resolve(other, this.template(other).Outputs?.[output]?.Value ?? missing(`${other}.${output}`));
    },
  };

  constructor(private readonly templates: Templates) {}

  /** All resources, with the name of their stack. */
  public resources(type?: string): { stack: string; id: string; resource: ResourceJson }[] {
    return Object.entries(this.templates).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources)
        .filter(([, resource]) => type === undefined || resource.Type === type)
        .map(([id]) => ({ stack, id, resource: this.resource(stack, id) })),
    );
  }

  /** A value of a template with its intrinsic functions carried out. */
  public resolve(stack: string, value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(item => this.resolve(stack, item));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const entries = Object.entries(value);
    const [[key, argument] = ['', undefined]] = entries;
    if (entries.length === 1 && (key === 'Ref' || key.startsWith('Fn::'))) {
      const intrinsic = this.intrinsics[key] ?? missing(`${stack}: ${key}`);
      return intrinsic(argument, stack);
    }
    return Object.fromEntries(entries.map(([name, item]) => [name, this.resolve(stack, item)]));
  }

  /** ARN of a resource. */
  public arn(stack: string, id: string): string {
    const { Type: type } = this.resource(stack, id);
    const [, service = '', kind = ''] = type.split('::');
    const name = this.nameOf(stack, id);
    const dashed = kind.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
    const format = ARN_FORMATS[type] ?? (() => `${service.toLowerCase()}:{env}:${dashed}/${name}`);
    const env = `${this.region}:${this.account}`;
    return `arn:aws:${format(name).replace('{env}', env).replace('{account}', this.account)}`;
  }

  private ref(stack: string, name: string): unknown {
    const pseudo: Readonly<Record<string, string>> = {
      'AWS::AccountId': this.account,
      'AWS::Partition': 'aws',
      'AWS::Region': this.region,
      'AWS::StackId': `arn:aws:cloudformation:${this.region}:${this.account}:stack/${stack}/1`,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    const parameter = this.template(stack).Parameters?.[name];
    if (pseudo[name] !== undefined) return pseudo[name];
    if (parameter) return `${String(parameter.Default)}-value`;
    return REF_IS_ARN.includes(this.resource(stack, name).Type) ? this.arn(stack, name) : this.nameOf(stack, name);
  }

  private attribute(stack: string, id: string, attribute: string): string {
    const { Type: type } = this.resource(stack, id);
    const kind = type.split('::')[2] ?? '';
    if (attribute === 'Arn' || attribute === `${kind}Arn`) return this.arn(stack, id);
    return attribute === `${kind}Name` ? this.nameOf(stack, id) : `${id}-${attribute}`;
  }

  private nameOf(stack: string, id: string): string {
    const { Type: type, Properties: properties } = this.resource(stack, id);
    const given = properties[`${type.split('::')[2] ?? ''}Name`];
    const name = given === undefined ? id : String(this.resolve(stack, given));
    return type === 'AWS::S3::Bucket' ? name.toLowerCase() : name;
  }

  private resource(stack: string, id: string): ResourceJson {
    const resource = this.template(stack).Resources[id] ?? missing(`${stack}: ${id}`);
    // A resource that needs no properties has none in its template.
    return { ...resource, Properties: { ...resource.Properties } };
  }

  private template(stack: string): DeployedTemplate {
    return this.templates[stack] ?? missing(`stack ${stack}`);
  }
}

function missing(what: string): never {
  throw new Error(`nothing is known about ${what}`);
}
