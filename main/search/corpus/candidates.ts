import type { Term } from './tokens.ts';

// Which passages are ranked exactly. BM25 over every passage that has any word of the query takes a second where the words
// are common, so FTS5 ranks a part first: all passages with the rarer words, as many as fit into a budget of postings.
// Words that fit no more still count in the exact ranking; they only bring no candidates of their own.

export type WeighedTerm = Term & { /** Passages that have it. */ readonly df: number };

/** What FTS5 is asked for candidates; `all` where a passage must have every term. */
export type CandidateQuery = { readonly terms: readonly WeighedTerm[]; readonly all: boolean };

/** Passages that FTS5 may rank for one query; it ranks 3 to 8 millions a second. */
const rankedPassages = 250_000;

/**
 * The queries to ask, in order, until there are enough candidates.
 * @param terms those that occur at all.
 */
export function candidateQueries(terms: readonly WeighedTerm[], budget = rankedPassages): readonly CandidateQuery[] {
  const rareFirst = terms.toSorted((a, b) => a.df - b.df);
  let sum = 0;
  const fitting = rareFirst.filter(({ df }) => (sum += df) <= budget);
  if (fitting.length > 0 || rareFirst.length === 0) return rareFirst.length === 0 ? [] : [{ terms: fitting, all: false }];
  // Nothing but very common words: passages that have all of them, then all but the most common, and so on.
  return rareFirst.map((_, i) => ({ terms: rareFirst.slice(0, rareFirst.length - i), all: true }));
}

/** FTS5's own language. Tokens are letters and digits, so quoting them is enough. */
export const matchExpression = ({ terms, all }: CandidateQuery): string => terms.map(termExpression).join(all ? ' AND ' : ' OR ');

export const termExpression = ({ text, prefix }: Term): string => `"${text}"${prefix ? ' *' : ''}`;
