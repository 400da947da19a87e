import { expect, test } from 'vitest';
import { runConfig } from '../../../main/records/run-config.ts';
import { checkLoss, learn, lossSettings } from '../../../main/train/learn.ts';
import type { GroupTokens } from '../../../main/train/token-batches.ts';
import type { WorkerClient } from '../../../main/worker/client.ts';

/** A worker whose model gives every token the logprob −1, and that keeps the derivatives of the loss and what it was asked. */
function stillWorker() {
  const derivatives: number[][] = [];
  const asked: string[] = [];
  const call = async (method: string, params: { batch?: GroupTokens['batch']; derivatives?: { logprobs: Float32Array } }) => {
    asked.push(method);
    if (method === 'trainForward') {
      const tokens = params.batch?.rows.reduce((sum, { ids }) => sum + ids.length, 0) ?? 0;
      return { pass: 0, logprobs: new Float32Array(tokens).fill(-1), entropies: new Float32Array(tokens) };
    }
    if (method === 'trainBackward') derivatives.push([...(params.derivatives?.logprobs ?? [])].filter((value) => value !== 0));
    return { gradNorm: 1 };
  };
  return { worker: { call } as unknown as WorkerClient, derivatives, asked };
}

/** A group of two rows of so many tokens behind a prompt. */
const group = (first: number, prompt: number, tokens: number): GroupTokens => ({
  batch: { prompt: { ids: new Array<number>(prompt).fill(7), images: [] }, rows: [0, 1].map(() => ({ ids: new Array<number>(tokens).fill(8), mask: new Uint8Array(tokens).fill(1), images: [] })) },
  members: [first, first + 1],
  samplerLogprobs: [0, 1].map(() => new Float32Array(tokens).fill(-1)),
  truncated: [false, false],
});

// Short prompts go through the model together, long ones apart; a group of equal rewards is not looked at.
test.each([[20], [300]])('bnpo with prompts of %i tokens: the mean over a group’s tokens, then over the step’s groups', async (prompt) => {
  const { worker, derivatives } = stillWorker();
  const config = runConfig.parse({ loss: { name: 'bnpo', watchKl: false } });
  const advantages = Float64Array.of(1, -1, 0, 0, 2, -2);
  await learn(worker, [group(0, prompt, 4), group(2, prompt, 5), group(4, prompt, 8)], advantages, config, 0, -1);
  const expected = (size: number, advantage: number): number => -advantage / (3 * 2 * size);
  expect(derivatives.flat().map((value) => value.toFixed(7))).toEqual([[4, 1], [4, -1], [8, 2], [8, -2]].flatMap(([size, advantage]) => new Array(size).fill(expected(size as number, advantage as number).toFixed(7))));
});

// An update by gradients of 0 would move the weights on as AdamW's means have it, and take the decay.
test.each([{}, { beta: 0.1 }, { entropy: 0.1 }, { name: 'bnpo', iterations: 2 }])('a step of nothing but cut-off episodes, which are not learnt from, is no update: %o', async (loss) => {
  const { worker, asked } = stillWorker();
  const cut = [group(0, 20, 4), group(2, 300, 5)].map((each) => ({ ...each, truncated: [true, true] }));
  const { metrics } = await learn(worker, cut, Float64Array.of(1, -1, 2, -2), runConfig.parse({ loss }), 0, -1);
  // What the reference says of them is measured all the same.
  expect(asked).toContain('trainForward');
  expect(asked.at(-1)).toBe('trainDiscard');
  expect(asked).not.toContain('trainUpdate');
  expect(metrics).toMatchObject({ loss: 0, tokens: 0, gradNorm: 0 });
  await learn(worker, cut, Float64Array.of(1, -1, 2, -2), runConfig.parse({ loss: { ...loss, maskTruncated: false } }), 0, -1);
  expect(asked).toContain('trainUpdate');
});

test('nor is one in which only episodes without an advantage are learnt from', async () => {
  const half = { ...group(0, 300, 4), truncated: [true, false] };
  for (const [beta, last] of [[0, 'trainDiscard'], [0.1, 'trainUpdate']] as const) {
    const { worker, asked } = stillWorker();
    await learn(worker, [half], Float64Array.of(1, 0), runConfig.parse({ loss: { beta } }), 0, -1);
    expect(asked.at(-1)).toBe(last);
  }
});

