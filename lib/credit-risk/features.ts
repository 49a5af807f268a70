import type { FeatureType } from '../../constructs/feature-group';
import { columns } from './schema';

/** The loans as a feature group: what the file holds, with an identifier and the time of the application. */
export const loanFeatures: Readonly<Record<string, FeatureType>> = {
  loan_id: 'String',
  event_time: 'String',
  ...Object.fromEntries(columns.map(({ name }) => [name, 'Integral'])),
};
