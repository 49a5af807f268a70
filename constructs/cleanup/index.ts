export {
  CleanupProvider,
  type CleanupContext,
  type CleanupEvent,
  type CleanupProviderProps,
  type CleanupStep,
} from './cleanup-provider';
