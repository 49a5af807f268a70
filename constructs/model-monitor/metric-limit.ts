interface Runs {
  /**
   * Number of runs in a row beyond the limit: at least 1, and all within 7 days.
   *
   * @default 1
   */
  readonly evaluationPeriods?: number;
}

interface Below extends Runs {
  /** Value below which the alarm goes off. */
  readonly below: number;
  readonly above?: never;
}

interface Above extends Runs {
  /** Value above which the alarm goes off. */
  readonly above: number;
  readonly below?: never;
}

/** When an alarm goes off. */
export type MetricLimit = Below | Above;

interface FarFromZero extends Runs {
  /** Distance from zero, more than 0, beyond which the alarm goes off: too high or too low. */
  readonly beyond: number;
  readonly above?: never;
  readonly below?: never;
}

/** When an alarm on bias goes off; most bias metrics are 0 where groups are treated alike. */
export type BiasLimit = (MetricLimit & { readonly beyond?: never }) | FarFromZero;
