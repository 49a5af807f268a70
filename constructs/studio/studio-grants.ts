import { Stack } from 'aws-cdk-lib/core';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import type { aws_sagemaker as refs } from 'aws-cdk-lib/interfaces';

const OPEN = 'sagemaker:CreatePresignedDomainUrl';

/** Permissions on one domain. */
export class StudioDomainGrants {
  public static fromDomain(domain: refs.IDomainRef): StudioDomainGrants {
    return new StudioDomainGrants(domain);
  }

  private constructor(private readonly domain: refs.IDomainRef) {}

  /** Opens Studio as any user profile of the domain, with authentication mode `IAM`. */
  public open(grantee: iam.IGrantable): iam.Grant {
    const resourceName = `${this.domain.domainRef.domainId}/*`;
    const profiles = Stack.of(this.domain).formatArn({ service: 'sagemaker', resource: 'user-profile', resourceName });
    return iam.Grant.addToPrincipal({ grantee, actions: [OPEN], resourceArns: [profiles] });
  }

  /** Any other actions on the domain. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const resourceArns = [sagemaker.CfnDomain.arnForDomain(this.domain)];
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}

/** Permissions on one user profile. */
export class UserProfileGrants {
  public static fromUserProfile(profile: refs.IUserProfileRef): UserProfileGrants {
    return new UserProfileGrants(profile);
  }

  private constructor(private readonly profile: refs.IUserProfileRef) {}

  /** Opens Studio as this user, with authentication mode `IAM`. */
  public open(grantee: iam.IGrantable): iam.Grant {
    return this.actions(grantee, OPEN);
  }

  /** Any other actions on the user profile. */
  public actions(grantee: iam.IGrantable, ...actions: string[]): iam.Grant {
    const resourceArns = [sagemaker.CfnUserProfile.arnForUserProfile(this.profile)];
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }
}
