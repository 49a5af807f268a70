export {
  ModelPackageGroup,
  type IModelPackageGroup,
  type ModelApprovalStatus,
  type ModelPackageGroupEventOptions,
  type ModelPackageGroupProps,
} from './model-package-group';
export { ModelPackageGroupGrants, type NamedModelPackageGroupRef } from './model-package-group-grants';
export type { ModelPackageGroupAccess, ModelPackageGroupShare } from './model-package-group-share';
