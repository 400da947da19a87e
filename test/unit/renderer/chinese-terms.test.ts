import { expect, test } from 'vitest';
import { catalogue } from '../../../renderer/i18n/zh/engine/engine.ts';
import { zh } from '../../../renderer/i18n/zh/zh.ts';

/** One term for one thing, as Chinese papers and annotators say it: the term, and what is not said for it. */
const terms: readonly (readonly [term: string, instead: RegExp])[] = [
  ['token', /词元/],
  ['重命名', /改名/],
  // An image processor is one of a model's parts.
  ['图片', /图像(?!处理器)/],
  ['接口', /接口服务/],
  ['加载', /载入/],
  ['CPU', /(?<!图像)处理器/],
  ['GPU', /显卡(?!驱动)/],
  ['nat', /奈特/],
  ['提示词', /提示(?!词)/],
  ['搜索词', /(?<!已)查询(?!部分)/],
  ['段落', /文段|段文字/],
  ['标注链', /步骤链/],
  ['采样', /抽样/],
  ['精确匹配', /完全匹配/],
  ['轮数', /轮次/],
  ['程序故障', /系统故障/],
  ['AdamW 的动量', /的矩(?!阵)/],
  ['激活值', /激活(?!值)/],
  // What another evaluation is compared with; 基准 is a benchmark.
  ['对照', /[于为去]基准|仅基准/],
  ['程序', /应用(?!”|$)/],
  ['Enter', /回车/],
  ['您', /你/],
];

const texts = (tree: object): readonly string[] => Object.values(tree).flatMap((value: unknown) => (typeof value === 'string' ? [value] : texts(value as object)));

const all = [...texts(zh), ...texts(catalogue)];

test('each thing has one Chinese term', () => {
  const others = terms.flatMap(([term, instead]) => all.filter((text) => instead.test(text)).map((text) => `${term}: ${text}`));
  expect(others, 'say the term before the colon').toEqual([]);
});

test('Latin words stand apart from Chinese ones', () => {
  expect(all.filter((text) => /\p{Script=Han}(token|CPU|GPU|nat)|(token|CPU|GPU|nat)\p{Script=Han}/u.test(text))).toEqual([]);
});
