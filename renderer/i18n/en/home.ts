export const home = {
  title: 'ARFT Studio',
  lead: 'Train, evaluate and show visual agents that search and write code, on this machine alone.',
  runs: 'Last runs',
  asked: 'Last questions',
  step: 'step {{step}} / {{steps}}',
  quickstart: { title: 'See it learn', text: 'A tiny built-in model learns to repair, crop and look up, by GRPO, through the real tools. About five minutes.', action: 'Set up the quickstart' },
  model: { title: 'Open a model', text: 'Point to the Hugging Face folder of a Qwen2.5-VL, and ask it about an image.', action: 'Open a model folder' },
  dataset: { title: 'Bring a dataset', text: 'MAT, FlashRAG, JSON lines or Parquet: drop the files, and browse what is in them.', action: 'Import a dataset' },
};
