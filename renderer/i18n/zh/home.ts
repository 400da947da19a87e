import type { Words } from '../i18n.ts';

export const home: Words['home'] = {
  title: 'ARFT Studio',
  lead: '在本机上训练、评测和演示会搜索、会写代码的视觉智能体。',
  runs: '最近的训练',
  asked: '最近的提问',
  step: '第 {{step}} / {{steps}} 步',
  quickstart: { title: '看它学习', text: '内置的小模型用 GRPO 和真实工具学习修图、裁剪与搜索，大约五分钟。', action: '设置快速体验' },
  model: { title: '打开模型', text: '选择一个 Qwen2.5-VL 的 Hugging Face 文件夹，然后就图片向它提问。', action: '打开模型文件夹' },
  dataset: { title: '导入数据集', text: '支持 MAT、FlashRAG、JSON Lines 和 Parquet：拖入文件即可浏览。', action: '导入数据集' },
};
