import { describe, expect, it } from 'vitest';
import { bootstrap, mcnemar } from '../../../main/evaluate/statistics.ts';

describe('McNemar’s exact test', () => {
  // scipy.stats.binomtest(b, b + c).pvalue
  it.each([
    [5, 15, 0.041389465332031264],
    [0, 6, 0.03125],
    [10, 12, 0.8318119049072266],
    [40, 80, 0.00033040001839131815],
    [3, 3, 1],
    [0, 0, 1],
  ])('%i against %i', (b, c, p) => {
    expect(mcnemar(b, c)).toBeCloseTo(p, 7);
    expect(mcnemar(c, b)).toBeCloseTo(p, 7);
  });
});

describe('bootstrap intervals', () => {
  const n = 400;
  const values = Float64Array.from({ length: n }, (_, i) => (i % 10 < 3 ? 1 : 0));

  it('are about as wide as theory says', () => {
    const [estimate] = bootstrap([values], 1);
    const half = 196 * Math.sqrt((0.3 * 0.7) / n);
    expect(estimate?.mean).toBe(30);
    expect(estimate?.low).toBeGreaterThan(30 - half - 0.8);
    expect(estimate?.low).toBeLessThan(30 - half + 0.8);
    expect(estimate?.high).toBeGreaterThan(30 + half - 0.8);
    expect(estimate?.high).toBeLessThan(30 + half + 0.8);
  });

  it('are the same for the same seed, and have no width where nothing varies', () => {
    expect(bootstrap([values], 7)).toEqual(bootstrap([values], 7));
    expect(bootstrap([values], 7)).not.toEqual(bootstrap([values], 8));
    expect(bootstrap([new Float64Array(5).fill(1)], 1)).toEqual([{ mean: 100, low: 100, high: 100 }]);
  });

  it('take all figures from the same resamples: a difference of equals is nothing', () => {
    const [a, b] = bootstrap([values, values.map((value) => value / 2)], 3);
    expect(b?.low).toBeCloseTo((a?.low ?? 0) / 2, 3);
  });
});
