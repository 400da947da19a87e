import { describe, expect, test } from 'vitest';
import { advantageScales, groupAdvantages } from '../../main/train/advantages.ts';
import { policyLoss } from '../../main/train/losses/policy-loss.ts';
import { supervisedLoss } from '../../main/train/losses/supervised-loss.ts';
import { grpo, grpoTensors, lossSettings, lossTokens, offsets, reference, toolMask } from './grpo-case.ts';

const logprobs = reference('logprobs');
const entropies = reference('entropies');

describe('losses from the reference’s logprobs', () => {
  test.each(grpo.cases)('$name', (each) => {
    expect(policyLoss(lossTokens(each, logprobs, entropies), lossSettings(each)).value).toBeCloseTo(each.loss, 5);
  });

  test('supervised', () => {
    expect(supervisedLoss({ offsets, mask: toolMask, logprobs }).value).toBeCloseTo(grpo.sft_loss, 5);
  });
});

test.each(advantageScales)('advantages of two groups, scaled by %s', (scale) => {
  const expected = grpoTensors.readFloat32(`advantages.${scale}`);
  const groups = grpo.rewards.flatMap((rewards, group) => rewards.map(() => group));
  const { values, zeroSpread } = groupAdvantages(grpo.rewards.flat(), groups, scale);
  const equal = grpo.rewards.map((rewards) => new Set(rewards).size === 1);
  for (const [i, value] of values.entries()) {
    // Of equal rewards the reference has 3e-4, the rounding of their mean divided by 1e-4.
    if (equal[groups[i] as number]) expect(value).toBe(0);
    else expect(value).toBeCloseTo(expected[i] as number, 5);
  }
  expect(zeroSpread).toBe(groups.filter((group) => equal[group]).length / groups.length);
});
