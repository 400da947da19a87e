import type { Words } from '../i18n.ts';

export const playground: Words['playground'] = {
  empty: { title: '还没有提问', text: '就一张图片提问，观看智能体思考、搜索、写代码并作答。' },
};
