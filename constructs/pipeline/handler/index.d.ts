/** A request of CloudFormation, as the provider framework passes it on. */
export interface DefinitionEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: {
    readonly SourceBucket: string;
    readonly SourceKey: string;
    readonly Bucket: string;
    readonly Prefix: string;
    readonly Values: readonly unknown[];
  };
}

export const onEvent: (
  event: DefinitionEvent,
) => Promise<{ readonly PhysicalResourceId?: string; readonly Data?: { readonly Key: string } }>;
