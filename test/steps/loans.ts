import { readFileSync } from 'node:fs';

/** Loans, a line each behind a header, with the values of some columns changed. */
export function changed(
  [header = '', ...lines]: readonly string[],
  change: (loan: Record<string, number>) => Readonly<Record<string, number>>,
): string[] {
  const names = header.split(' ');
  const rows = lines.map(line => {
    const loan = Object.fromEntries(line.split(' ').map((value, index) => [names[index] ?? '', Number(value)]));
    const next: Record<string, number> = { ...loan, ...change(loan) };
    return names.map(name => String(next[name])).join(' ');
  });
  return [header, ...rows];
}

/** The real file of loans, where it is given: the header, and a line for each. */
export const realLoans: readonly string[] | undefined = process.env.SOUTH_GERMAN_CREDIT
  ? readFileSync(process.env.SOUTH_GERMAN_CREDIT, 'utf8').trim().split(/\r?\n/)
  : undefined;
