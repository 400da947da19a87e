import { expect, test } from 'vitest';
import { bucketsOf } from '../../../../main/model/training/buckets.ts';

const any = { most: () => Infinity, cost: 16 };

test('rows of like length share a bucket, others do not', () => {
  expect(bucketsOf([200, 200, 200], any)).toEqual([[0, 1, 2]]);
  expect(bucketsOf([3, 200, 0, 198, 2], any)).toEqual([[1, 3], [0, 4]]);
  expect(bucketsOf([], any)).toEqual([]);
  expect(bucketsOf([0, 0], any)).toEqual([]);
});

test('a bucket has no more rows than it may', () => {
  expect(bucketsOf([50, 50, 50, 50, 50], { ...any, most: () => 2 }).map((bucket) => bucket.length).sort()).toEqual([1, 2, 2]);
  expect(bucketsOf([50, 49], { ...any, most: () => 0 })).toEqual([[0], [1]]);
});

test('no other cut is cheaper', () => {
  const lengths = [5, 90, 31, 30, 7, 88, 61, 2];
  const cost = (buckets: readonly (readonly number[])[]): number => buckets.reduce((sum, bucket) => sum + 16 + bucket.length * Math.max(...bucket.map((row) => lengths[row] as number)), 0);
  const sorted = [...lengths.keys()].sort((a, b) => (lengths[b] as number) - (lengths[a] as number));
  // All ways to cut the sorted rows.
  const cuts = Array.from({ length: 2 ** 7 }, (_, bits) => {
    const buckets: number[][] = [[sorted[0] as number]];
    for (const [i, row] of sorted.slice(1).entries()) if ((bits >> i) & 1) buckets.push([row]); else (buckets.at(-1) as number[]).push(row);
    return cost(buckets);
  });
  expect(cost(bucketsOf(lengths, any))).toBe(Math.min(...cuts));
});
