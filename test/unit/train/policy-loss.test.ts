import { describe, expect, test } from 'vitest';
import { policyLoss, type PolicyLossSettings, type PolicyTokens } from '../../../main/train/losses/policy-loss.ts';
import { lossNames } from '../../../main/train/losses/table.ts';
import { totalsOf, withoutTruncated } from '../../../main/train/losses/tokens.ts';
import { randomNumbers } from './random-numbers.ts';

const defaults: PolicyLossSettings = {
  loss: 'dapo', epsilonLow: 0.2, epsilonHigh: 0.28, beta: 0, unbiasedKl: false, entropyCoefficient: 0, maxCompletionLength: 9,
  sapoTemperature: { positive: 1, negative: 1.05 },
};

/** Four completions of 5, 1, 0 and 4 tokens, two of which a tool wrote. */
function randomBatch(seed: number): PolicyTokens & { readonly [K in 'logprobs' | 'entropies' | 'oldLogprobs']: Float64Array } {
  const random = randomNumbers(seed);
  const logprobs = Float64Array.from({ length: 10 }, () => -3 * random());
  const near = (spread: number): Float64Array => logprobs.map((value) => value + spread * (random() - 0.5));
  return {
    offsets: [0, 5, 6, 6, 10], mask: Uint8Array.of(1, 1, 0, 0, 1, 1, 1, 1, 1, 1), logprobs, entropies: logprobs.map(() => 4 * random()),
    advantages: [1.2, -0.7, 0.4, -1.1], oldLogprobs: near(1), referenceLogprobs: near(0.6), samplerLogprobs: near(1.2),
  };
}

const variants: readonly (readonly [string, Partial<PolicyLossSettings>])[] = [
  ['plain', {}],
  ['KL', { beta: 0.3 }],
  ['unbiased KL', { beta: 0.3, unbiasedKl: true }],
  ['entropy', { entropyCoefficient: 0.2 }],
  ['dual clip', { delta: 1.4 }],
  ['sampler by token, cut', { samplerCorrection: { level: 'token', beyond: 'truncate', cap: 1.1 } }],
  ['sampler by completion, masked', { beta: 0.1, samplerCorrection: { level: 'sequence', beyond: 'mask', cap: 1.3 } }],
];

