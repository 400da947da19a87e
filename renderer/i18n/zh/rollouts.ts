import type { Words } from '../i18n.ts';

export const rollouts: Words['rollouts'] = {
  empty: { title: '还没有轨迹', text: '智能体每一步的思考、工具调用和回答会显示在这里。请先开始一次训练。' },
};
