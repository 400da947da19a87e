import { describe, expect, it } from 'vitest';
import { type ChartLine, at, bounds, onto, smoothed, stacked } from '../../../renderer/charts/lines.ts';

const line = (steps: readonly number[], values: readonly number[]): ChartLine => ({ key: 'k', label: 'l', colour: '#000000', form: 'stack', steps, values });

describe('lines of a chart', () => {
  it('are smoothed without a bias at the start', () => {
    expect(smoothed([3, 3, 3], 0.9)).toEqual([expect.closeTo(3), expect.closeTo(3), expect.closeTo(3)]);
    // By hand: (0.1·10·0.9 + 0.1·20) / (1 − 0.81)
    expect(smoothed([10, 20], 0.9)[1]).toBeCloseTo(2.9 / 0.19);
    expect(smoothed([1, 2], 0)).toEqual([1, 2]);
  });

  it('are straight between their points, level beyond them, and keep their gaps', () => {
    expect(at({ steps: [0, 10], values: [0, 5] }, [-1, 0, 4, 10, 12])).toEqual([0, 0, 2, 5, 5]);
    expect(at({ steps: [], values: [] }, [1])).toEqual([Number.NaN]);
    expect(onto([0, 1, 2], { steps: [0, 2], values: [7, 8] })).toEqual([7, null, 8]);
  });

  it('stand on each other', () => {
    const [a, b] = stacked([line([0, 2], [1, 1]), line([0, 1, 2], [2, 3, 4])]);
    expect(a?.values).toEqual([1, 1, 1]);
    expect(b?.values).toEqual([3, 4, 5]);
    expect(b?.band?.low).toEqual([1, 1, 1]);
  });

  it('have a scale that shows them all, or leaves out what lies far off', () => {
    const values = [...Array.from({ length: 100 }, (_, i) => i / 100), 1000];
    expect(bounds(values, { log: false, outliers: true })[1]).toBeGreaterThan(1000);
    expect(bounds(values, { log: false, outliers: false })[1]).toBeLessThan(4);
    expect(bounds([0, 0], { log: false, outliers: true })).toEqual([0, 1]);
    expect(bounds([0.5, 0.6], { log: false, outliers: true })[0]).toBeGreaterThan(0);
    const [low, high] = bounds([0, 0.01, 10], { log: true, outliers: true });
    expect([low > 0, low < 0.01, high > 10]).toEqual([true, true, true]);
  });
});
