/** Points of a line, by rising step; `means` where each stands for several: the mean of those around it. */
export type Points = { readonly steps: Float64Array; readonly values: Float64Array; readonly means?: Float64Array };

/** A stretch of a line in short; of a single point, that point twice. */
export type Stretch = readonly [lowStep: number, low: number, highStep: number, high: number, count: number, total: number];

type Bucket = { lowStep: number; low: number; highStep: number; high: number; count: number; total: number };

/**
 * A line in at most `most` (≥ 4) points: the lowest and the highest of each bucket of steps, where they stand, so that a
 * screen shows every spike; and the first and the last of all.
 * @param stretches by rising step.
 */
export function thinned(stretches: Iterable<Stretch>, first: readonly [step: number, value: number], last: readonly [step: number, value: number], most: number): Required<Points> {
  const count = Math.floor((most - 2) / 2);
  const width = (last[0] - first[0] + 1) / count;
  const buckets = new Array<Bucket | undefined>(count);
  for (const [lowStep, low, highStep, high, points, total] of stretches) {
    const place = Math.min(count - 1, Math.floor((Math.min(lowStep, highStep) - first[0]) / width));
    const bucket = buckets[place];
    if (bucket === undefined) {
      buckets[place] = { lowStep, low, highStep, high, count: points, total };
      continue;
    }
    if (low < bucket.low) [bucket.lowStep, bucket.low] = [lowStep, low];
    if (high > bucket.high) [bucket.highStep, bucket.high] = [highStep, high];
    bucket.count += points;
    bucket.total += total;
  }
  const chosen = new Map<number, readonly [value: number, mean: number]>();
  const filled = buckets.filter((bucket) => bucket !== undefined);
  const meanOf = (bucket: Bucket | undefined, value: number): number => (bucket ? bucket.total / bucket.count : value);
  chosen.set(first[0], [first[1], meanOf(filled[0], first[1])]);
  for (const bucket of filled) {
    chosen.set(bucket.lowStep, [bucket.low, meanOf(bucket, bucket.low)]);
    chosen.set(bucket.highStep, [bucket.high, meanOf(bucket, bucket.high)]);
  }
  chosen.set(last[0], [last[1], meanOf(filled.at(-1), last[1])]);
  const steps = Float64Array.from(chosen.keys()).sort();
  return { steps, values: steps.map((step) => chosen.get(step)?.[0] as number), means: steps.map((step) => chosen.get(step)?.[1] as number) };
}
