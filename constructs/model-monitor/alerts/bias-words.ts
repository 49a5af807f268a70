import { Token } from 'aws-cdk-lib/core';
import type { PostTrainingBiasMethod, PreTrainingBiasMethod } from '../../clarify';
import type { BiasLimit } from '../metric-limit';

/** A metric of the data or of the predictions. */
export type BiasMethod = PreTrainingBiasMethod | PostTrainingBiasMethod;

/** What it means that a metric is high, low, or far from 0, of the `{people}` of a group compared with all others. */
interface Meaning {
  readonly above: string;
  readonly below: string;
  readonly beyond: string;
}

/** The meaning of a difference that tips one way or the other: `{more}` stands for one of two words. */
const tips = (text: string, above: string, below: string): Meaning => ({
  above: text.replace('{more}', above),
  below: text.replace('{more}', below),
  beyond: text.replace('{more}', `${above} or ${below}`),
});

/** The meaning of a distance, which does not say who is better off. */
const distance = (measure: string): Meaning => ({
  above: `{people} have other labels than others, by ${measure}`,
  below: `{people} have the same labels as others, by ${measure}`,
  beyond: `{people} have other labels than others, by ${measure}`,
});

const PREDICTED = '{people} get a favourable prediction {more} often than others';
const LABELLED = '{people} have a favourable label {more} often than others';

/**
 * By the definitions of the guide, whose facet d is the group, and facet a all others. DI is a ratio, which falls when differences rise.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-post-training-bias.html
 */
const MEANINGS: Readonly<Record<BiasMethod, Meaning>> = {
  CI: tips('{people} are {more} in the data than others', 'fewer', 'more'),
  DPL: tips(LABELLED, 'less', 'more'),
  KL: distance('the divergence of Kullback and Leibler'),
  JS: distance('the divergence of Jensen and Shannon'),
  LP: distance('the p-norm of the difference'),
  TVD: distance('the total variation distance'),
  KS: distance('the greatest difference of shares'),
  CDDL: tips('{people} have a {more} share of the rejections than of the acceptances', 'larger', 'smaller'),
  DPPL: tips(PREDICTED, 'less', 'more'),
  DI: tips(PREDICTED, 'more', 'less'),
  DCA: tips('{people} are accepted {more} often than their labels justify, compared with others', 'more', 'less'),
  DCR: tips('{people} are rejected {more} often than their labels justify, compared with others', 'less', 'more'),
  RD: tips('{people} are accepted {more} often than others where they qualify', 'less', 'more'),
  SD: tips('{people} are rejected {more} often than others where they do not qualify', 'more', 'less'),
  DAR: tips('{people} qualify {more} often than others where they are accepted', 'less', 'more'),
  DRR: tips('{people} are unqualified {more} often than others where they are rejected', 'more', 'less'),
  AD: tips('{people} get a right prediction {more} often than others', 'less', 'more'),
  CDDPL: tips(
    '{people} have a {more} share of the predicted rejections than of the predicted acceptances',
    'larger',
    'smaller',
  ),
  TE: tips(
    '{people} are wrongly rejected {more} often, for each time they are wrongly accepted, than others',
    'more',
    'less',
  ),
  // The guide and the library behind Clarify count flips with opposite signs, so the side says nothing here.
  FT: {
    above: '{people} get other predictions than those of other groups who are most like them',
    below: '{people} get other predictions than those of other groups who are most like them',
    beyond: '{people} get other predictions than those of other groups who are most like them',
  },
  // The one metric that compares individuals: the group says whose predictions are looked at.
  GE: {
    above: 'Predictions favour some individuals over others, with {people} among them',
    below: 'Predictions treat individuals alike, with {people} among them',
    beyond: 'Predictions favour some individuals over others, with {people} among them',
  },
};

/** What it means that a bias metric is beyond its limit, in words for those who answer for the model. */
export function describeBias(method: BiasMethod, facet: string, facetValue: string, limit: BiasLimit): string {
  const people = `people of group ${facet} ${facetValue}`;
  const { above, below, beyond } = limit;
  const [side, value] =
    above === undefined
      ? below === undefined
        ? (['beyond', beyond] as const)
        : (['below', below] as const)
      : (['above', above] as const);
  const meaning = MEANINGS[method][side].replace('{people}', people);
  const sentence = meaning.charAt(0).toUpperCase() + meaning.slice(1);
  const shown = Token.isUnresolved(value) ? 'its limit' : value;
  return `${sentence}: ${method} ${side === 'beyond' ? 'further from 0 than' : side} ${shown}`;
}
