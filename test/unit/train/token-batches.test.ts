import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GradientSum } from '../../../main/model/training/gradients.ts';
import { TrainingModel } from '../../../main/model/training/training-model.ts';
import type { LoadedModel } from '../../../main/model/load.ts';
import type { Trajectory, Turn } from '../../../main/records/trajectory.ts';
import type { Rollout } from '../../../main/train/roll-out.ts';
import { type GroupTokens, joinShort, tokenBatches } from '../../../main/train/token-batches.ts';
import { tinyModel, usedAdapter } from '../model/training/tiny-model.ts';

let model: LoadedModel;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ model, remove } = await tinyModel());
});
afterAll(() => remove());

const usage = { promptTokens: 0, completionTokens: 0, ms: 0 };
const turn = (context: readonly number[], sampled: readonly number[]): Turn => ({ completion: '', finishReason: 'stop', action: { kind: 'invalid', reason: 'empty', detail: '' }, observation: null, usage, tokens: { context, sampled, logprobs: sampled.map((id) => -id / 100) } });

function rollout(group: number, member: number, turns: readonly Turn[]): Rollout {
  const trajectory: Trajectory = { version: 1, sample: `s${group}`, policy: 'p', protocol: 't', mode: 'agent', seed: 0, turns, ending: { kind: 'stepLimit', steps: 5 }, startedAt: '2026-01-01T00:00:00Z', ms: 0 };
  return { sample: { version: 1, id: `s${group}`, task: 'coding', question: '', answers: [], images: [] }, group, member, trajectory };
}

const rollouts = [
  rollout(0, 0, [turn([5, 6, 7, 8], [11, 12]), turn([20, 21], [13])]),
  rollout(0, 1, [turn([5, 6, 7, 8], [14])]),
  rollout(1, 0, [turn([5, 6, 9], [15, 16, 17])]),
  rollout(1, 1, [turn([5, 6, 9], [18, 19])]),
];
const noImage = async (): Promise<never> => Promise.reject(new Error('no image'));

describe('episodes as token batches', () => {
  it('are the ids as they were sampled; what the world said is not trained on', async () => {
    const [first] = await tokenBatches(rollouts, noImage);
    expect(first?.batch.prompt.ids).toEqual([5, 6, 7, 8]);
    expect(first?.batch.rows[0]?.ids).toEqual([11, 12, 20, 21, 13]);
    expect(Array.from(first?.batch.rows[0]?.mask ?? [])).toEqual([1, 1, 0, 0, 1]);
    expect(Array.from(first?.samplerLogprobs[0] ?? []).map((value) => Number(value.toFixed(2)))).toEqual([-0.11, -0.12, 0, 0, -0.13]);
  });

  it('refuse a group whose prompts differ', async () => {
    await expect(tokenBatches([rollout(0, 0, [turn([5], [6])]), rollout(0, 1, [turn([7], [6])])], noImage)).rejects.toThrow(/different prompts/);
  });

  it('of short prompts go through the model together with the same logprobs and gradients', async () => {
    const groups = await tokenBatches(rollouts, noImage);
    const joined = joinShort(groups, model.config.tokens.image);
    expect(joined).toHaveLength(1);
    expect(joined[0]?.batch.prompt.ids).toEqual([5, 6]);
    expect(joined[0]?.members).toEqual([0, 1, 2, 3]);
    const training = TrainingModel.lora(model, usedAdapter(model));
    const run = async (parts: readonly GroupTokens[]) => {
      const sum = new GradientSum();
      const logprobs: number[] = [];
      for (const { batch } of parts) {
        const { values, gradients } = await training.gradients(batch, (each) => ({ logprobs: each.logprobs.map((value) => (value === 0 ? 0 : value)), entropies: new Float32Array(each.entropies.length) }));
        sum.add(gradients);
        logprobs.push(...[...values.logprobs].filter((value) => value !== 0));
      }
      return { logprobs, gradients: sum.total };
    };
    const [apart, together] = [await run(groups), await run(joined)];
    expect(together.logprobs).toHaveLength(9);
    for (const [i, value] of together.logprobs.entries()) expect(value).toBeCloseTo(apart.logprobs[i] as number, 4);
    for (const [name, gradient] of together.gradients) for (const [i, value] of gradient.entries()) expect(value, name).toBeCloseTo(apart.gradients.get(name)?.[i] as number, 3);
  });

  it('that share no beginning do not: a chat template may say nothing before the question, or before its image', async () => {
    const { image } = model.config.tokens;
    const question = (group: number, ids: readonly number[]): readonly Rollout[] => [rollout(group, 0, [turn(ids, [11])]), rollout(group, 1, [turn(ids, [12, 13])])];
    const groups = await tokenBatches([...question(0, [5, 6]), ...question(1, [7, 6]), ...question(2, [5, 8]), ...question(3, [image, 8]), ...question(4, [image, 9])], noImage);
    const joined = joinShort(groups, image);
    expect(joined.map(({ batch, members }) => [batch.prompt.ids, members])).toEqual([[[image, 8], [6, 7]], [[image, 9], [8, 9]], [[5], [0, 1, 4, 5]], [[7, 6], [2, 3]]]);
  });
});
