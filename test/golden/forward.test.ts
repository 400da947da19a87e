import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { causalMask } from '../../main/generation/masks.ts';
import { embedPassage } from '../../main/generation/context.ts';
import { generate } from '../../main/generation/generate.ts';
import { emptyPrefix, emptyRow } from '../../main/generation/key-value-cache.ts';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { greedy } from '../../main/generation/sampler.ts';
import { readAdapter } from '../../main/model/folder/adapter-reader.ts';
import type { TokenScores } from '../../main/model/language-model.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import { float32 } from '../../main/runtime/tensor.ts';
import { goldenFolder } from './folder.ts';

const folder = goldenFolder();
const cases = JSON.parse(readFileSync(path.join(folder, 'forward.json'), 'utf8')) as {
  name: string; images: number[]; input_ids: number[]; greedy_ids: number[]; grid_thw: [number, number, number][];
}[];
const grids = JSON.parse(readFileSync(path.join(folder, 'images.json'), 'utf8')) as { grid_thw: [number, number, number] }[];
const reference = openSafetensors(path.join(folder, 'forward.safetensors'));
const pixels = openSafetensors(path.join(folder, 'images.safetensors'));
const grpo = openSafetensors(path.join(folder, 'grpo.safetensors'));
const grpoCase = JSON.parse(readFileSync(path.join(folder, 'grpo.json'), 'utf8')) as { prompt_ids: number[]; image: number };

function maxDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0);
}

const logitsOf = (scores: readonly TokenScores[]): Float32Array => Float32Array.from(scores.flatMap(({ logits }) => [...logits]));

/** The images of a conversation, from the reference's pixel values. */
async function encoded(model: LoadedModel, images: readonly number[]) {
  return Promise.all(images.map(async (image) => {
    const grid = grids[image]?.grid_thw as [number, number, number];
    const vision = await model.vision();
    return { grid, features: await vision.encode({ grid, pixels: pixels.readFloat32(`${image}.pixel_values`) }) };
  }));
}

describe('the reference model', () => {
  let model: LoadedModel;
  let layered: LoadedModel;
  beforeAll(async () => {
    model = await loadModel(folder + '/model', { adapters: true });
    layered = await loadModel(folder + '/model', { layersPerRun: 1 });
  });
  afterAll(() => Promise.all([model.release(), layered.release()]));

  test.each(cases)('$name: vision features', async ({ name, images }) => {
    if (images.length === 0) return;
    const features = await encoded(model, images);
    const all = Float32Array.from(features.flatMap((f) => [...f.features]));
    expect(maxDifference(all, reference.readFloat32(`${name}.vision_features`))).toBeLessThan(1e-4);
  });

  test.each(cases)('$name: logits of every prompt token', async ({ name, images, input_ids }) => {
    const group = await PromptGroup.open(model.language, { ids: input_ids.slice(0, 1), images: [] }, 1);
    const logits = logitsOf(await group.append(0, { ids: input_ids.slice(1), images: await encoded(model, images) }, true));
    const expected = reference.readFloat32(`${name}.logits`);
    expect(maxDifference(logits, expected.subarray(model.config.text.vocabSize))).toBeLessThan(1e-4);
  });

  test.each(cases)('$name: hidden states entering each layer, and logits', async ({ name, images, input_ids }) => {
    const { text } = model.config;
    const embedded = embedPassage(layered.language, { ids: input_ids, images: await encoded(model, images) }, 0);
    const prefix = emptyPrefix(text);
    const row = emptyRow(text).keys.map(() => float32([text.kvHeads, 1, 1, text.headDim], new Float32Array(text.kvHeads * text.headDim)));
    const hidden: Float32Array[] = [];
    const { scores } = await layered.language.forward({
      ...embedded, batch: 1, mask: causalMask(input_ids.length, 0, 1), prefixes: [prefix],
      ownKeys: row, ownValues: row, ownCapacity: 1, logitRows: input_ids.map((_, i) => i), onSegment: (x) => hidden.push(x.slice()),
    });
    for (const [layer, x] of hidden.entries()) expect(maxDifference(x, reference.readFloat32(`${name}.hidden.${layer}`))).toBeLessThan(1e-4);
    expect(hidden.length).toBe(text.layers);
    expect(maxDifference(logitsOf(scores), reference.readFloat32(`${name}.logits`))).toBeLessThan(1e-4);
  });

  test.each(cases)('$name: greedy tokens and their logprobs', async ({ name, images, input_ids, greedy_ids }) => {
    const group = await PromptGroup.open(model.language, { ids: input_ids, images: await encoded(model, images) }, 1);
    const [completion] = await generate(group, [0], { ...greedy, maxNewTokens: greedy_ids.length, seed: 0, stopIds: model.config.tokens.eos }, input_ids);
    expect(completion?.ids).toEqual(greedy_ids);
    expect(maxDifference(Float32Array.from(completion?.logprobs ?? []), reference.readFloat32(`${name}.greedy_logprobs`))).toBeLessThan(1e-4);
  });

  test('logits with the adapter on, and the base model again at scale 0', async () => {
    const images = await encoded(model, [grpoCase.image]);
    const ids = grpoCase.prompt_ids;
    const logits = async (): Promise<Float32Array> => {
      const group = await PromptGroup.open(model.language, { ids: ids.slice(0, 1), images: [] }, 1);
      return logitsOf(await group.append(0, { ids: ids.slice(1), images }, true));
    };
    const base = await logits();
    const adapter = readAdapter(path.join(folder, 'adapter'), model.config);
    await model.setAdapter(adapter);
    const adapted = await logits();
    expect(maxDifference(adapted, grpo.readFloat32('adapter.logits').subarray(model.config.text.vocabSize))).toBeLessThan(1e-4);
    expect(maxDifference(adapted, base)).toBeGreaterThan(0.01);
    await model.setAdapter(adapter, 0);
    expect(maxDifference(await logits(), base)).toBe(0);
    await model.setAdapter(undefined);
  });
});
