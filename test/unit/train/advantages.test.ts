import { expect, test } from 'vitest';
import { groupAdvantages } from '../../../main/train/advantages.ts';

const rounded = (values: Float64Array): readonly number[] => [...values].map((value) => Math.round(value * 1e4) / 1e4);

test('groups are named by ids, not by places', () => {
  const { values } = groupAdvantages([1, 5, 0, 3], ['a', 'b', 'a', 'b'], 'none');
  expect([...values]).toEqual([0.5, 1, -0.5, -1]);
});

test('scales by hand: two rewards of a group are √2/2 of their distance from the mean', () => {
  // Spread with n − 1 of {0, 1}: √0.5; of {0, 1, 4, 4}: √(12.75/3).
  expect(rounded(groupAdvantages([0, 1, 4, 4], [0, 0, 1, 1], 'group').values)).toEqual([-0.707, 0.707, 0, 0]);
  expect(rounded(groupAdvantages([0, 1, 4, 4], [0, 0, 1, 1], 'batch').values)).toEqual([-0.2425, 0.2425, 0, 0]);
});

test('equal rewards and groups of one give exactly 0, and are counted', () => {
  const { values, zeroSpread } = groupAdvantages([0.1 + 0.2, 0.3, 0.3, 0.3, 7], [0, 1, 1, 1, 2], 'group');
  expect([...values]).toEqual([0, 0, 0, 0, 0]);
  expect(zeroSpread).toBe(1);
  expect(groupAdvantages([], [], 'group')).toEqual({ values: new Float64Array(0), zeroSpread: 0 });
});

test('a constant added to a group’s rewards changes nothing', () => {
  const rewards = [0.5, 1, 0, 1, 0.25];
  const before = groupAdvantages(rewards, [0, 0, 0, 0, 0], 'group').values;
  const after = groupAdvantages(rewards.map((r) => r + 8), [0, 0, 0, 0, 0], 'group').values;
  for (const [i, value] of after.entries()) expect(value).toBeCloseTo(before[i] as number, 12);
});

test('a reward without a group is refused', () => {
  expect(() => groupAdvantages([1, 2], [0], 'group')).toThrow('2 rewards for 1 group ids');
});
