import { type TextMetric, sharedSet } from './text-metrics.ts';

// The published scorers, fault for fault, so that their figures can be had again. The rules follow Python's `re` and
// `str.split`, whose word characters and white space are not JavaScript's.

const asciiPunctuation = /[!-/:-@[-`{-~]/g;
/** Punctuation that MAT-Coding's scorer drops besides ASCII's: full-width forms and Chinese marks. */
const widePunctuation = /[！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､\u3000、〃〈〉《》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏﹑﹔·]/g;
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// oxlint-disable-next-line no-control-regex -- Python's split() takes the information separators for white space
const whiteSpace = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const han = /[\u4e00-\u9fff]/;

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

// Not trim(), which has other white space than Python's.
const collapse = (text: string): string => text.replace(whiteSpace, ' ').replaceAll(/^ | $/g, '');

/** MAT-Search and the multi-hop benchmarks: SQuAD's rules, shared tokens counted once. */
export const paperMetric: TextMetric = {
  normalise: (text) => collapse(text.toLowerCase().replace(asciiPunctuation, '').replace(articles, ' ')),
  tokens: words,
  shared: sharedSet,
};

/**
 * MAT-Coding: a text with a Han character keeps its articles and its line breaks and loses its spaces; where one of the
 * two texts has one, both are compared by characters, the spaces between English words among them.
 */
export const paperCodingMetric: TextMetric = {
  normalise: (text) => {
    const bare = text.toLowerCase().replace(asciiPunctuation, '').replace(widePunctuation, '');
    return han.test(bare) ? bare.replaceAll(' ', '') : collapse(bare.replace(articles, ' '));
  },
  tokens: (text, other) => (han.test(text) || han.test(other) ? [...text] : words(text)),
  shared: sharedSet,
};
