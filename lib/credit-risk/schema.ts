/**
 * Columns of the South German Credit data set, in the order of its file.
 *
 * A column is a quantity, an ordinal or binary code (each one whole number to the model), a nominal code (one
 * feature of 0 or 1 for each of its values), or the label. `minimum` and `maximum` bound its whole numbers: for codes
 * these are all that exist, for quantities what is plausible. The Python twin is steps/schema.py; a test keeps the two equal.
 *
 * @see https://archive.ics.uci.edu/dataset/573/south+german+credit+update
 */
export const columns = [
  { name: 'status', source: 'laufkont', kind: 'nominal', minimum: 1, maximum: 4 },
  { name: 'duration', source: 'laufzeit', kind: 'quantity', minimum: 1, maximum: 120 },
  { name: 'credit_history', source: 'moral', kind: 'nominal', minimum: 0, maximum: 4 },
  { name: 'purpose', source: 'verw', kind: 'nominal', minimum: 0, maximum: 10 },
  { name: 'amount', source: 'hoehe', kind: 'quantity', minimum: 1, maximum: 1_000_000 },
  { name: 'savings', source: 'sparkont', kind: 'nominal', minimum: 1, maximum: 5 },
  { name: 'employment_duration', source: 'beszeit', kind: 'ordinal', minimum: 1, maximum: 5 },
  { name: 'installment_rate', source: 'rate', kind: 'ordinal', minimum: 1, maximum: 4 },
  { name: 'personal_status_sex', source: 'famges', kind: 'nominal', minimum: 1, maximum: 4 },
  { name: 'other_debtors', source: 'buerge', kind: 'nominal', minimum: 1, maximum: 3 },
  { name: 'present_residence', source: 'wohnzeit', kind: 'ordinal', minimum: 1, maximum: 4 },
  { name: 'property', source: 'verm', kind: 'ordinal', minimum: 1, maximum: 4 },
  { name: 'age', source: 'alter', kind: 'quantity', minimum: 18, maximum: 120 },
  { name: 'other_installment_plans', source: 'weitkred', kind: 'nominal', minimum: 1, maximum: 3 },
  { name: 'housing', source: 'wohn', kind: 'nominal', minimum: 1, maximum: 3 },
  { name: 'number_credits', source: 'bishkred', kind: 'ordinal', minimum: 1, maximum: 4 },
  { name: 'job', source: 'beruf', kind: 'ordinal', minimum: 1, maximum: 4 },
  { name: 'people_liable', source: 'pers', kind: 'binary', minimum: 1, maximum: 2 },
  { name: 'telephone', source: 'telef', kind: 'binary', minimum: 1, maximum: 2 },
  { name: 'foreign_worker', source: 'gastarb', kind: 'binary', minimum: 1, maximum: 2 },
  { name: 'credit_risk', source: 'kredit', kind: 'label', minimum: 0, maximum: 1 },
] as const satisfies readonly Column[];

/** One column: its name here, its name in the file, its kind and its range of whole numbers. */
export interface Column {
  readonly name: string;
  readonly source: string;
  readonly kind: 'quantity' | 'ordinal' | 'binary' | 'nominal' | 'label';
  readonly minimum: number;
  readonly maximum: number;
}

export type ColumnName = (typeof columns)[number]['name'];

/** Column that the model predicts: 1 for a loan that was paid back as agreed (good), 0 for one that was not (bad). */
export const label = 'credit_risk' satisfies ColumnName;

/** Label that the model's probability is about, and the outcome that an applicant hopes for: a good loan. */
export const favorableLabel = 1;

/** Names of the model's features, in the order of its input. */
export const featureNames: readonly string[] = columns.flatMap(featuresOf);

/** Header of the data that Clarify reads: the label, then the features. */
export const datasetHeaders: readonly [string, ...string[]] = [label, ...featureNames];

/** One group of people whose treatment the bias checks compare with that of all others. */
export interface Facet {
  /** Feature that tells the group. */
  readonly feature: string;

  /** Values of the feature within the group. */
  readonly values: readonly [number, ...number[]];
}

/**
 * Groups that the bias checks watch.
 *
 * Ages are listed one by one: Clarify takes a single number as a threshold or as a category depending on how many
 * different values a column of whole numbers has, so that with more loans "age 25" would silently replace "above 25".
 * Sex cannot be told from the data, where single men and women who are not single share code 2: code 4 (single women)
 * is the only one known to be of women, and codes 1 and 3 are of men.
 */
export const facets: readonly [Facet, ...Facet[]] = [
  { feature: 'age', values: [18, 19, 20, 21, 22, 23, 24, 25] },
  { feature: 'personal_status_sex_4', values: [1] },
  { feature: 'foreign_worker', values: [1] },
];

function featuresOf({ name, kind, minimum, maximum }: Column): string[] {
  switch (kind) {
    case 'label':
      return [];
    case 'nominal':
      return Array.from({ length: maximum - minimum + 1 }, (_, index) => `${name}_${minimum + index}`);
    default:
      return [name];
  }
}
