interface CloudFormationEvent {
  readonly RequestType: string;
  readonly StackId: string;
}

export function onEvent(event: CloudFormationEvent): Promise<{ readonly EndOfStack: boolean }>;
