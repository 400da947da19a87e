import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAdapter } from '../../main/model/folder/adapter.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import type { TokenValues, TrainingBatch } from '../../main/model/training/batch.ts';
import { TrainingModel } from '../../main/model/training/training-model.ts';
import { policyLoss } from '../../main/train/losses/policy-loss.ts';
import { supervisedLoss } from '../../main/train/losses/supervised-loss.ts';
import { goldenFolder } from './folder.ts';
import { completionIds, goldenImage, grpo, grpoTensors, lossSettings, lossTokens, offsets, reference, toolMask } from './grpo-case.ts';

const folder = goldenFolder();
const pixels = openSafetensors(path.join(folder, 'images.safetensors'));

const batch: TrainingBatch = {
  prompt: { ids: grpo.prompt_ids, images: [{ grid: goldenImage.grid_thw, pixels: pixels.readFloat32(`${grpo.image}.pixel_values`) }] },
  rows: grpo.completion_lengths.map((_, row) => ({
    ids: completionIds.slice(offsets[row], offsets[row + 1]), mask: toolMask.slice(offsets[row], offsets[row + 1]), images: [],
  })),
};

/** |found − expected| relative to |expected|. */
function relativeError(found: Float32Array | undefined, expected: Float32Array): number {
  expect(found?.length).toBe(expected.length);
  const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(expected.map((value, i) => (found?.[i] as number) - value)) / norm(expected);
}

/** Largest difference over the trained tokens. */
const difference = (found: Float32Array, expected: Float32Array): number => Math.max(...[...toolMask.keys()].filter((t) => toolMask[t] === 1).map((t) => Math.abs((found[t] as number) - (expected[t] as number))));

const peftName = (name: string): string => `base_model.model.model.language_${name}.weight`;

describe('the reference’s adapter', () => {
  let model: LoadedModel;
  let training: TrainingModel;
  beforeAll(async () => {
    model = await loadModel(`${folder}/model`);
    training = TrainingModel.lora(model, readAdapter(path.join(folder, 'adapter'), model.config));
  });
  afterAll(() => model.release());

  test('logprobs and entropies, and the reference policy’s', async () => {
    const { logprobs, entropies } = await training.forward(batch);
    expect(difference(logprobs, reference('logprobs'))).toBeLessThan(1e-4);
    expect(difference(entropies, reference('entropies'))).toBeLessThan(1e-4);
    expect(difference((await training.forward(batch, { adapter: false })).logprobs, reference('ref_logprobs'))).toBeLessThan(1e-4);
  });

  /** The loss from our own logprobs, and the worst of the matrices' gradients against the reference's. */
  async function compare(prefix: string, loss: (values: TokenValues) => { value: number; gradients: TokenValues }): Promise<{ value: number; worst: number }> {
    let value = NaN;
    const { gradients } = await training.gradients(batch, (values) => {
      const found = loss(values);
      ({ value } = found);
      return found.gradients;
    });
    expect(gradients.size).toBe(model.config.text.layers * 14);
    return { value, worst: Math.max(...[...gradients].map(([name, found]) => relativeError(found, grpoTensors.readFloat32(`${prefix}.grad.${peftName(name)}`)))) };
  }

  test.each(grpo.cases)('$name: loss and gradients', async (each) => {
    const { value, worst } = await compare(each.name, ({ logprobs, entropies }) => policyLoss(lossTokens(each, logprobs, entropies), lossSettings(each)));
    expect(value).toBeCloseTo(each.loss, 5);
    expect(worst).toBeLessThan(1e-4);
  });

  test('supervised: loss and gradients', async () => {
    const { value, worst } = await compare('sft', ({ logprobs }) => supervisedLoss({ offsets, mask: toolMask, logprobs }));
    expect(value).toBeCloseTo(grpo.sft_loss, 5);
    expect(worst).toBeLessThan(1e-4);
  });
});
