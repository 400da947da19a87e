import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Adapter, linearModules } from '../../../../main/model/folder/adapter.ts';
import { readAdapter } from '../../../../main/model/folder/adapter-reader.ts';
import { writeAdapter } from '../../../../main/model/folder/adapter-writer.ts';
import { openSafetensors } from '../../../../main/model/folder/safetensors.ts';
import type { LoadedModel } from '../../../../main/model/load.ts';
import { adaptedModules } from '../../../../main/model/training/lora.ts';
import type { TrainingBatch } from '../../../../main/model/training/batch.ts';
import { ImageFeatures } from '../../../../main/model/training/image-features.ts';
import { loraParameters } from '../../../../main/model/training/trained-parameters.ts';
import { TrainingModel } from '../../../../main/model/training/training-model.ts';
import { dot, ids, linearLoss, randomImage, tinyModel, usedAdapter } from './tiny-model.ts';

let model: LoadedModel;
let remove: () => Promise<void>;
const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-tower-'));
beforeAll(async () => {
  ({ model, remove } = await tinyModel({ adapters: true }));
});
afterAll(async () => {
  await remove();
  rmSync(folder, { recursive: true });
});

const image = randomImage(4, 6, 1);
const features = async (): Promise<Float32Array> => (await model.vision()).encode(image);
const difference = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

test('the tower’s layers are named with visual.; other names mean the text model', () => {
  const names = (targetModules: readonly string[], excludeModules: readonly string[] = []) => adaptedModules({ targetModules, excludeModules }, model.config);
  expect(names(['visual.qkv', 'visual.blocks.1.mlp.up_proj'])).toEqual(['visual.blocks.0.attn.qkv', 'visual.blocks.1.attn.qkv', 'visual.blocks.1.mlp.up_proj']);
  expect(names(['up_proj'])).toEqual(['layers.0.mlp.up_proj', 'layers.1.mlp.up_proj']);
  expect(names(['all-linear', 'visual.all-linear'])).toEqual([...linearModules(model.config).keys()]);
  expect(names(['visual.all-linear'], ['visual.blocks.0.mlp.up_proj', 'visual.merger.mlp.0', 'visual.mlp.2']).length).toBe(9);
  expect(() => names(['visual.q_proj'])).toThrow('target_modules');
});

