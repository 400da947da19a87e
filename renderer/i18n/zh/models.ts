import type { Words } from '../i18n.ts';

export const models: Words['models'] = {
  empty: { title: '还没有模型', text: '模型文件夹和适配器会显示在这里，并说明所需内存。请打开 Qwen2.5-VL 的 Hugging Face 文件夹。' },
};
