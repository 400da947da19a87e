import type { Words } from '../i18n.ts';

export const evaluate: Words['evaluate'] = {
  empty: { title: '还没有评测', text: '带置信区间的分数会与已发表结果并列显示在这里。请选择基准和模型。' },
};
