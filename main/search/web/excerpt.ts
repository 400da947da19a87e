import { passagesOf } from '../corpus/passages.ts';
import { inverseFrequency, saturation } from '../corpus/rank.ts';
import { queryTerms, tokens } from '../corpus/tokens.ts';

/** Of a longer page only the beginning is looked at. */
const longestText = 400_000;

/** The passage of a text that fits a query best, by BM25 among the text's own passages; the first where none has a word of it. */
export function excerpt(text: string, query: string): string {
  const passages = passagesOf(text.slice(0, longestText)).map((passage) => ({ passage, words: tokens(passage) }));
  const collection = { passages: passages.length, meanLength: Math.max(1, passages.reduce((sum, { words }) => sum + words.length, 0) / Math.max(1, passages.length)) };
  const scores = passages.map(() => 0);
  for (const term of queryTerms(query)) {
    const counts = passages.map(({ words }) => words.filter((word) => (term.prefix ? word.startsWith(term.text) : word === term.text)).length);
    const weight = inverseFrequency(collection, counts.filter((count) => count > 0).length);
    for (const [i, count] of counts.entries()) if (count > 0) (scores[i] as number) += weight * saturation(collection, count, passages[i]?.words.length ?? 0);
  }
  let best = 0;
  for (const [i, score] of scores.entries()) if (score > (scores[best] ?? 0)) best = i;
  return passages[best]?.passage ?? '';
}
