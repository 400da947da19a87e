// One tokenizer for what is indexed, asked and ranked. What it makes is handed to FTS5, whose `ascii` tokenizer then only
// folds the case of ASCII letters and cuts where an ASCII sign is neither letter nor digit.
//
// Chinese, Japanese, Thai, Lao, Khmer and Burmese write no spaces between words. A run of
// n signs becomes its n − 1 pairs and its last sign alone: 图像里 → 图像 像里 里. So two signs are found wherever they stand,
// and one sign as the beginning of a token.

const asciiOnly = /^[\0-\x7F]*$/;
const unspaced = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー々\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const token = new RegExp(`[${unspaced}]+|[[\\p{L}\\p{N}\\p{M}]--[${unspaced}]]+`, 'gv');
const unspacedRun = new RegExp(`^[${unspaced}]`, 'v');
/** Accents, and the vowel points of Hebrew and Arabic, which are often left out. Other marks belong to their letters. */
const marks = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]+/gu;

/** A text as it is handed to FTS5: letters without marks, full-width forms as ASCII, runs without spaces as pairs. */
export const indexText = (text: string): string => (asciiOnly.test(text) ? text : foldedTokens(text).join(' '));

/** The tokens of a text in its order, as FTS5 sees them. */
export function tokens(text: string): readonly string[] {
  return asciiOnly.test(text) ? (text.toLowerCase().match(/[a-z0-9]+/g) ?? []) : foldedTokens(text);
}

/** Number of tokens of a text that `indexText` returned. */
export function countTokens(indexed: string): number {
  let count = 0;
  let inside = false;
  for (let i = 0; i < indexed.length; i++) {
    const code = indexed.charCodeAt(i);
    const letter = code > 127 || (code > 47 && code < 58) || (code > 64 && code < 91) || (code > 96 && code < 123);
    if (letter && !inside) count += 1;
    inside = letter;
  }
  return count;
}

function foldedTokens(text: string): string[] {
  const out: string[] = [];
  for (const [run] of runs(text)) {
    if (unspacedRun.test(run)) out.push(...pairs(run));
    else out.push(run);
  }
  return out;
}

/** Compatibility forms first (ｆ, ﬁ, ㎞), then marks off; composed again, or Korean syllables would stay in pieces. */
const runs = (text: string): Iterable<RegExpMatchArray> => text.normalize('NFKD').replace(marks, '').normalize('NFC').toLowerCase().matchAll(token);

function pairs(run: string): string[] {
  const signs = [...run];
  return signs.map((sign, i) => sign + (signs[i + 1] ?? ''));
}

/** What is looked for: a token, or the beginning of one. */
export type Term = { readonly text: string; readonly prefix: boolean };

/** Longer queries are cut: a model may write anything. */
const longestQuery = 2000;
const mostTerms = 32;

/** The different terms of a query, in its order. */
export function queryTerms(query: string): readonly Term[] {
  const terms = new Map<string, Term>();
  for (const [run] of runs(query.slice(0, longestQuery))) {
    const made = unspacedRun.test(run) ? pairsAsked(run) : [{ text: run, prefix: false }];
    for (const term of made) if (terms.size < mostTerms && !terms.has(term.text)) terms.set(term.text, term);
  }
  return [...terms.values()];
}

/** A run's last sign is in its last pair already; one sign alone is the beginning of a pair. */
function pairsAsked(run: string): Term[] {
  const made = pairs(run);
  return made.length === 1 ? [{ text: run, prefix: true }] : made.slice(0, -1).map((text) => ({ text, prefix: false }));
}
