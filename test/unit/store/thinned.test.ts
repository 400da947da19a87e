import { expect, test } from 'vitest';
import { type Stretch, thinned } from '../../../main/store/runs/thinned.ts';

const alone = (values: readonly number[]): Stretch[] => values.map((value, step) => [step, value, step, value, 1, value]);
const of = (values: readonly number[], most: number) => thinned(alone(values), [0, values[0] as number], [values.length - 1, values.at(-1) as number], most);

test('points of the line itself, by rising step, the first and the last among them, no more than wanted', () => {
  const line = Array.from({ length: 1001 }, (_, i) => Math.sin(i / 50));
  const { steps, values } = of(line, 100);
  expect(steps.length).toBeLessThanOrEqual(100);
  expect([steps[0], steps.at(-1)]).toEqual([0, 1000]);
  for (const [i, step] of steps.entries()) {
    expect(values[i]).toBe(line[step]);
    if (i > 0) expect(step).toBeGreaterThan(steps[i - 1] as number);
  }
});

test('of thousands of points both of two spikes beside each other stay, one up and one down', () => {
  const line = new Array<number>(5000).fill(1);
  [line[3217], line[3218]] = [50, -50];
  const { values } = of(line, 20);
  expect([...values]).toEqual(expect.arrayContaining([50, -50]));
});

test('a hand-computed choice, with the means of the buckets', () => {
  // (6 − 2) / 2 = 2 buckets of four steps: {3, 9, 0, 4} and {5, 5, 1, 2}.
  const { steps, values, means } = of([3, 9, 0, 4, 5, 5, 1, 2], 6);
  expect([[...steps], [...values], [...means]]).toEqual([[0, 1, 2, 4, 6, 7], [3, 9, 0, 5, 1, 2], [4, 4, 4, 3.25, 3.25, 3.25]]);
});

test('stretches stand for all their points', () => {
  const { steps, values, means } = thinned([[5, -1, 20, 7, 32, 64], [40, 0, 50, 9, 32, 128]], [0, 1], [63, 2], 6);
  expect([[...steps], [...values], [...means]]).toEqual([[0, 5, 20, 40, 50, 63], [1, -1, 7, 0, 9, 2], [2, 2, 2, 4, 4, 4]]);
});
