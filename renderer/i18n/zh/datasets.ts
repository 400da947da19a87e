import type { Words } from '../i18n.ts';

export const datasets: Words['datasets'] = {
  empty: { title: '还没有数据集', text: '样本、图片、问题和标注链会显示在这里。请导入 MAT、FlashRAG、JSON Lines 或 Parquet 文件。' },
};
