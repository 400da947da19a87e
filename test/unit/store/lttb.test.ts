import { expect, test } from 'vitest';
import { downsampled } from '../../../main/store/runs/lttb.ts';

const points = (values: readonly number[]) => ({ steps: Float64Array.from(values.keys()), values: Float64Array.from(values) });

test('as many points as wanted, the first and the last among them, all of them from the line', () => {
  const line = points(Array.from({ length: 1001 }, (_, i) => Math.sin(i / 50)));
  const { steps, values } = downsampled(line, 100);
  expect([steps.length, values.length, steps[0], steps[99]]).toEqual([100, 100, 0, 1000]);
  for (const [i, step] of steps.entries()) {
    expect(values[i]).toBe(line.values[step]);
    if (i > 0) expect(step).toBeGreaterThan(steps[i - 1] as number);
  }
});

test('a single peak among thousands stays', () => {
  const values = new Array<number>(5000).fill(1);
  values[3217] = 50;
  expect([...downsampled(points(values), 20).values]).toContain(50);
});

test('a hand-computed choice: of each bucket the point of the largest triangle', () => {
  // Buckets {1, 2} and {3, 4}. From (0, 0) with the mean (3.5, 1): point 1 spans |3.5·5 − 1·1| = 16.5, point 2 |3.5·1 − 2·1| = 1.5.
  // From (1, 5) with the last (5, 0): point 3 spans |4·(0 − 5) − 2·(0 − 5)| = 10, point 4 |4·(2 − 5) − 3·(0 − 5)| = 3.
  expect([...downsampled(points([0, 5, 1, 0, 2, 0]), 4).steps]).toEqual([0, 1, 3, 5]);
});

test('a short line is left as it is', () => {
  const line = points([3, 1, 2]);
  expect(downsampled(line, 3)).toBe(line);
});
