interface CloudFormationEvent {
  readonly RequestType: string;
  readonly StackId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: { readonly DomainId: string };
}

export function onEvent(event: CloudFormationEvent): Promise<{ readonly PhysicalResourceId?: string }>;
export function isComplete(event: CloudFormationEvent): Promise<{ readonly IsComplete: boolean }>;
