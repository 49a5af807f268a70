/** What a reader of the registry should know of every version, in the form of the model card of a model package. */
export const modelCard = {
  intended_uses: {
    purpose_of_model: 'Estimates how likely a loan is paid back as agreed, to help a clerk decide on an application.',
    intended_uses: 'Decisions on consumer loans with a human in the loop. Not for automatic refusal.',
    factors_affecting_model_efficiency:
      'Trained on 1,000 loans of one German bank from 1973 to 1975, in which bad loans are oversampled.',
    risk_rating: 'High',
    explanations_for_risk_rating: 'A wrong refusal denies a person credit, and the data knows age, sex and origin.',
  },
  business_details: {
    business_problem: 'Which applications for a loan need a closer look?',
    line_of_business: 'Consumer credit',
  },
  additional_information: {
    ethical_considerations:
      'Bias by age, sex and foreign worker is measured in the data and in the predictions of each version.',
    caveats_and_recommendations: 'Approve a version only after reading its bias and explainability reports.',
  },
} as const;
