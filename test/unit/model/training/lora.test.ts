import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loraModules } from '../../../../main/model/folder/adapter.ts';
import { openSafetensors } from '../../../../main/model/folder/safetensors.ts';
import { writeSafetensors } from '../../../../main/model/folder/safetensors-writer.ts';
import { type LoadedModel, loadModel } from '../../../../main/model/load.ts';
import { float16ToFloat32, float32ToFloat16 } from '../../../../main/runtime/float-formats.ts';
import { dropoutMask, seedOf } from '../../../../main/model/training/dropout.ts';
import { adaptedModules, loraDefaults, newAdapter } from '../../../../main/model/training/lora.ts';
import { TrainingModel } from '../../../../main/model/training/training-model.ts';
import { schemes } from '../../../../main/model/quantize/scheme.ts';
import type { TrainingBatch } from '../../../../main/model/training/batch.ts';
import { ids, linearLoss, tinyModel, usedAdapter } from './tiny-model.ts';

let model: LoadedModel;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ model, remove } = await tinyModel());
});
afterAll(() => remove());

const batch: TrainingBatch = {
  prompt: { ids: ids(7, 1), images: [] },
  rows: [6, 4].map((count, i) => ({ ids: ids(count, i + 2), mask: new Array<number>(count).fill(1), images: [] })),
};

describe('adapted modules', () => {
  const names = (targetModules: readonly string[], excludeModules: readonly string[] = []) => adaptedModules({ targetModules, excludeModules }, model.config);

  test('are named by their last parts; exclusion has the last word', () => {
    expect(names(['all-linear']).length).toBe(14);
    expect(names(['q_proj', 'layers.1.mlp.up_proj'])).toEqual(['layers.0.self_attn.q_proj', 'layers.1.self_attn.q_proj', 'layers.1.mlp.up_proj']);
    expect(names(['all-linear'], ['self_attn.q_proj', 'k_proj', 'v_proj', 'o_proj', 'mlp.gate_proj', 'layers.0.mlp.up_proj', 'down_proj'])).toEqual(['layers.1.mlp.up_proj']);
  });

  test('a name that nothing has, and nothing left, are refused', () => {
    expect(() => names(['qproj'])).toThrow('target_modules: expected names of the text model');
    expect(() => names(['q_proj'], ['roj'])).toThrow('exclude_modules');
    expect(() => names(['q_proj'], ['q_proj'])).toThrow('expected one module or more that is not excluded, found none');
  });

  test('only they have gradients, also where the first layer has none of them', async () => {
    for (const targetModules of [['layers.1.self_attn.v_proj'], ['layers.1.mlp.down_proj', 'layers.0.self_attn.o_proj'], ['layers.0.mlp.gate_proj']]) {
      const whole = await TrainingModel.lora(model, usedAdapter(model)).gradients(batch, () => linearLoss(10));
      const some = usedAdapter(model, { targetModules });
      const { gradients } = await TrainingModel.lora(model, some).gradients(batch, () => linearLoss(10));
      expect([...gradients.keys()].sort()).toEqual(targetModules.flatMap((module) => ['A', 'B'].map((side) => `model.${module}.lora_${side}`)).sort());
      expect(whole.gradients.size).toBe(28);
      for (const gradient of gradients.values()) expect(gradient.some((value) => value !== 0)).toBe(true);
    }
  });
});

test('an adapter whose modules differ in rank or scale, as PEFT’s patterns make it, is not trained on, and the two are named', () => {
  const whole = usedAdapter(model, { targetModules: ['q_proj', 'v_proj'] });
  const [first, other] = ['layers.0.self_attn.q_proj', 'layers.1.self_attn.v_proj'];
  for (const change of [{ rank: 2 }, { scale: 3 }]) {
    const matrices = new Map([...whole.matrices].map(([module, each]) => [module, module === other ? { ...each, ...change } : each]));
    expect(() => TrainingModel.lora(model, { ...whole, matrices })).toThrow(`model.adapter: expected one rank and one scale for all modules of an adapter that is trained on, found rank 4 and scale 2 for ${first}, rank ${matrices.get(other)?.rank} and scale ${matrices.get(other)?.scale} for ${other}.`);
  }
});

describe('a new adapter', () => {
  test('changes nothing, and learns from its first step: B has a gradient, A none', async () => {
    const training = TrainingModel.lora(model, newAdapter({ ...loraDefaults, rank: 3 }, model.config, 1));
    const { values, gradients } = await training.gradients(batch, () => linearLoss(10));
    expect(values).toEqual(await training.forward(batch, { adapter: false }).then(({ logprobs, entropies }) => ({ logprobs, entropies })));
    const moving = [...gradients].filter(([, gradient]) => gradient.some((value) => value !== 0)).map(([name]) => name);
    expect(moving).toEqual([...gradients.keys()].filter((name) => name.endsWith('lora_B')));
  });

  test('is fixed by its seed and bounded by 1/√in', () => {
    const matrix = (seed: number) => newAdapter({ ...loraDefaults, rank: 8 }, model.config, seed).matrices.get('layers.1.mlp.down_proj')!;
    expect(matrix(4)).toEqual(matrix(4));
    expect(matrix(4).a).not.toEqual(matrix(5).a);
    const [least, most] = [Math.min(...matrix(4).a), Math.max(...matrix(4).a)];
    expect(most).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(96)));
    expect(most - least).toBeGreaterThan(1.9 / Math.sqrt(96));
  });

  test('is scaled by α/r, with rslora by α/√r', async () => {
    const at = async (alpha: number, rslora: boolean) => (await TrainingModel.lora(model, usedAdapter(model, { alpha, rslora })).forward(batch)).logprobs;
    expect(await at(8, true)).toEqual(await at(16, false)); // r is 4
    expect(await at(8, false)).not.toEqual(await at(16, false));
  });
});

