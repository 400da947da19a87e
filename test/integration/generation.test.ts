import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Passage } from '../../main/generation/context.ts';
import { type GenerationSettings, generate } from '../../main/generation/generate.ts';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { greedy } from '../../main/generation/sampler.ts';
import { writeRandomModel } from '../../main/model/folder/random-model.ts';
import type { TokenScores } from '../../main/model/language-model.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import { InputError } from '../../main/records/input-error.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-generation-'));
let model: LoadedModel;
let images: Passage['images'];
const sampled: GenerationSettings = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: 12, seed: 5, stopIds: [] };

beforeAll(async () => {
  writeRandomModel(folder, {
    hiddenSize: 96, layers: 3, heads: 6, kvHeads: 2, intermediateSize: 160, mropeSection: [2, 3, 3], tiedHead: false, maxPositions: 1200,
    vision: { depth: 3, hiddenSize: 64, heads: 4, intermediateSize: 96, windowSize: 112, fullAttentionBlocks: [1] },
  }, 3);
  model = await loadModel(folder);
  const grid = [1, 10, 6] as const;
  const pixels = new Float32Array(60 * 1176).map((_, i) => Math.sin(i));
  images = [{ grid, features: await (await model.vision()).encode({ grid, pixels }) }];
});
afterAll(async () => {
  await model.release();
  rmSync(folder, { recursive: true, force: true });
});

const text = (count: number, start = 0): number[] => Array.from({ length: count }, (_, i) => ((i + start) * 7919) % 200);
const withImage = (before: number, after: number): number[] => [...text(before), ...new Array<number>(15).fill(model.config.tokens.image), ...text(after, 50)];
const open = (ids: readonly number[], rows: number, pictures: Passage['images'] = []): Promise<PromptGroup> => PromptGroup.open(model.language, { ids, images: pictures }, rows);
const worst = (a: TokenScores | undefined, b: TokenScores | undefined): number =>
  (a as TokenScores).logits.reduce((max, x, i) => Math.max(max, Math.abs(x - ((b as TokenScores).logits[i] as number))), 0);

describe('the same tokens give the same logits', () => {
  test('in one run, in several runs of the prompt, and step by step', async () => {
    const ids = withImage(4, 700); // longer than one run of the prompt
    const whole = await open(ids, 1, images);
    const stepwise = await open(ids.slice(0, 20), 1, images);
    const scores: TokenScores[] = [];
    for (const id of ids.slice(20, 60)) scores.push(...(await stepwise.append(0, { ids: [id], images: [] })));
    await stepwise.append(0, { ids: ids.slice(60), images: [] });
    expect(worst(stepwise.rows[0]?.scores, whole.rows[0]?.scores)).toBeLessThan(1e-4);
    const together = await open(ids.slice(0, 20), 1, images);
    const atOnce = await together.append(0, { ids: ids.slice(20, 60), images: [] }, true);
    expect(Math.max(...atOnce.map((each, i) => worst(each, scores[i])))).toBeLessThan(1e-4);
  });

  test('with the prompt shared by a group and with the prompt repeated', async () => {
    const ids = withImage(6, 10);
    const shared = await open(ids, 3, images);
    for (const [row, start] of [0, 30, 60].entries()) {
      await shared.append(row, { ids: text(5 + row, start), images: [] });
      const alone = await open([...ids, ...text(5 + row, start)], 1, images);
      expect(worst(shared.rows[row]?.scores, alone.rows[0]?.scores)).toBeLessThan(1e-4);
    }
  });

  test('when rows of different lengths decode together and each alone', async () => {
    const ids = text(9);
    const together = await open(ids, 3);
    const alone = await open(ids, 3);
    for (const row of [0, 1, 2]) for (const group of [together, alone]) await group.append(row, { ids: text(3 * row + 1, 11), images: [] });
    const batched = await generate(together, [0, 1, 2], { ...sampled, maxNewTokens: 70 }, ids);
    for (const row of [0, 1, 2]) {
      const [single] = await generate(alone, [row], { ...sampled, maxNewTokens: 70 }, ids);
      expect(single?.ids).toEqual(batched[row]?.ids);
      expect(Math.max(...(single?.logprobs ?? []).map((x, i) => Math.abs(x - (batched[row]?.logprobs[i] as number))))).toBeLessThan(1e-4);
      expect(worst(together.rows[row]?.scores, alone.rows[row]?.scores)).toBeLessThan(1e-4);
    }
  });

  test('after a tool wrote tokens and a new image in the middle of a conversation', async () => {
    const ids = withImage(3, 4);
    const group = await open(ids, 2, images);
    const [first] = await generate(group, [0], { ...sampled, maxNewTokens: 5 }, ids);
    const written = first?.ids ?? [];
    const tool = [written.at(-1) as number, ...withImage(2, 3)];
    await group.append(0, { ids: tool, images });
    const [second] = await generate(group, [0], { ...greedy, maxNewTokens: 4, seed: 0, stopIds: [] }, ids);
    const whole = await open([...ids, ...written, ...tool.slice(1)], 1, [...images, ...images]);
    const [expected] = await generate(whole, [0], { ...greedy, maxNewTokens: 4, seed: 0, stopIds: [] }, ids);
    expect(second?.ids).toEqual(expected?.ids);
    expect(Math.max(...(second?.logprobs ?? []).map((x, i) => Math.abs(x - (expected?.logprobs[i] as number))))).toBeLessThan(1e-4);
  });
});

