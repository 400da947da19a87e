export const evaluate = {
  empty: { title: 'No evaluation yet', text: 'Scores with intervals will be here, beside the published ones. Choose a benchmark and a model.' },
};
