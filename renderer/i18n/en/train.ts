export const train = {
  empty: { title: 'No run yet', text: 'Runs and their curves will be here. The quickstart trains a tiny model in about five minutes.' },
};