describe('dropout', () => {
  test('leaves out its share of elements, the same for a seed', () => {
    const mask = dropoutMask(7, 100_001, 0.3);
    expect(Math.abs(mask.reduce((sum, bit) => sum + bit, 0) / mask.length - 0.7)).toBeLessThan(0.006); // four spreads
    expect(dropoutMask(7, 100_001, 0.3)).toEqual(mask);
    expect(dropoutMask(8, 100_001, 0.3)).not.toEqual(mask);
    expect(dropoutMask(1, 9, 0)).toEqual(new Uint8Array(9).fill(1));
    expect(seedOf(1, 2)).not.toBe(seedOf(2, 1));
  });

  test('changes what the adapter sees and not the base; its mean over seeds is the adapter without it', async () => {
    const training = TrainingModel.lora(model, usedAdapter(model, { dropout: 0.3 }));
    const without = (await training.forward(batch)).logprobs;
    const one = (await training.forward(batch, { dropoutSeed: 1 })).logprobs;
    expect((await training.forward(batch, { dropoutSeed: 1 })).logprobs).toEqual(one);
    expect(one).not.toEqual(without);
    expect((await training.forward(batch, { dropoutSeed: 1, adapter: false })).logprobs).toEqual((await training.forward(batch, { adapter: false })).logprobs);
    const distance = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0));
    const mean = new Float32Array(without.length);
    const seeds = 100;
    for (let seed = 0; seed < seeds; seed++) for (const [i, value] of (await training.forward(batch, { dropoutSeed: seed })).logprobs.entries()) mean[i]! += value / seeds;
    expect(distance(mean, without)).toBeLessThan(distance(one, without) / 4);
  });
});

test.each(['int4', 'int8', 'int4-block64-asymmetric'])('on %s weights the gradients are those of the weights that the blocks stand for', async (scheme) => {
  const quantized = await tinyModel({ quantize: schemes[scheme]! }, false);
  const exact = await tinyModel({}, false);
  const modules = [0, 1].flatMap((layer) => [...loraModules(model.config).keys()].map((module) => `model.layers.${layer}.${module}.weight`));
  for (const name of [...modules, 'lm_head.weight']) {
    const [from, to] = [await quantized.model.store.float32(name), await exact.model.store.float32(name)];
    expect(from.data).not.toEqual(to.data);
    to.data.set(from.data);
  }
  const gradients = async ({ model: each }: typeof exact) => TrainingModel.lora(each, usedAdapter(each)).gradients(batch, () => linearLoss(10));
  const [found, expected] = [await gradients(quantized), await gradients(exact)];
  expect(found).toEqual(expected);
  await quantized.remove();
  await exact.remove();
});

test('on weights stored as float16 the gradients are those of the same numbers in float32', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-half-'));
  const stored = openSafetensors(path.join(model.folder, 'model.safetensors'));
  const gradients = async (dtype: 'F16' | 'F32') => {
    const own = path.join(folder, dtype);
    cpSync(model.folder, own, { recursive: true });
    // Numbers that float16 has and bfloat16 has not.
    const halves = (name: string): Float32Array => {
      const [values, narrow] = [stored.readFloat32(name).map((value) => value * 1.003), new Uint16Array(1)];
      return values.map((value) => {
        const one = Float32Array.of(value);
        float32ToFloat16(one, narrow);
        float16ToFloat32(narrow, one);
        return one[0] as number;
      });
    };
    writeSafetensors(path.join(own, 'model.safetensors'), [...stored.tensors].map(([name, { shape }]) => ({ name, dtype, shape, values: () => [halves(name)] })));
    const each = await loadModel(own);
    const found = await TrainingModel.lora(each, usedAdapter(each)).gradients(batch, () => linearLoss(10));
    await each.release();
    return found;
  };
  const exact = await gradients('F32');
  expect(await gradients('F16')).toEqual(exact);
  expect(exact).not.toEqual(await TrainingModel.lora(model, usedAdapter(model)).gradients(batch, () => linearLoss(10)));
  stored.close();
  rmSync(folder, { recursive: true });
});

test('all weights are trained as float32 only', async () => {
  const quantized = await tinyModel({ quantize: schemes['int4']! });
  await expect(TrainingModel.full(quantized.model, { vision: false })).rejects.toThrow('model.quantize: expected nothing: all weights are trained as float32');
  await quantized.remove();
});
