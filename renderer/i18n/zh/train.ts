import type { Words } from '../i18n.ts';

export const train: Words['train'] = {
  empty: { title: '还没有训练', text: '训练及其曲线会显示在这里。快速体验约五分钟训练一个小模型。' },
};
