import { RandomStream } from '../generation/random.ts';

/** A mean with a 95 % interval, in percent. */
export type Estimate = { readonly mean: number; readonly low: number; readonly high: number };

const resamples = 2000;

/** Of reports and comparisons alike, so that the same items have the same interval in both. */
export const bootstrapSeed = 20260101;

/**
 * Means of several figures of the same items with percentile bootstrap intervals (Efron), all from the same resamples;
 * the seed decides them. Values in 0…1 (of differences in −1…1), one array for each figure, all of the same length n ≥ 1.
 */
export function bootstrap(figures: readonly Float64Array[], seed: number): readonly Estimate[] {
  const n = figures[0]?.length ?? 0;
  const random = new RandomStream(seed, 0);
  const means = figures.map(() => new Float64Array(resamples));
  const drawn = new Uint32Array(n);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) drawn[i] = Math.floor(random.next() * n);
    for (const [f, values] of figures.entries()) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += values[drawn[i] as number] as number;
      (means[f] as Float64Array)[r] = sum / n;
    }
  }
  return figures.map((values, f) => {
    const sorted = (means[f] as Float64Array).sort();
    return { mean: percent(values.reduce((a, b) => a + b, 0) / n), low: percent(quantile(sorted, 0.025)), high: percent(quantile(sorted, 0.975)) };
  });
}

/** Rounded to four digits, so that a figure is the same wherever it is computed. */
const percent = (value: number): number => Math.round(value * 1e6) / 1e4;

/** Linear between neighbours. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const [a, b] = [sorted[low] as number, sorted[Math.min(low + 1, sorted.length - 1)] as number];
  return a + (b - a) * (at - low);
}

/**
 * McNemar's exact test: the probability of a split as uneven as b against c, where b items are right only in the
 * first of two evaluations and c only in the second, if neither were better. 1 where nothing differs.
 */
export function mcnemar(b: number, c: number): number {
  const n = b + c;
  if (n === 0) return 1;
  // Twice the lower tail of a binomial with p = ½, summed in logarithms.
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= Math.min(b, c); k++) {
    tail += Math.exp(logChoose - n * Math.LN2);
    logChoose += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
