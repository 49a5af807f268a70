export { ApprovedModel, type ApprovedModelProps } from './approved-model';
export type { History } from './history';
export type { TimeOfDay, WeekDays, WorkingHours, WorkingHoursOptions } from './working-hours';
export type { Baseline } from './parameter-names';
export {
  ApprovedVersion,
  type ApprovedBaseline,
  type ApprovedVersionProps,
  type BaselineOptions,
} from './approved-version';
