import { type TextMetric, sharedMultiset } from './text-metrics.ts';

// Our own scorer, and the reward of an answer. It departs from the published ones where those are wrong: tokens count
// as often as they are there, Chinese is compared by characters everywhere, and what is left of "A" is "a", not nothing.

const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** A character of a script that writes no spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Words, and single characters of unspaced scripts, together with the marks that follow them. */
const token = new RegExp(`${unspaced.source}\\p{M}*|(?:(?!${unspaced.source})[^\\s])+`, 'gu');

/**
 * Compatibility forms folded (NFKC), lower case, format characters dropped. In numbers a decimal point and a sign stay and
 * what stands between digits parts them, but for the commas of thousands; "+" and "#" stay behind a letter. Other
 * punctuation and symbols of ASCII go; articles go where something else is left, and where nothing is all stays.
 */
function normalise(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().replace(/\p{Cf}/gu, '');
  const bare = folded
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, '')
    .replace(/(?<![\p{L}\p{N}.])\.(?=\d)/gu, `0${point}`)
    .replace(/(?<=\d)\.(?=\d)/g, point)
    .replace(/(?<![\p{L}\p{N}])[-−–](?=\d)/gu, minus)
    .replace(/(?<=\p{L})[+#]+(?![\p{L}\p{N}])/gu, (marks) => marks.replaceAll('+', plus).replaceAll('#', hash))
    .replace(/(?<=\d)[\p{P}$+<=>^`|~]+(?=\d)/gu, ' ')
    .replace(/[\p{P}$+<=>^`|~]/gu, '')
    .replace(/[\ue000-\ue003]/g, (mark) => kept.get(mark) as string);
  return collapse(bare.replace(articles, ' ')) || collapse(bare) || collapse(folded);
}

// Characters of private use stand for the marks that stay.
const [point, minus, plus, hash] = ['\ue000', '\ue001', '\ue002', '\ue003'];
const kept = new Map([[point, '.'], [minus, '-'], [plus, '+'], [hash, '#']]);

const collapse = (text: string): string => text.replace(/[\s\p{Z}]+/gu, ' ').trim();

export const standardMetric: TextMetric = {
  normalise,
  tokens: (text) => text.match(token) ?? [],
  shared: sharedMultiset,
};
