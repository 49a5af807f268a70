import { describeBias } from '../../constructs/model-monitor/alerts/bias-words';

const texts = {
  CI: ['are fewer in the data than others', 'are more in the data than others'],
  DPL: ['have a favourable label less often than others', 'have a favourable label more often than others'],
  DPPL: ['get a favourable prediction less often than others', 'get a favourable prediction more often than others'],
  DI: ['get a favourable prediction more often than others', 'get a favourable prediction less often than others'],
  DCA: [
    'are accepted more often than their labels justify, compared with others',
    'are accepted less often than their labels justify, compared with others',
  ],
  DCR: [
    'are rejected less often than their labels justify, compared with others',
    'are rejected more often than their labels justify, compared with others',
  ],
  RD: [
    'are accepted less often than others where they qualify',
    'are accepted more often than others where they qualify',
  ],
  SD: [
    'are rejected more often than others where they do not qualify',
    'are rejected less often than others where they do not qualify',
  ],
  DAR: [
    'qualify less often than others where they are accepted',
    'qualify more often than others where they are accepted',
  ],
  DRR: [
    'are unqualified more often than others where they are rejected',
    'are unqualified less often than others where they are rejected',
  ],
  AD: ['get a right prediction less often than others', 'get a right prediction more often than others'],
  TE: [
    'are wrongly rejected more often, for each time they are wrongly accepted, than others',
    'are wrongly rejected less often, for each time they are wrongly accepted, than others',
  ],
  CDDL: [
    'have a larger share of the rejections than of the acceptances',
    'have a smaller share of the rejections than of the acceptances',
  ],
  CDDPL: [
    'have a larger share of the predicted rejections than of the predicted acceptances',
    'have a smaller share of the predicted rejections than of the predicted acceptances',
  ],
} as const;

/** Predictions of one group, as a confusion matrix. */
interface Counts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly tn: number;
}

/**
 * The metrics as the guide defines them, of facet d compared with facet a.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
 */
function metrics(a: Counts, d: Counts): Readonly<Record<keyof typeof texts, number>> {
  const size = ({ tp, fp, fn, tn }: Counts) => tp + fp + fn + tn;
  const accepted = ({ tp, fp }: Counts) => tp + fp;
  const qualified = ({ tp, fn }: Counts) => tp + fn;
  const rejected = (counts: Counts) => size(counts) - accepted(counts);
  const unqualified = (counts: Counts) => size(counts) - qualified(counts);
  const shareOf = (part: (counts: Counts) => number) => part(d) / (part(a) + part(d));
  return {
    CI: (size(a) - size(d)) / (size(a) + size(d)),
    DPL: qualified(a) / size(a) - qualified(d) / size(d),
    DPPL: accepted(a) / size(a) - accepted(d) / size(d),
    DI: accepted(d) / size(d) / (accepted(a) / size(a)) - 1,
    DCA: qualified(a) / accepted(a) - qualified(d) / accepted(d),
    DCR: unqualified(d) / rejected(d) - unqualified(a) / rejected(a),
    RD: a.tp / qualified(a) - d.tp / qualified(d),
    SD: d.tn / unqualified(d) - a.tn / unqualified(a),
    DAR: a.tp / accepted(a) - d.tp / accepted(d),
    DRR: d.tn / rejected(d) - a.tn / rejected(a),
    AD: (a.tp + a.tn) / size(a) - (d.tp + d.tn) / size(d),
    TE: d.fn / d.fp - a.fn / a.fp,
    CDDL: shareOf(unqualified) - shareOf(qualified),
    CDDPL: shareOf(rejected) - shareOf(accepted),
  };
}

describe('a bias metric in words', () => {
  test.each(Object.entries(texts))('%s above and below a limit', (method, [above, below]) => {
    const name = method as keyof typeof texts;
    expect(describeBias(name, 'age', '0-25', { above: 0.1 })).toBe(
      `People of group age 0-25 ${above}: ${method} above 0.1`,
    );
    expect(describeBias(name, 'age', '0-25', { below: -0.1 })).toBe(
      `People of group age 0-25 ${below}: ${method} below -0.1`,
    );
  });

  test('far from 0 is one or the other', () => {
    expect(describeBias('DPPL', 'age', '0-25', { beyond: 0.1 })).toBe(
      'People of group age 0-25 get a favourable prediction less or more often than others: DPPL further from 0 than 0.1',
    );
  });

  // Each case is worse, or fewer, in one respect that the words name, and everything else is even.
  const even: Counts = { tp: 40, fp: 10, fn: 10, tn: 40 };
  test.each<[keyof typeof texts, Counts]>([
    ['CI', { tp: 20, fp: 5, fn: 5, tn: 20 }],
    ['DPL', { tp: 30, fp: 10, fn: 10, tn: 50 }],
    ['DPPL', { tp: 30, fp: 10, fn: 20, tn: 40 }],
    ['DI', { tp: 50, fp: 20, fn: 0.1, tn: 30 }],
    ['DCA', { tp: 40, fp: 30, fn: 10, tn: 20 }],
    ['DCR', { tp: 45, fp: 20, fn: 5, tn: 30 }],
    ['RD', { tp: 20, fp: 10, fn: 30, tn: 40 }],
    ['SD', { tp: 40, fp: 2, fn: 10, tn: 48 }],
    ['DAR', { tp: 30, fp: 20, fn: 10, tn: 40 }],
    ['DRR', { tp: 40, fp: 10, fn: 2, tn: 48 }],
    ['AD', { tp: 30, fp: 20, fn: 20, tn: 30 }],
    ['TE', { tp: 40, fp: 5, fn: 20, tn: 40 }],
    ['CDDL', { tp: 20, fp: 10, fn: 10, tn: 60 }],
    ['CDDPL', { tp: 20, fp: 10, fn: 30, tn: 40 }],
  ])('%s is high where its words for a high value hold', (method, group) => {
    expect(metrics(even, group)[method]).toBeGreaterThan(0.01);
    expect(metrics(group, even)[method]).toBeLessThan(-0.01);
  });

  test.each([
    ['KL', 'the divergence of Kullback and Leibler'],
    ['JS', 'the divergence of Jensen and Shannon'],
    ['LP', 'the p-norm of the difference'],
    ['TVD', 'the total variation distance'],
    ['KS', 'the greatest difference of shares'],
  ] as const)('%s is a distance, which does not say who is better off', (method, measure) => {
    expect(describeBias(method, 'sex', 'f', { above: 0.2 })).toBe(
      `People of group sex f have other labels than others, by ${measure}: ${method} above 0.2`,
    );
    expect(describeBias(method, 'sex', 'f', { below: 0.2 })).toBe(
      `People of group sex f have the same labels as others, by ${measure}: ${method} below 0.2`,
    );
  });

  test('FT does not say who is better off, and GE is of individuals', () => {
    expect(describeBias('FT', 'sex', 'f', { below: -0.2 })).toBe(
      'People of group sex f get other predictions than those of other groups who are most like them: FT below -0.2',
    );
    expect(describeBias('GE', 'sex', 'f', { above: 0.3 })).toBe(
      'Predictions favour some individuals over others, with people of group sex f among them: GE above 0.3',
    );
    expect(describeBias('GE', 'sex', 'f', { below: 0.3 })).toBe(
      'Predictions treat individuals alike, with people of group sex f among them: GE below 0.3',
    );
  });
});
