import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAdapter } from '../../main/model/folder/adapter-reader.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import type { TokenValues, TrainingBatch } from '../../main/model/training/batch.ts';
import { TrainingModel } from '../../main/model/training/training-model.ts';
import { AdamW, adamWDefaults } from '../../main/model/training/adamw.ts';
import { clipByGlobalNorm, globalNorm } from '../../main/model/training/gradients.ts';
import { policyLoss } from '../../main/train/losses/policy-loss.ts';
import { supervisedLoss } from '../../main/train/losses/supervised-loss.ts';
import { learningRateAt } from '../../main/train/schedule.ts';
import { goldenFolder } from './folder.ts';
import { type LossCase, completionIds, goldenImage, grpo, grpoTensors, lossSettings, lossTokens, offsets, reference, toolMask } from './grpo-case.ts';

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

/** How much less float32 determines a loss with so long a gradient: the reference is as far from itself in other kernels. */
const steepness = (norm: number): number => (norm > 35 ? norm / 10 : 1);

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
    expect(gradients.size).toBe([...grpoTensors.tensors.keys()].filter((name) => name.startsWith(`${prefix}.grad.`)).length);
    return { value, worst: Math.max(...[...gradients].map(([name, found]) => relativeError(found, grpoTensors.readFloat32(`${prefix}.grad.${peftName(name)}`)))) };
  }

  test.each(grpo.cases)('$name: loss and gradients', async (each) => {
    const { value, worst } = await compare(each.name, ({ logprobs, entropies }) => policyLoss(lossTokens(each, logprobs, entropies), lossSettings(each)));
    expect(Math.abs(value - each.loss)).toBeLessThan(1e-5 * steepness(each.grad_norm));
    expect(worst).toBeLessThan(1e-4);
  });

  test('supervised: loss and gradients', async () => {
    const { value, worst } = await compare('sft', ({ logprobs }) => supervisedLoss({ offsets, mask: toolMask, logprobs }));
    expect(Math.abs(value - grpo.sft_loss)).toBeLessThan(1e-5);
    expect(worst).toBeLessThan(1e-4);
  });

  test('three steps of AdamW, clipped, with a falling learning rate', async () => {
    const adapter = readAdapter(path.join(folder, 'adapter'), model.config);
    const learner = TrainingModel.lora(model, adapter);
    const optimizer = new AdamW(learner.parameters, { ...adamWDefaults, weightDecay: 0.01 });
    const each: LossCase = { name: 'adamw', loss_type: 'dapo', level: 'token', beta: 0.04, loss: 0, grad_norm: 0, epsilon_low: 0.2, epsilon_high: 0.28, max_completion_length: 32 };
    let steepest = 1; // what a steep step leaves open stays open
    // Each weight's gradient beside its matrix's largest one, where it was smallest.
    const smallest = new Map([...learner.parameters].map(([name, values]) => [name, new Float32Array(values.length).fill(Infinity)]));
    for (const [step, expected] of grpo.adamw.steps.entries()) {
      steepest = Math.max(steepest, steepness(expected.grad_norm));
      let value = NaN;
      const { gradients } = await learner.gradients(batch, ({ logprobs, entropies }) => {
        const loss = policyLoss(lossTokens(each, logprobs, entropies), lossSettings(each));
        ({ value } = loss);
        return loss.gradients;
      });
      const rate = learningRateAt({ name: 'linear', learningRate: 1e-3, warmupSteps: 0, steps: 3 }, step);
      expect(rate).toBeCloseTo(expected.lr, 12);
      expect(Math.abs(value - expected.loss)).toBeLessThan(1e-5 * steepest);
      expect(Math.abs(clipByGlobalNorm(gradients, 1) / expected.grad_norm - 1)).toBeLessThan(1e-4 * steepest);
      for (const [name, gradient] of gradients) {
        const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        smallest.set(name, smallest.get(name)!.map((before, i) => Math.min(before, Math.abs(gradient[i] as number) / largest)));
      }
      optimizer.step(gradients, rate);
    }
    const differences = [...learner.parameters].flatMap(([name, values]) => {
      const expected = grpoTensors.readFloat32(`adamw.after3.${peftName(name)}`);
      return Array.from(values, (value, i) => ({ off: Math.abs(value - (expected[i] as number)), gradient: smallest.get(name)![i] as number }));
    });
    // AdamW divides a gradient by its own size: where that is all but 0 beside its matrix's, both programs' noise gives the direction.
    expect(differences.filter(({ off, gradient }) => off > 1e-5 + (1e-6 * steepest) / gradient)).toEqual([]);
    expect(differences.filter(({ off }) => off > 1e-5).length).toBeLessThan((differences.length * steepest) / 2000);
    expect(differences.reduce((most, { off }) => Math.max(most, off), 0)).toBeLessThan(2e-3);
  });
});

describe('all weights', () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel(`${folder}/model`);
  });
  afterAll(() => model.release());

  test('loss, the norm of every gradient, and those that the reference keeps whole', async () => {
    const training = await TrainingModel.full(model, { vision: true });
    const each: LossCase = { name: 'full', loss_type: 'dapo', level: 'token', on_policy: true, loss: 0, grad_norm: 0, epsilon_low: 0.2, epsilon_high: 0.28, max_completion_length: 32 };
    const { gradients } = await training.gradients(batch, ({ logprobs, entropies }) => {
      const loss = policyLoss(lossTokens(each, logprobs, entropies), lossSettings(each));
      expect(Math.abs(loss.value - grpo.full_finetune.value)).toBeLessThan(1e-5);
      return loss.gradients;
    });
    const norms = Object.entries(grpo.full_finetune.grad_norms);
    expect(gradients.size).toBe(norms.length);
    const normOf = (name: string): number => globalNorm(new Map([[name, gradients.get(name) as Float32Array]]));
    expect(norms.filter(([name, expected]) => Math.abs(normOf(name) / expected - 1) > 1e-3)).toEqual([]);
    const whole = [...grpoTensors.tensors.keys()].filter((name) => name.startsWith('full.grad.'));
    expect(whole.length).toBeGreaterThan(0);
    expect(whole.filter((name) => relativeError(gradients.get(name.slice('full.grad.'.length)), grpoTensors.readFloat32(name)) > 1e-4)).toEqual([]);
  });

  test('the reference policy stays what it was, whatever training makes of the weights', async () => {
    const own = await loadModel(`${folder}/model`);
    const training = await TrainingModel.full(own, { vision: true });
    const before = await training.forward(batch);
    expect((await training.forward(batch, { adapter: false })).logprobs).toEqual(before.logprobs);
    for (const values of training.parameters.values()) for (let i = 0; i < values.length; i++) values[i]! += 0.01 * (i % 3);
    expect(difference((await training.forward(batch)).logprobs, reference('ref_logprobs'))).toBeGreaterThan(0.1);
    const after = await training.forward(batch, { adapter: false });
    expect(after.logprobs).toEqual(before.logprobs);
    expect(difference(after.logprobs, reference('ref_logprobs'))).toBeLessThan(1e-4);
    await own.release();
  });
});
