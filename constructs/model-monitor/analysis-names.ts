import { Token } from 'aws-cdk-lib/core';

/** What an analysis calls its columns, as its file has it. */
export interface NamedAnalysis {
  readonly headers?: readonly string[];
  readonly label?: string | number;
  readonly facet?: readonly { readonly name_or_index: string | number }[];
  readonly group_variable?: string | number;
}

/** Checks that the open analysis, to which captured requests are columns without names, can name them. */
export function validateHeaders(path: string, { headers }: NamedAnalysis): void {
  if (headers === undefined) {
    throw new Error(
      `${path}: 'analysis' must have headers with 'managed: false', whose program names the columns of requests by them, got: none`,
    );
  }
}

/** Checks a name that a metric is to have, where the analysis gives names to all columns that it can be. */
export function validateName(
  path: string,
  prop: string,
  name: string,
  columns: readonly (string | number | undefined)[],
  { headers }: NamedAnalysis,
): void {
  const known = columns.map(column => (typeof column === 'number' ? headers?.[column] : column));
  // Without headers the job makes up names, and of JSON it takes them from expressions.
  if (!headers || known.some(each => each === undefined || !headers.includes(each))) return;
  if (Token.isUnresolved(name) || known.includes(name)) return;
  throw new Error(`${path}: '${prop}' must be one of the analysis (${known.join(', ')}), got: ${name}`);
}