describe.each(lossNames)('%s', (loss) => {
  test.each(variants)('%s: derivatives are the finite differences', (_, variant) => {
    const settings = { ...defaults, ...variant, loss };
    for (let seed = 0; seed < 8; seed++) {
      const batch = randomBatch(seed);
      const { gradients } = policyLoss(batch, settings);
      for (const key of ['logprobs', 'entropies'] as const) {
        for (const t of batch.mask.keys()) {
          const at = (step: number): number => {
            const moved = Float64Array.from(batch[key]);
            moved[t] = (moved[t] as number) + step;
            // cispo's weights are constants: only the logprob that they multiply moves.
            if (loss === 'cispo' && key === 'logprobs') return weightedLoss(batch, moved, settings);
            return policyLoss({ ...batch, [key]: moved }, settings).value;
          };
          expect((at(1e-6) - at(-1e-6)) / 2e-6).toBeCloseTo(gradients[key][t] as number, 5);
        }
      }
    }
  });

  test('on policy and without KL its gradient is REINFORCE’s with the baseline', () => {
    const { oldLogprobs: _, ...batch } = randomBatch(3);
    const { gradients, metrics } = policyLoss(batch, { ...defaults, loss, epsilonHigh: 3 }); // cispo's cap is ε itself
    const weights = [...batch.mask].map((bit, t) => bit * -(batch.advantages[batch.offsets.findIndex((o, i) => t >= o && t < (batch.offsets[i + 1] as number))] as number));
    const lengths: Readonly<Record<string, (length: number) => number>> = {
      grpo: (n) => 4 * n, gspo: (n) => 4 * n, sapo: (n) => 4 * n, bnpo: () => 8, dapo: () => 8, cispo: () => 8, dr_grpo: () => 36, luspo: () => 4,
    };
    for (const [t, weight] of weights.entries()) {
      const trained = t < 5 ? 3 : t === 5 ? 1 : 4;
      expect(gradients.logprobs[t]).toBeCloseTo(weight / lengths[loss]!(trained), 6);
    }
    expect(metrics).toMatchObject({ tokens: 8, ratio: 1, ratioMax: 1, clippedLow: 0, clippedHigh: 0 });
  });

  test('zero advantages and β 0: loss and gradient are 0', () => {
    const { value, gradients } = policyLoss({ ...randomBatch(1), advantages: [0, 0, 0, 0] }, { ...defaults, loss });
    expect(Math.abs(value)).toBe(0);
    expect(gradients.logprobs.every((g) => g === 0)).toBe(true);
  });

  test('nothing to learn from: loss and gradient are 0, not NaN', () => {
    const batch = randomBatch(1);
    for (const nothing of [{ ...batch, mask: withoutTruncated(batch, [true, true, true, true]) }, { ...batch, offsets: [0], mask: new Uint8Array(0), advantages: [] }]) {
      const { value, gradients, metrics } = policyLoss(nothing, { ...defaults, loss, beta: 0.1, entropyCoefficient: 0.1 });
      expect([value, metrics.kl, metrics.entropy, metrics.ratio]).toEqual([0, 0, 0, 0]);
      expect(gradients.logprobs.every((g) => g === 0)).toBe(true);
    }
  });

  test('masked tokens count for nothing, whatever stands there', () => {
    const batch = randomBatch(2);
    const poisoned = (values: Float64Array): Float64Array => values.map((value, t) => (batch.mask[t] === 1 ? value : 10_000 * (-1) ** t));
    const other = { ...batch, logprobs: poisoned(batch.logprobs), entropies: poisoned(batch.entropies), oldLogprobs: poisoned(batch.oldLogprobs) };
    const settings = { ...defaults, loss, beta: 0.2, entropyCoefficient: 0.1 };
    expect(policyLoss(other, settings)).toEqual(policyLoss(batch, settings));
  });

  test('a step cut into batches has the gradient of the uncut one', () => {
    const batch = randomBatch(4);
    const settings = { ...defaults, loss, beta: 0.2, entropyCoefficient: 0.1 };
    const totals = totalsOf(batch);
    const whole = policyLoss(batch, settings);
    const part = (first: number, end: number): PolicyTokens => {
      const [from, to] = [batch.offsets[first] as number, batch.offsets[end] as number];
      const cut = (values: PolicyTokens['logprobs'] | undefined) => values?.slice(from, to) as Float64Array;
      return {
        offsets: batch.offsets.slice(first, end + 1).map((o) => o - from), mask: batch.mask.slice(from, to), advantages: batch.advantages.slice(first, end),
        logprobs: cut(batch.logprobs), entropies: cut(batch.entropies), oldLogprobs: cut(batch.oldLogprobs), referenceLogprobs: cut(batch.referenceLogprobs),
      };
    };
    const parts = [part(0, 2), part(2, 4)].map((each) => policyLoss(each, settings, loss === 'bnpo' ? { ...totals, batches: 2 } : totals));
    if (loss === 'bnpo') return expect(parts.every(({ value }) => Number.isFinite(value))).toBe(true); // depends on the cut by its definition
    expect(parts.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(whole.value, 12);
    expect(parts.flatMap(({ gradients }) => [...gradients.logprobs])).toEqual([...whole.gradients.logprobs]);
  });
});

/** cispo with the weights of the batch and other logprobs, written out by itself. */
function weightedLoss(batch: PolicyTokens, moved: Float64Array, settings: PolicyLossSettings): number {
  const fixed = policyLoss(batch, { ...settings, beta: 0, entropyCoefficient: 0 }).gradients.logprobs;
  const policy = moved.reduce((sum, logprob, t) => sum + (fixed[t] as number) * logprob, 0);
  const rest = { ...batch, logprobs: moved, advantages: [0, 0, 0, 0] };
  return policy + policyLoss(rest, settings).value;
}

test('clip shares, ratios and the sampler’s distance by hand', () => {
  const ln = Math.log;
  const { metrics } = policyLoss({
    offsets: [0, 2, 4], mask: Uint8Array.of(1, 1, 1, 1), advantages: [1, -1], entropies: [1, 2, 3, 4],
    logprobs: [ln(0.6), ln(0.2), ln(0.3), ln(0.5)], oldLogprobs: [ln(0.4), ln(0.2), ln(0.4), ln(0.5)], samplerLogprobs: [ln(0.4), ln(0.2), ln(0.4), ln(0.5) - 0.02],
    referenceLogprobs: [ln(0.6), ln(0.2), ln(0.3), ln(1)],
  }, { ...defaults, beta: 0.1 });
  expect(metrics.entropy).toBe(2.5);
  expect(metrics.ratio).toBeCloseTo((1.5 + 1 + 0.75 + 1) / 4, 12);
  expect(metrics.ratioMax).toBeCloseTo(1.5, 12);
  expect([metrics.clippedLow, metrics.clippedHigh]).toEqual([0.25, 0.25]);
  expect(metrics.kl).toBeCloseTo((2 - ln(2) - 1) / 4, 12);
  expect(metrics.samplerDifference.mean).toBeCloseTo(0.005, 12);
  expect(metrics.samplerDifference.max).toBeCloseTo(0.02, 12);
});
