/** Of RunJobFlow of Amazon EMR, what a step lets its cluster have. */
export type EmrInstances = EmrInstancesBase &
  (
    | {
        /** One instance type for each role: one group with role `MASTER`, and more. */
        readonly InstanceGroups: readonly EmrInstanceGroup[];
        readonly InstanceFleets?: undefined;
      }
    | {
        /** Several instance types for each role: one fleet of type `MASTER`, and more. */
        readonly InstanceFleets: readonly EmrInstanceFleet[];
        readonly InstanceGroups?: undefined;
      }
  );

interface EmrInstancesBase {
  readonly Ec2KeyName?: string;
  readonly Ec2SubnetId?: string;
  readonly Ec2SubnetIds?: readonly string[];
  readonly Placement?: { readonly AvailabilityZone?: string; readonly AvailabilityZones?: readonly string[] };
  readonly UnhealthyNodeReplacement?: boolean;
  readonly EmrManagedMasterSecurityGroup?: string;
  readonly EmrManagedSlaveSecurityGroup?: string;
  readonly ServiceAccessSecurityGroup?: string;
  readonly AdditionalMasterSecurityGroups?: readonly string[];
  readonly AdditionalSlaveSecurityGroups?: readonly string[];

  // The service decides when the cluster ends.
  readonly KeepJobFlowAliveWhenNoSteps?: undefined;
  readonly TerminationProtected?: undefined;
}

type Role = 'MASTER' | 'CORE' | 'TASK';

export interface EmrInstanceGroup {
  readonly InstanceRole: Role;
  readonly InstanceType: string;
  readonly InstanceCount: number;
  readonly Name?: string;
  readonly Market?: 'ON_DEMAND' | 'SPOT';
  readonly BidPrice?: string;
  readonly CustomAmiId?: string;
  readonly Configurations?: readonly EmrConfiguration[];
  readonly EbsConfiguration?: EmrEbsConfiguration;

  /** An AutoScalingPolicy, which needs an `autoScalingRole`. */
  readonly AutoScalingPolicy?: Readonly<Record<string, unknown>>;
}

export interface EmrInstanceFleet {
  readonly InstanceFleetType: Role;
  readonly Name?: string;
  readonly TargetOnDemandCapacity?: number;
  readonly TargetSpotCapacity?: number;
  readonly InstanceTypeConfigs?: readonly EmrInstanceTypeConfig[];
  readonly LaunchSpecifications?: Readonly<Record<string, unknown>>;
  readonly ResizeSpecifications?: Readonly<Record<string, unknown>>;
  readonly Context?: string;
}

export interface EmrInstanceTypeConfig {
  readonly InstanceType: string;
  readonly WeightedCapacity?: number;
  readonly BidPrice?: string;
  readonly BidPriceAsPercentageOfOnDemandPrice?: number;
  readonly Priority?: number;
  readonly CustomAmiId?: string;
  readonly Configurations?: readonly EmrConfiguration[];
  readonly EbsConfiguration?: EmrEbsConfiguration;
}

export interface EmrConfiguration {
  readonly Classification?: string;
  readonly Properties?: Readonly<Record<string, string>>;
  readonly Configurations?: readonly EmrConfiguration[];
}

export interface EmrEbsConfiguration {
  readonly EbsOptimized?: boolean;
  readonly EbsBlockDeviceConfigs?: readonly {
    readonly VolumeSpecification: {
      readonly VolumeType: string;
      readonly SizeInGB: number;
      readonly Iops?: number;
      readonly Throughput?: number;
    };
    readonly VolumesPerInstance?: number;
  }[];
}

/** Any other member of the RunJobFlow request; those that props or the service decide on are refused. */
export interface EmrClusterRequest {
  readonly BootstrapActions?: readonly {
    readonly Name: string;
    readonly ScriptBootstrapAction: { readonly Path: string; readonly Args?: readonly string[] };
  }[];
  readonly Configurations?: readonly EmrConfiguration[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly [member: string]: unknown;

  readonly Name?: undefined;
  readonly Steps?: undefined;
  readonly AutoTerminationPolicy?: undefined;
  readonly Instances?: undefined;
  readonly ReleaseLabel?: undefined;
  readonly Applications?: undefined;
  readonly LogUri?: undefined;
  readonly ServiceRole?: undefined;
  readonly JobFlowRole?: undefined;
  readonly AutoScalingRole?: undefined;
}

/** What EMR tells of a step: the shape `Step` of DescribeStep. */
export interface EmrStepProperties {
  readonly Id?: string;
  readonly Name?: string;
  readonly Config?: {
    readonly Jar?: string;
    readonly MainClass?: string;
    readonly Args?: readonly string[];
    readonly Properties?: Readonly<Record<string, string>>;
  };
  readonly ActionOnFailure?: string;
  readonly Status?: {
    readonly State?: string;
    readonly StateChangeReason?: { readonly Code?: string; readonly Message?: string };
    readonly FailureDetails?: { readonly Reason?: string; readonly Message?: string; readonly LogFile?: string };
    readonly Timeline?: {
      readonly CreationDateTime?: Date;
      readonly StartDateTime?: Date;
      readonly EndDateTime?: Date;
    };
  };
  readonly ExecutionRoleArn?: string;
  readonly LogUri?: string;
  readonly EncryptionKeyArn?: string;
}
