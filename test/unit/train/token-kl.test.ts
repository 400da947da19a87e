import { expect, it } from 'vitest';
import { runConfig } from '../../../main/records/run-config.ts';
import type { Trajectory } from '../../../main/records/trajectory.ts';
import type { GroupTokens } from '../../../main/train/token-batches.ts';
import { byTurn, measuresKl, tokenKl } from '../../../main/train/token-kl.ts';

// Expected values: e^d − d − 1 with d = reference − policy, worked out with 30 digits and rounded to four.

const row = (mask: readonly number[]) => ({ ids: mask.map((_, i) => i), mask, images: [] });
const group: GroupTokens = {
  batch: { prompt: { ids: [1], images: [] }, rows: [row([1, 1, 0, 1]), row([0, 0, 1, 1])] },
  members: [4, 2],
  samplerLogprobs: [],
  truncated: [false, true],
};

it('is k3 of the tokens that were written, for each member; what was cut off is measured too', () => {
  // d:               −1     0.5   (tool)   0    (joined prompt)  2  −0.001
  const policy = [-1, -2, -9, -0.5, -9, -9, -3, -0.001];
  const reference = [-2, -1.5, 0, -0.5, 0, 0, -1, -0.002];
  expect(tokenKl(group, policy, reference)).toEqual(new Map([[4, [0.3679, 0.1487, 0]], [2, [4.389, 4.998e-7]]]));
});

it('is 0 where single precision holds no difference', () => {
  const [policy, reference] = [Float32Array.from([-1, -1, 0, -1, 0, 0, -1, -1]), Float32Array.from([-1.00002, -1.00003, 0, -0.9999, 0, 0, -1.0005, -1])];
  // d²/2 of 2e-5, 3e-5, 1e-4 and 5e-4: 2e-10, 4.5e-10, 5e-9, 1.25e-7.
  const values = [...tokenKl(group, policy, reference).values()].flat();
  expect(values.map((each) => Number(each.toPrecision(2)))).toEqual([0, 0, 5e-9, 1.2e-7, 0]);
});

it('lies in turns as the tokens do', () => {
  const turn = (written: number) => ({ tokens: { context: [7, 7], sampled: Array.from({ length: written }, () => 1), logprobs: [] } }) as unknown as Trajectory['turns'][number];
  expect(byTurn({ turns: [turn(2), turn(0), turn(1)] }, [0.1, 0.2, 0.3])).toEqual([[0.1, 0.2], [], [0.3]]);
});

it.each([
  [{ loss: { beta: 0.04, watchKl: false } }, true],
  [{ loss: { beta: 0, watchKl: false } }, false],
  [{ loss: { beta: 0, watchKl: true } }, true],
  [{ loss: { beta: 0, watchKl: true }, parameters: { kind: 'full' } }, false],
  [{ loss: { beta: 0.04, watchKl: true }, parameters: { kind: 'full' } }, true],
] as const)('is measured or not: %j', (config, measured) => {
  expect(measuresKl(runConfig.parse({ name: 'x', ...config }))).toBe(measured);
});
