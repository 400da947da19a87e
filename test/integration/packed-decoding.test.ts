import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scheduler } from '../../main/generation/scheduler.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { writeRandomModel } from '../../main/model/folder/random-model.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import { packedBytes } from '../../main/model/packing.ts';
import { loraDefaults, newAdapter } from '../../main/model/training/lora.ts';

// Decoding through sessions with weights of their own says what decoding without them says.

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-packed-'));
let [plain, packed]: LoadedModel[] = [];

beforeAll(async () => {
  const vision = { depth: 1, hiddenSize: 32, heads: 2, intermediateSize: 64, windowSize: 112, fullAttentionBlocks: [0] };
  writeRandomModel(folder, { hiddenSize: 256, layers: 6, heads: 4, kvHeads: 2, intermediateSize: 2048, mropeSection: [8, 12, 12], vocabSize: 512, tiedHead: true, vision }, 1);
  [plain, packed] = await Promise.all([false, true].map((on) => loadModel(folder, { adapters: true, threads: 2, packed: on })));
});
afterAll(async () => {
  await Promise.all([plain?.release(), packed?.release()]);
  rmSync(folder, { recursive: true, force: true });
});

const settings = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: 24, stopIds: [] };
const ids = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => 10 + ((i * 37) % 200));

/** Two groups, one behind a shared prompt and one in rows of their own, as one text of ids, and all logprobs. */
async function written(model: LoadedModel | undefined): Promise<{ readonly ids: string; readonly logprobs: readonly number[] }> {
  const scheduler = new Scheduler((model as LoadedModel).language, 4);
  const groups = [300, 20].map((length, group) => Array.from({ length: 4 }, (_, row) => scheduler.submit({ from: undefined, passage: { ids: ids(length), images: [] }, promptKey: `${group}`, shared: true, settings: { ...settings, seed: 4 * group + row } })));
  const done = (await Promise.all(groups.flat())).map(({ completion }) => completion);
  return { ids: done.map((each) => each.ids.join()).join('\n'), logprobs: done.flatMap(({ logprobs }) => logprobs) };
}

async function expectAlike(): Promise<string> {
  const [one, other] = [await written(plain), await written(packed)];
  expect(other.ids).toBe(one.ids);
  expect(Math.max(...one.logprobs.map((value, i) => Math.abs(value - (other.logprobs[i] as number))))).toBeLessThan(1e-4);
  return one.ids;
}

test('the same tokens and logprobs, and an adapter can still be exchanged', async () => {
  const before = await expectAlike();
  const config = readModelConfig(folder);
  const adapter = newAdapter({ ...loraDefaults, rank: 4 }, config, 1);
  for (const { b } of adapter.matrices.values()) b.fill(0.02);
  await Promise.all([plain?.setAdapter(adapter), packed?.setAdapter(adapter)]);
  expect(await expectAlike()).not.toBe(before);
});

test('only models of a middling size take a copy of their weights', () => {
  const middling = readModelConfig(folder);
  const layers = (count: number) => packedBytes({ ...middling, text: { ...middling.text, layers: count } });
  const layer = 4 * (2 * 256 * 256 + 2 * 256 * 128 + 3 * 256 * 2048 + 256 + 2 * 128 + 2 * 256);
  expect(layers(6)).toBe(6 * layer + 4 * (512 * 256 + 256));
  expect([layers(4), layers(200)]).toEqual([0, 0]);
});
