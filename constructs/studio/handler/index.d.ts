import type { CleanupStep } from '../../cleanup';

export const isComplete: CleanupStep<{ readonly DomainId: string }>;
