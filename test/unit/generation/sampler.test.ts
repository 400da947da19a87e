import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../main/generation/random.ts';
import type { TokenScores } from '../../../main/model/language-model.ts';
import { type SamplingSettings, chooseToken, greedy } from '../../../main/generation/sampler.ts';

const plain: SamplingSettings = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

/** Scores of logits as the model gives them, in blocks of two tokens. */
function scored(values: readonly number[]): TokenScores {
  const logNormaliser = Math.log(values.reduce((sum, x) => sum + Math.exp(x), 0));
  const probability = (i: number): number => (i < values.length ? Math.exp((values[i] as number) - logNormaliser) : 0);
  return { logits: Float32Array.from(values), logNormaliser, masses: Float32Array.from({ length: Math.ceil(values.length / 2) }, (_, b) => probability(2 * b) + probability(2 * b + 1)) };
}

/** Share of each id among many draws. */
function shares(logits: readonly number[], settings: SamplingSettings, seen: readonly number[] = [], draws = 20_000): number[] {
  const random = new RandomStream(7, 0);
  const counts = logits.map(() => 0);
  for (let i = 0; i < draws; i++) {
    const { id } = chooseToken(scored(logits), settings, new Set(seen), random);
    counts[id] = (counts[id] as number) + 1;
  }
  return counts.map((count) => count / draws);
}

/** Four standard errors of a share around 0.5 over 20,000 draws. */
const noise = 0.015;
const near = (found: readonly number[], expected: readonly number[]): void => {
  for (const [i, share] of expected.entries()) expect(Math.abs((found[i] as number) - share)).toBeLessThan(noise);
};

// Probabilities 1/2, 1/4, 1/8, 1/8.
const logits = [Math.log(4), Math.log(2), 0, 0];

describe('chooseToken', () => {
  test('at temperature 0 takes the most probable token, the first among equals', () => {
    expect(chooseToken(scored([1, 3, 3, 2]), greedy, new Set(), new RandomStream(0, 0)).id).toBe(1);
  });

  test('gives the logprob at temperature 1 with nothing dropped, whatever the settings', () => {
    for (const settings of [greedy, plain, { ...plain, temperature: 0.3, topK: 2, topP: 0.5 }]) {
      const { id, logprob } = chooseToken(scored(logits), settings, new Set(), new RandomStream(1, 0));
      expect(logprob).toBeCloseTo(Math.log([1 / 2, 1 / 4, 1 / 8, 1 / 8][id] as number), 6);
    }
  });

  test('gives the logprob at the temperature that is asked for', () => {
    // The odds 4, 2, 1, 1 squared.
    const { id, logprob } = chooseToken(scored(logits), { ...plain, temperature: 0.5, logprobTemperature: 0.5 }, new Set(), new RandomStream(1, 0));
    expect(logprob).toBeCloseTo(Math.log([16, 4, 1, 1][id]! / 22), 6);
  });

  test('draws by probability', () => near(shares(logits, plain), [0.5, 0.25, 0.125, 0.125]));

  test('temperature 0.5 squares the odds', () => near(shares(logits, { ...plain, temperature: 0.5 }), [16 / 22, 4 / 22, 1 / 22, 1 / 22]));

  test('top-k keeps the k most probable', () => near(shares(logits, { ...plain, topK: 2 }), [2 / 3, 1 / 3, 0, 0]));

  test('top-p keeps the fewest that reach the share', () => {
    near(shares(logits, { ...plain, topP: 0.75 }), [2 / 3, 1 / 3, 0, 0]);
    near(shares(logits, { ...plain, topP: 0.76 }), [4 / 7, 2 / 7, 1 / 7, 0]);
    near(shares(logits, { ...plain, topP: 0.01 }), [1, 0, 0, 0]);
  });

  test('min-p drops what is less probable than that share of the best', () => {
    near(shares(logits, { ...plain, minP: 0.4 }), [2 / 3, 1 / 3, 0, 0]);
    near(shares(logits, { ...plain, minP: 0.24 }), [0.5, 0.25, 0.125, 0.125]);
  });

  test('top-k comes before top-p: the share is of what top-k left', () => {
    near(shares(logits, { ...plain, topK: 2, topP: 0.66 }), [1, 0, 0, 0]);
    near(shares(logits, { ...plain, topK: 2, topP: 0.67 }), [2 / 3, 1 / 3, 0, 0]);
  });

  test('the repetition penalty divides positive logits of seen tokens and multiplies negative ones', () => {
    const settings = { ...greedy, repetitionPenalty: 2 };
    const pick = (values: number[], seen: number[]): number => chooseToken(scored(values), settings, new Set(seen), new RandomStream(0, 0)).id;
    expect(pick([3, 2, -1], [0])).toBe(1);
    expect(pick([3, 2, -1], [])).toBe(0);
    expect(pick([-3, -2, -5], [1])).toBe(0);
    expect(pick([-3.9, -2, -5], [1])).toBe(0);
    expect(pick([-4.1, -2, -5], [1])).toBe(1);
  });
});

describe('RandomStream', () => {
  test('the same seed and row give the same numbers, another row or seed others', () => {
    const draw = (seed: number, row: number): number[] => {
      const stream = new RandomStream(seed, row);
      return Array.from({ length: 8 }, () => stream.next());
    };
    expect(draw(3, 1)).toEqual(draw(3, 1));
    expect(draw(3, 1)).not.toEqual(draw(3, 2));
    expect(draw(3, 1)).not.toEqual(draw(4, 1));
  });

  test('numbers fill [0, 1) evenly', () => {
    const stream = new RandomStream(11, 4);
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 64_000; i++) {
      const bin = Math.floor(stream.next() * 16);
      bins[bin] = (bins[bin] as number) + 1;
    }
    // χ² with 15 degrees of freedom passes 37.7 once in a thousand.
    expect(bins.reduce((sum, n) => sum + (n - 4000) ** 2 / 4000, 0)).toBeLessThan(37.7);
  });
});

describe('banned tokens', () => {
  const scores = (logits: readonly number[]): TokenScores => {
    const data = Float32Array.from(logits);
    const sum = data.reduce((total, logit) => total + Math.exp(logit), 0);
    return { logits: data, logNormaliser: Math.log(sum), masses: Float32Array.of(1) };
  };
  test('are never written, the others as often as their shares say', () => {
    const settings = { ...greedy, temperature: 1, bannedIds: new Set([0]) };
    const random = new RandomStream(3, 0);
    const counts = [0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[chooseToken(scores([3, Math.log(3), 0]), settings, new Set(), random).id]! += 1;
    expect(counts[0]).toBe(0);
    expect(counts[1]! / 4000).toBeCloseTo(0.75, 1);
  });
  test('do not change a logprob, nor what greedy takes else', () => {
    const { id, logprob } = chooseToken(scores([3, 2, 0]), { ...greedy, bannedIds: new Set([0]) }, new Set(), new RandomStream(1, 0));
    expect(id).toBe(1);
    expect(logprob).toBeCloseTo(2 - Math.log(Math.exp(3) + Math.exp(2) + 1), 6);
  });
});