describe('completions', () => {
  test('the same seed gives the same tokens, another seed others; rows differ', async () => {
    const run = async (seed: number) => (await generate(await open(text(8), 2), [0, 1], { ...sampled, seed }, [])).map(({ ids }) => ids);
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
    const [a, b] = await run(1);
    expect(a).not.toEqual(b);
  });

  test('a stop id ends its row alone, belongs to it, and is no truncation even at the limit', async () => {
    const ids = text(8);
    const [reference] = await generate(await open(ids, 1), [0], { ...greedy, maxNewTokens: 6, seed: 0, stopIds: [] }, ids);
    const stop = reference?.ids[5] as number;
    const first = reference?.ids.indexOf(stop) as number;
    const [ended] = await generate(await open(ids, 1), [0], { ...greedy, maxNewTokens: first + 1, seed: 0, stopIds: [stop] }, ids);
    expect(ended?.ids).toEqual(reference?.ids.slice(0, first + 1));
    expect(ended?.finishReason).toBe('stop');
    const [cut] = await generate(await open(ids, 1), [0], { ...greedy, maxNewTokens: first, seed: 0, stopIds: [stop] }, ids);
    expect(cut?.finishReason).toBe('length');
    const rows = await generate(await open(ids, 4), [0, 1, 2, 3], { ...sampled, maxNewTokens: 40, stopIds: text(60) }, ids);
    expect(new Set(rows.map(({ ids: each }) => each.length)).size).toBeGreaterThan(1);
    for (const row of rows) expect(row.finishReason === 'stop').toBe(text(60).includes(row.ids.at(-1) as number));
  });

  test('the repetition penalty makes what was there less probable', async () => {
    const ids = text(8);
    const settings = { ...greedy, maxNewTokens: 30, seed: 0, stopIds: [] };
    const [penalised] = await generate(await open(ids, 1), [0], { ...settings, repetitionPenalty: 1e6 }, ids);
    expect(new Set(penalised?.ids).size).toBe(30);
    expect(ids.some((id) => penalised?.ids.includes(id))).toBe(false);
  });

  test('a cancel ends all rows within one token and keeps what they have', async () => {
    let chosen = 0;
    const rows = await generate(await open(text(8), 2), [0, 1], { ...sampled, maxNewTokens: 50 }, [], { onToken: () => (chosen += 1), cancelled: () => chosen >= 6 });
    expect(rows.map(({ finishReason }) => finishReason)).toEqual(['cancelled', 'cancelled']);
    expect(rows.map(({ ids }) => ids.length)).toEqual([3, 3]);
  });
});

describe('a prompt that does not fit', () => {
  test('is refused with both figures', async () => {
    await expect(open(text(1201), 1)).rejects.toThrow(/at most 1200 tokens.*found 1201 tokens/);
    await expect(open(text(1201), 1)).rejects.toBeInstanceOf(InputError);
  });

  test('one that fills the context while decoding ends there', async () => {
    const ids = text(1195);
    const group = await open(ids, 1);
    const [completion] = await generate(group, [0], { ...sampled, maxNewTokens: 20 }, ids);
    expect(completion).toMatchObject({ finishReason: 'length', ids: { length: 5 } });
  });
});
