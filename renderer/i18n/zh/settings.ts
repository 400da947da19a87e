import type { Words } from '../i18n.ts';

export const settings: Words['settings'] = {
  empty: { title: '设置', text: '数据文件夹、计算设备、沙箱、搜索引擎和语言在这里设置。' },
};