test('bounds that contradict a loss are refused', () => {
  const check = (loss: object) => () => checkLoss(runConfig.parse({ loss }));
  expect(check({ name: 'cispo' })).toThrow(/loss.epsilonHigh: expected 1 or more for cispo.*found 0.28/);
  expect(check({ name: 'cispo', epsilonHigh: 5 })).not.toThrow();
  expect(check({ delta: 0.5 })).toThrow(/loss.delta: expected 0, or more than 1 \+ loss.epsilonHigh = 1.28.*found 0.5/);
  expect(check({ delta: 3 })).not.toThrow();
});

// Dr. GRPO's constant (arXiv 2503.20783) is the longest that can be written, and TRL's max_completion_length likewise.
test.each([
  [{ mode: 'step' }, { maxNewTokens: 512, tokens: 4096 }, 512],
  [{ mode: 'step' }, { maxNewTokens: 1024, tokens: 300 }, 1024],
  [{ mode: 'episode' }, { maxNewTokens: 512, tokens: 4096, steps: 5 }, 2560],
  [{ mode: 'episode' }, { maxNewTokens: 512, tokens: 900, steps: 5 }, 900],
])('the constant length of dr_grpo with %o, %o: %i tokens', (data, rollout, length) => {
  expect(lossSettings(runConfig.parse({ data, rollout, loss: { name: 'dr_grpo' } })).maxCompletionLength).toBe(length);
});

/** Rows of these lengths, of which the cut-off ones are not learnt from: a prompt of its own for each group. */
const uneven = (first: number, lengths: readonly number[], cut: readonly boolean[]): GroupTokens => ({
  batch: { prompt: { ids: new Array<number>(300).fill(7), images: [] }, rows: lengths.map((tokens) => ({ ids: new Array<number>(tokens).fill(8), mask: new Uint8Array(tokens).fill(1), images: [] })) },
  members: lengths.map((_, i) => first + i),
  samplerLogprobs: lengths.map((tokens) => new Float32Array(tokens).fill(-1.3)),
  truncated: cut,
});

// Two groups of unequal lengths, one token among them; an episode is cut off; the advantages are as `none` gives them. What each
// token's derivative is, by hand: −A·weight/divisor, where the sampler was e^0.3 less sure of each token (e^(0.3·length) of
// a completion), and at most 1.6 counts. TRL: grpo_trainer.py, the divisors of loss_type; a masked completion still counts as one.
const cases = [
  ['grpo', 'off', (n: number) => 4 * n], ['sapo', 'token', (n: number) => 4 * n], ['gspo', 'sequence', (n: number) => 4 * n], ['luspo', 'token', () => 4],
  ['dapo', 'sequence', () => 8], ['cispo', 'token', () => 8], ['dr_grpo', 'token', () => 4 * 100], ['bnpo', 'off', () => 2 * 4],
] as const;
test.each(cases)('%s with the correction %s over groups of unequal lengths', async (name, correction, divisor) => {
  const { worker, derivatives } = stillWorker();
  const config = runConfig.parse({ rollout: { tokens: 100 }, loss: { name, correction, correctionCap: 1.6, watchKl: false, epsilonHigh: 5, advantage: 'none' } });
  // 3 and 1 tokens; 4 tokens and 6 that were cut off: 8 are learnt from, of 4 completions.
  await learn(worker, [uneven(0, [3, 1], [false, false]), uneven(2, [4, 6], [false, true])], Float64Array.of(0.25, -0.25, 0.5, -0.5), config, 0, -1);
  const weight = (n: number): number => (correction === 'off' ? 1 : Math.min(1.6, Math.exp(correction === 'token' ? 0.3 : 0.3 * n)));
  const expected = ([[3, 0.25], [1, -0.25], [4, 0.5]] as const).flatMap(([n, advantage]) => new Array<number>(n).fill((-advantage * weight(n)) / divisor(n)));
  const found = derivatives.flat();
  expect(found).toHaveLength(8);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] as number, 6);
});
