import { DataBiasAnalysis, ModelBiasAnalysis, ModelExplainabilityAnalysis } from '../../constructs/clarify';
import type { Settings } from '../settings';
import { datasetHeaders, facets, favorableLabel, label } from './schema';

const dataset = { datasetType: 'text/csv', headers: datasetHeaders, label } as const;
const facetOf = ({ feature, values }: (typeof facets)[0]) => ({ nameOrIndex: feature, values });
const [firstFacet, ...otherFacets] = facets;
const bias = {
  labelValues: [favorableLabel],
  facets: [facetOf(firstFacet), ...otherFacets.map(facetOf)],
} as const;

/** Do the loans of the past favour a group? */
export const dataBiasAnalysis = new DataBiasAnalysis({ dataset, bias });

/** Do the predictions favour a group? */
export const modelBiasAnalysis = (settings: Settings) =>
  new ModelBiasAnalysis({ dataset, bias, predictor: predictor(settings) });

/** Which features decide? */
export const explainability = (settings: Settings) =>
  new ModelExplainabilityAnalysis({
    dataset,
    predictor: predictor(settings),
    shap: { numClusters: 1, numSamples: 200, aggMethod: 'mean_abs', seed: 1, saveLocalShapValues: false },
  });

function predictor(settings: Settings) {
  return {
    instanceType: settings.endpointInstanceType,
    contentType: 'text/csv',
    acceptType: 'text/csv',
    probabilityThreshold: 0.5,
    // The role of the jobs may only make endpoints whose name begins like this.
    endpointNamePrefix: `${settings.prefix.toLowerCase()}-clarify`,
  } as const;
}
