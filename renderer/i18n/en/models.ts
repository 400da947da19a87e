export const models = {
  empty: { title: 'No model yet', text: 'Model folders and adapters will be here, with the memory that they need. Open the Hugging Face folder of a Qwen2.5-VL.' },
};
