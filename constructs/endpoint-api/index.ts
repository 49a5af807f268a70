export { EndpointApi, type EndpointApiProps, type KeyedUsage, type Throttle } from './endpoint-api';
export { EndpointApiGrants } from './endpoint-api-grants';
export type { InvocationHeader } from './invocation';
