export {
  Activity,
  type ActivityConfig,
  type HostModelsOptions,
  type InvokeEndpointsOptions,
  type RegisterModelsOptions,
  type RunPipelinesOptions,
  type StartJobsOptions,
  type UseStudioOptions,
} from './activity';
export { ExecutionRole, type ExecutionRoleProps } from './execution-role';
export type { JobKind } from './job-kind';
export type { Permission } from './permission';
export { acknowledgeWildcards, writeArn } from './wildcard';
export { grantReadUnder, grantWriteUnder } from './object-grants';
export { grantNetworkInterfaces, grantVolumes } from './instance-grants';
export { schedulePrincipal, stateMachinePrincipal } from './service-principals';