describe('an adapter on the tower', () => {
  test.each([
    [['visual.all-linear']], [['all-linear', 'visual.all-linear']], [['all-linear', 'visual.qkv']], [['visual.blocks.1.mlp.gate_proj', 'gate_proj', 'q_proj']],
  ])('%s goes through a folder as PEFT writes it', (targetModules) => {
    const adapter = usedAdapter(model, { targetModules });
    writeAdapter(folder, adapter);
    const again = readAdapter(folder, model.config);
    expect([...again.matrices].sort()).toEqual([...adapter.matrices].sort());
    expect(again.targetModules).toEqual(adapter.targetModules);
    const { exclude_modules } = JSON.parse(readFileSync(path.join(folder, 'adapter_config.json'), 'utf8')) as { exclude_modules: unknown };
    expect(exclude_modules).toBe(null);
    const tensors = [...openSafetensors(path.join(folder, 'adapter_model.safetensors')).tensors.keys()];
    expect(tensors.filter((name) => name.startsWith('base_model.model.model.visual.')).length).toBe(2 * [...adapter.matrices.keys()].filter((name) => name.startsWith('visual.')).length);
  });

  test('gives the features of merged weights, exchanged without loading anything', async () => {
    const base = await features();
    const adapter = usedAdapter(model, { targetModules: ['visual.all-linear'] });
    await model.setAdapter(adapter);
    const adapted = await features();
    expect(difference(adapted, base)).toBeGreaterThan(0.01);
    const other: Adapter = { ...adapter, matrices: new Map([...adapter.matrices].map(([name, each]) => [name, { ...each, b: each.b.map((value) => -value) }])) };
    await model.setAdapter(other);
    expect(difference(await features(), adapted)).toBeGreaterThan(0.01);
    await model.setAdapter(adapter, 0);
    expect(await features()).toEqual(base);

    const own = await tinyModel();
    for (const [module, { a, b, rank, scale }] of adapter.matrices) {
      const { data, shape: [rows, columns] } = await own.model.store.float32(`${module}.weight`);
      for (let r = 0; r < (rows as number); r++) for (let c = 0; c < (columns as number); c++) {
        for (let k = 0; k < rank; k++) data[r * (columns as number) + c]! += scale * (b[r * rank + k] as number) * (a[k * (columns as number) + c] as number);
      }
    }
    expect(difference(await (await own.model.vision()).encode(image), adapted)).toBeLessThan(1e-5);
    await own.remove();
  });

  test('trains to what the sampler then sees; the reference is the tower without it', async () => {
    const batch: TrainingBatch = { prompt: { ids: [...new Array<number>(6).fill(model.config.tokens.image), ...ids(3, 2)], images: [image] }, rows: [{ ids: ids(5, 3), mask: [1, 1, 1, 1, 1], images: [] }] };
    const adapter = usedAdapter(model, { targetModules: ['visual.all-linear', 'q_proj'] });
    const training = TrainingModel.lora(model, adapter);
    const plain = await TrainingModel.lora(model, usedAdapter(model)).forward(batch, { adapter: false });
    const { values, gradients } = await training.gradients(batch, () => linearLoss(5));
    expect(difference(values.logprobs, plain.logprobs)).toBeGreaterThan(1e-3);
    expect((await training.forward(batch, { adapter: false })).logprobs).toEqual(plain.logprobs);
    expect((await training.gradients(batch, () => linearLoss(5))).gradients).toEqual(gradients);
    for (const [name, parameter] of training.parameters) for (let i = 0; i < parameter.length; i++) parameter[i]! -= 0.01 * (gradients.get(name)?.[i] as number);
    await model.setAdapter(adapter);
    const seen = await features();
    expect((await training.forward(batch)).logprobs).not.toEqual(values.logprobs);
    const { matrices } = adapter;
    expect(matrices.get('visual.blocks.0.attn.qkv')?.b).toBe(training.parameters.get('visual.blocks.0.attn.qkv.lora_B'));
    await model.setAdapter(undefined);
    expect(difference(seen, await features())).toBeGreaterThan(0.01);
  });

  test('that training began with is the reference, whatever becomes of the trained one', async () => {
    const batch: TrainingBatch = { prompt: { ids: [...new Array<number>(6).fill(model.config.tokens.image), ...ids(3, 2)], images: [image] }, rows: [{ ids: ids(5, 3), mask: [1, 1, 1, 1, 1], images: [] }] };
    const begun = usedAdapter(model, { targetModules: ['visual.all-linear', 'q_proj', 'layers.1.mlp.up_proj'] });
    const alone = (await TrainingModel.lora(model, begun).forward(batch)).logprobs;
    const trained = usedAdapter(model, { targetModules: ['visual.all-linear', 'q_proj', 'layers.1.mlp.up_proj'] });
    const training = TrainingModel.lora(model, trained, { reference: begun });
    expect((await training.forward(batch, { adapter: false })).logprobs).toEqual(alone);
    for (const parameter of training.parameters.values()) for (let i = 0; i < parameter.length; i++) parameter[i]! *= 1.5;
    expect(difference((await training.forward(batch)).logprobs, alone)).toBeGreaterThan(1e-3);
    expect((await training.forward(batch, { adapter: false })).logprobs).toEqual(alone);
    const plain = (await TrainingModel.lora(model, trained).forward(batch, { adapter: false })).logprobs;
    expect(difference(plain, alone)).toBeGreaterThan(1e-3);
  });

  test('with dropout: other inputs are left out for another seed and another image, none without; the mean is that of all', async () => {
    const pixels: TrainingBatch['prompt'] = { ids: [...new Array<number>(6).fill(model.config.tokens.image), ...ids(2, 2), ...new Array<number>(6).fill(model.config.tokens.image), ...ids(1, 2)], images: [image, image] };
    const batch: TrainingBatch = { prompt: pixels, rows: [{ ids: ids(5, 3), mask: [1, 1, 1, 1, 1], images: [] }] };
    const training = TrainingModel.lora(model, usedAdapter(model, { targetModules: ['visual.qkv'], dropout: 0.5 }));
    const logprobs = async (options: { dropoutSeed?: number; adapter?: boolean } = {}) => (await training.forward(batch, options)).logprobs;
    const [plain, one, two] = [await logprobs(), await logprobs({ dropoutSeed: 1 }), await logprobs({ dropoutSeed: 2 })];
    expect(await logprobs({ dropoutSeed: 1 })).toEqual(one);
    expect(difference(one, two)).toBeGreaterThan(1e-4);
    expect(difference(one, plain)).toBeGreaterThan(1e-4);
    const without = TrainingModel.lora(model, usedAdapter(model, { targetModules: ['visual.qkv'] }));
    expect(difference((await without.forward(batch)).logprobs, plain)).toBe(0);
    expect(await logprobs({ dropoutSeed: 1, adapter: false })).toEqual((await without.forward(batch, { adapter: false })).logprobs);

    // What is left out is made up for by the rest: over many seeds the features' mean is that of the whole adapter's.
    const features = new ImageFeatures(model, loraParameters(usedAdapter(model, { targetModules: ['visual.merger.mlp.2'], dropout: 0.5 })));
    const whole = await features.of(image);
    const bare = await features.ofReference(image, undefined);
    const mean = new Float32Array(whole.length);
    for (let seed = 0; seed < 400; seed++) for (const [i, value] of (await features.of(image, seed)).entries()) mean[i]! += value / 400;
    const size = (of: Float32Array): number => Math.sqrt(dot(of, of));
    const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value - (b[i] as number));
    expect(size(minus(mean, whole)) / size(minus(whole, bare))).toBeLessThan(0.15);
  });
});
