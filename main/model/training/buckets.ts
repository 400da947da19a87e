export type BucketRules = {
  /** Rows that a bucket of this length may have. */
  readonly most: (length: number) => number;
  /** What another bucket costs beside its tokens, in tokens. */
  readonly cost: number;
};

/**
 * Cuts rows into buckets, each as long as its longest row, so that padding and buckets together cost least. A bucket has
 * at most `most` rows, and at least one. Rows of length 0 are in none. Longest bucket first; indices of rows within each.
 */
export function bucketsOf(lengths: readonly number[], { most, cost }: BucketRules): readonly (readonly number[])[] {
  const rows = [...lengths.keys()].filter((row) => (lengths[row] as number) > 0).sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b);
  // best[n]: the least cost of the first n rows, and where the last of their buckets starts.
  const best: { cost: number; start: number }[] = [{ cost: 0, start: 0 }];
  for (let n = 1; n <= rows.length; n++) {
    const choices = Array.from({ length: n }, (_, start) => {
      const longest = lengths[rows[start] as number] as number;
      const tooMany = n - start > Math.max(1, most(longest));
      return { cost: tooMany ? Infinity : (best[start]?.cost as number) + (n - start) * longest + cost, start };
    });
    best.push(choices.reduce((a, b) => (b.cost < a.cost ? b : a)));
  }
  const buckets: (readonly number[])[] = [];
  for (let end = rows.length; end > 0; end = best[end]?.start as number) buckets.unshift(rows.slice(best[end]?.start, end));
  return buckets;
}
