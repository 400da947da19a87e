// BM25 (Robertson and Zaragoza 2009, section 3) over title and text as one field, where a word of the title counts more.

/** k1 and b are FTS5's own; a word in the title counts as this many in the text. */
export const bm25 = { k1: 1.2, b: 0.75, titleWeight: 2 } as const;

export type Collection = { readonly passages: number; /** Mean number of tokens of title and text together. */ readonly meanLength: number };

/** What a term weighs; positive also where most passages have it (Lucene's form). @param df passages that have the term. */
export const inverseFrequency = ({ passages }: Collection, df: number): number => Math.log(1 + (passages - df + 0.5) / (df + 0.5));

/** A term's part of a passage's score, before its weight. @param tf occurrences, those in the title times `titleWeight`. @param length tokens of the passage. */
export const saturation = ({ meanLength }: Collection, tf: number, length: number): number => {
  const { k1, b } = bm25;
  return (tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * length) / meanLength));
};

/**
 * Weight of a column for FTS5's bm25() so that it ranks without regard to length (b = 0). The index keeps no lengths
 * (`content='', columnsize=0`), and then FTS5 takes −1 for each of its two columns, so its denominator is
 * tf + k1·c with c = 1 − b + b·(−2)/mean. With a column weight of c that is c·(tf + k1), and c cancels. Reading a length
 * for each match would cost twice as much as all the rest.
 */
export function weightWithoutLengths({ meanLength }: Collection): number {
  const c = 1 - bm25.b - (2 * bm25.b) / meanLength;
  return Math.abs(c) < 1e-9 ? 1e-9 : c;
}
