export const datasets = {
  empty: { title: 'No dataset yet', text: 'Samples with their images, questions and chains will be here. Import MAT, FlashRAG, JSON lines or Parquet files.' },
};
