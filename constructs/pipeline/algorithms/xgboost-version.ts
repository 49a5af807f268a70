import type { XgboostVersion } from '../../images';

const VERSIONS: readonly XgboostVersion[] = [
  ...(['1', '0.90-1', '0.90-2', '1.0-1', '1.2-1', '1.2-2'] as const),
  ...(['1.3-1', '1.5-1', '1.7-1', '3.0-5', '3.2-0'] as const),
];

/** Whether a version is `first` or later; version `1` holds XGBoost 0.72, the oldest. */
export function isFrom(version: XgboostVersion, first: XgboostVersion): boolean {
  return VERSIONS.indexOf(version) >= VERSIONS.indexOf(first);
}
