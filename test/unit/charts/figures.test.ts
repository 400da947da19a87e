import { expect, test } from 'vitest';
import { rewardFigure } from '../../../renderer/charts/figures.ts';

test.each([
  [0, '0.00'], [1.5, '1.50'], [-0.25, '−0.25'], [9999.5, '9999.50'], [2_219_799.2, '2.2e6'], [-12_345.6, '−12346'], [2.3e-7, '2.3e-7'], [0.004, '0.004'], [0.005, '0.01'],
] as const)('a reward of %d is written %s', (reward, words) => {
  expect(rewardFigure(reward)).toBe(words);
});

test('with three digits more of a small part is seen', () => {
  expect([0.1234, 0.0004, -0.0001].map((part) => rewardFigure(part, 3))).toEqual(['0.123', '4.0e-4', '−1.0e-4']);
});
