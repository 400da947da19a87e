import { indexText, queryTerms } from '../../search/corpus/tokens.ts';
import type { Sample } from '../../records/sample.ts';

// Full text of samples: the tokens of a search corpus, so Chinese is found by its signs.

/** A sample's text as FTS5 gets it. */
export const wordsOf = ({ question, answers }: Sample): readonly [question: string, answers: string] => [indexText(question), indexText(answers.join('\n'))];

/**
 * FTS5's question for samples that have all words of a text; its last one may be the beginning of a word, since it is
 * still being typed. Nothing for a text without a word.
 */
export function matchOf(text: string): string | undefined {
  const terms = queryTerms(text);
  if (terms.length === 0) return undefined;
  const typing = /[\p{L}\p{N}]$/u.test(text);
  return terms.map(({ text: term, prefix }, i) => `"${term}"${prefix || (typing && i === terms.length - 1) ? ' *' : ''}`).join(' AND ');
}
