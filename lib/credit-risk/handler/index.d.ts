export interface LookUpEvent {
  readonly modelPackageArn: string;
  readonly minimumAuc: number | string;
}

export interface LookUpAnswer {
  readonly status: string;
  readonly auc: number;
  readonly releasable: boolean;
}

export const lookUp: (event: LookUpEvent) => Promise<LookUpAnswer>;
