import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../../main/engine/engine.ts';
import { readModelConfig } from '../../../main/model/folder/config.ts';
import { loraModules } from '../../../main/model/folder/adapter.ts';
import { writeAdapter } from '../../../main/model/folder/adapter-writer.ts';
import { inspectModelFolder } from '../../../main/model/folder/inspect.ts';
import { writeSafetensors } from '../../../main/model/folder/safetensors-writer.ts';
import { openWeights } from '../../../main/model/folder/weights.ts';
import { starterFolder } from '../../../main/train/quickstart/quickstart.ts';
import type { PlannedWork } from '../../../preload/contract/models.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Client } from '../../../preload/rpc/connect.ts';
import { writeRun } from './rollouts-run.ts';
import { openClient } from './open-client.ts';

const released = path.join(import.meta.dirname, '../train/shapes/3b');
let home: string;
let engine: Engine;
let client: Client<AppContract>;

/** An adapter whose B has ones in its first row: the merged matrices differ from the base by scale times A's first row. */
function adapterOf(folder: string, inputs = 1): void {
  const sizes = loraModules(readModelConfig(starterFolder));
  const [out, into] = sizes.get('self_attn.q_proj') as readonly [number, number];
  const matrices = new Map([0, 1, 2, 3].map((layer) => [`layers.${layer}.self_attn.q_proj`, { a: Float32Array.from({ length: 2 * into * inputs }, (_, i) => (i < into ? 0.5 : 0)), b: Float32Array.from({ length: 2 * out }, (_, i) => (i === 0 ? 1 : 0)), rank: 2, alpha: 4, scale: 2 }]));
  writeAdapter(folder, { rank: 2, alpha: 4, rslora: false, dropout: 0, targetModules: ['q_proj'], matrices });
}

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'arft-models-'));
  await writeRun(home, 'done', { steps: 1, model: starterFolder });
  for (const step of [1, 2]) adapterOf(path.join(home, 'runs/done/checkpoints', `step-00000${step}`));
  cpSync(starterFolder, path.join(home, 'models/copy'), { recursive: true });
  ({ engine, client } = await openClient(home));
});
afterAll(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

const checkpoint = (step: number): string => path.join(home, 'runs/done/checkpoints', `step-00000${step}`);

/** An export once it has ended. */
async function exported(id: number) {
  const one = async () => (await client.call('models.exports', undefined)).find((each) => each.id === id);
  await expect.poll(async () => (await one())?.state, { timeout: 30_000, interval: 100 }).not.toBe('writing');
  return (await one())!;
}

const listed = async () => (await client.call('models.list', undefined)).models.map(({ name, origin, preferred, there }) => `${name} ${origin}${preferred ? ' preferred' : ''}${there ? '' : ' away'}`);

test('the starter, the data folder’s models and the opened ones, with what they hold', async () => {
  expect(await listed()).toEqual(['starter builtin preferred', 'copy own']);
  const elsewhere = path.join(home, 'elsewhere');
  cpSync(released, elsewhere, { recursive: true });
  expect(await client.call('models.open', { folder: `${elsewhere}/` })).toEqual({ folder: elsewhere, name: 'elsewhere', missing: inspectModelFolder(elsewhere).missing.length });
  await client.call('models.open', { folder: elsewhere });
  expect(await listed()).toEqual(['starter builtin preferred', 'copy own', 'elsewhere opened']);
  const { models } = await client.call('models.list', undefined);
  // Without weights nothing is stored, and the starter's config speaks of bfloat16.
  expect(models[2]).toMatchObject({ parameters: 3_754_622_976, dtype: null, missing: 4 });
  expect(models[0]?.dtype).toBe('float16');
  await client.call('models.prefer', { folder: elsewhere });
  expect((await client.call('playground.choices', undefined)).models.map(({ name }) => name)).toEqual(['elsewhere', 'starter', 'copy']);
  await client.call('models.prefer', { folder: starterFolder });
});

test('a folder whose disk is away stays on the list, is forgotten, and comes back as it was', async () => {
  const folder = path.join(home, 'elsewhere');
  renameSync(folder, `${folder}-moved`);
  expect(await listed()).toContain('elsewhere opened away');
  await client.call('models.forget', { folder });
  expect(await listed()).not.toContain('elsewhere opened away');
  await client.call('models.remember', { folder });
  renameSync(`${folder}-moved`, folder);
  expect(await listed()).toContain('elsewhere opened');
  await expect(client.call('models.forget', { folder: starterFolder })).rejects.toThrow(/comes with the program/);
  await expect(client.call('models.remember', { folder })).rejects.toThrow(/nothing of this name/);
});

test('what is no model is refused with what to do', async () => {
  const cache = path.join(home, 'models--Qwen--Small');
  cpSync(starterFolder, path.join(cache, 'snapshots/0123abcd'), { recursive: true });
  await expect(client.call('models.open', { folder: cache })).rejects.toThrow(/snapshots\/0123abcd\. Choose that folder/);
  expect((await client.call('models.open', { folder: path.join(cache, 'snapshots/0123abcd') })).name).toBe('Small');
  await expect(client.call('models.open', { folder: path.join(home, 'nowhere') })).rejects.toThrow(/ENOENT/);
  await expect(client.call('models.open', { folder: 'models' })).rejects.toThrow(/whole path/);
  await expect(client.call('models.open', { folder: path.join(home, 'runs/done/checkpoints/step-000001') })).rejects.toThrow(/Import it as an adapter/);
  const broken = path.join(home, 'broken');
  mkdirSync(broken);
  writeFileSync(path.join(broken, 'config.json'), '{"model_type":"llama"}');
  await expect(client.call('models.open', { folder: broken })).rejects.toThrow(/model_type/);
});

test('an adapter is held against its base, listed, forgotten and brought back', async () => {
  const { adapters } = await client.call('models.list', undefined);
  expect(adapters.map(({ run, baseName, rank }) => [run?.step, baseName, rank])).toEqual([[2, 'starter', 2], [1, 'starter', 2]]);
  const own = path.join(home, 'own-adapter');
  adapterOf(own);
  await expect(client.call('models.bring', { folder: own, base: path.join(home, 'elsewhere') })).rejects.toThrow(/an adapter for elsewhere.*q_proj.*Choose the base model/);
  await expect(client.call('models.bring', { folder: starterFolder, base: starterFolder })).rejects.toThrow(/a whole model/);
  expect(await client.call('models.bring', { folder: own, base: starterFolder })).toEqual({ folder: own, modules: 4 });
  expect((await client.call('playground.choices', undefined)).adapters.at(-1)).toEqual({ folder: own, name: 'own-adapter', base: starterFolder });
  const facts = await client.call('models.adapter', { folder: own });
  expect(facts).toMatchObject({ kind: 'lora', lora: { rank: 2, alpha: 4, targets: ['q_proj'], modules: 4 }, base: starterFolder, baseThere: true, run: null });
  const [out, into] = loraModules(readModelConfig(starterFolder)).get('self_attn.q_proj') as readonly [number, number];
  expect(facts.parameters).toBe(4 * 2 * (out + into));
  await client.call('models.forgetAdapter', { folder: own });
  expect((await client.call('models.list', undefined)).adapters).toHaveLength(2);
  await client.call('models.remember', { folder: own });
  expect((await client.call('models.list', undefined)).adapters).toHaveLength(3);
  expect(readdirSync(own).toSorted()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
});

const work: PlannedWork = { folder: released, provider: 'cpu', quantize: '', imagePixels: 401_408, words: 512, completionTokens: 256, group: 8, slots: 0, train: '', rank: 16 };

test('a plan adds up, and weights take what their matrices take', async () => {
  const plan = await client.call('models.plan', work);
  expect(plan.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(plan.peakBytes, -2);
  const weights = plan.parts.filter(({ kind }) => kind === 'weights').reduce((sum, { bytes }) => sum + bytes, 0);
  // All parameters of the 3B model once, in float32: its head is the embedding.
  expect(weights / (4 * 3_754_622_976)).toBeCloseTo(1, 3);
  expect(plan.machine.total).toBe(os.totalmem());
  const quantized = await client.call('models.plan', { ...work, quantize: 'int4' });
  expect(quantized.peakBytes).toBeLessThan(plan.peakBytes / 2);
  await expect(client.call('models.plan', { ...work, folder: home })).rejects.toThrow(/config\.json/);
});

test('what makes it fit does fit when it is made, and needs no change where it fits', async () => {
  const small: PlannedWork = { ...work, folder: starterFolder, provider: 'webgpu', imagePixels: 100_352, completionTokens: 512 };
  const { peakBytes } = await client.call('models.plan', small);
  for (const [share, fits] of [[0.8, true], [0.01, false]] as const) {
    const told = await client.call('models.fit', { ...small, bytes: share * peakBytes });
    expect([told.fits, told.peakBytes <= share * peakBytes, told.changes.length > 0]).toEqual([fits, fits, true]);
    const changed = Object.fromEntries(told.changes.map(({ setting, value }) => [setting, value]));
    expect((await client.call('models.plan', { ...small, ...changed })).peakBytes).toBeCloseTo(told.peakBytes, -2);
  }
  expect(await client.call('models.fit', { ...small, bytes: peakBytes })).toMatchObject({ fits: true, changes: [] });
});

test('the largest groups of a card fit it, and twice as large ones do not', async () => {
  const small: PlannedWork = { ...work, folder: starterFolder, imagePixels: 3136, words: 128, train: 'lora', provider: 'cpu' };
  const [card] = await client.call('models.gpus', { ...small, gib: [1] });
  expect(card).toMatchObject({ gib: 1, fits: true, remedy: null, quantize: '' });
  for (const { completionTokens, group } of card?.groups.slice(0, 1) ?? []) {
    const peak = async (n: number): Promise<number> => (await client.call('models.plan', { ...small, provider: 'webgpu', completionTokens, group: n, slots: 8 })).peakBytes;
    expect(await peak(group)).toBeLessThanOrEqual(card?.usableBytes ?? 0);
    if (group < 32) expect(await peak(2 * group)).toBeGreaterThan(card?.usableBytes ?? 0);
  }
});

test('an export writes in the background; the whole model has the adapter in it', async () => {
  const folder = path.join(home, 'merged');
  const { id } = await client.call('models.export', { adapter: checkpoint(2), form: 'merged', folder });
  expect((await exported(id)).state).toBe('done');
  const config = readModelConfig(folder);
  const [before, after] = [openWeights(starterFolder, config), openWeights(folder, config)];
  const name = 'model.layers.1.self_attn.q_proj.weight';
  const [base, merged] = [before.readFloat32(name), after.readFloat32(name)];
  const width = config.text.hiddenSize;
  // scale 2 · B's 1 · A's 0.5 on the first row, to bfloat16's precision; nothing elsewhere.
  expect([...merged].every((value, i) => Math.abs(value - (base[i] as number) - (i < width ? 1 : 0)) < 0.01)).toBe(true);
  before.close();
  after.close();
  await expect(client.call('models.export', { adapter: checkpoint(2), form: 'adapter', folder })).rejects.toThrow(/files in it/);
  await expect(client.call('models.export', { adapter: checkpoint(9), form: 'adapter', folder: path.join(home, 'x') })).rejects.toThrow(/on the list/);
  await client.call('models.endExport', { id });
  expect(await client.call('models.exports', undefined)).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});

test('an imported adapter is merged and copied like a run’s; refused where its base is away or another', async () => {
  const own = path.join(home, 'imported');
  const base = path.join(home, 'models/copy');
  adapterOf(own);
  writeFileSync(path.join(own, 'README.md'), 'by somebody');
  await expect(client.call('models.export', { adapter: own, form: 'merged', folder: path.join(home, 'x') })).rejects.toThrow(/import the adapter/);
  await client.call('models.bring', { folder: own, base });
  const folders = { adapter: path.join(home, 'own-copy'), merged: path.join(home, 'own-merged') };
  for (const form of ['adapter', 'merged'] as const) {
    const { id } = await client.call('models.export', { adapter: own, form, folder: folders[form] });
    expect(await exported(id)).toMatchObject({ state: 'done', fault: null, name: 'imported', run: null });
    await client.call('models.endExport', { id });
  }
  expect(readdirSync(folders.adapter).toSorted()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  expect(readFileSync(path.join(folders.adapter, 'adapter_model.safetensors')).equals(readFileSync(path.join(own, 'adapter_model.safetensors')))).toBe(true);
  // The same adapter of a run, merged before.
  expect(readFileSync(path.join(folders.merged, 'model.safetensors')).equals(readFileSync(path.join(home, 'merged/model.safetensors')))).toBe(true);

  renameSync(base, `${base}-away`);
  await expect(client.call('models.export', { adapter: own, form: 'merged', folder: path.join(home, 'x') })).rejects.toThrow(/its base model on the disk.*Plug its disk in/);
  cpSync(released, base, { recursive: true });
  const { id } = await client.call('models.export', { adapter: own, form: 'adapter', folder: path.join(home, 'x') });
  expect(await exported(id)).toMatchObject({ state: 'failed', fault: { thing: expect.stringContaining('q_proj'), found: expect.stringContaining('another model') } });
  expect(existsSync(path.join(home, 'x'))).toBe(false);
  await client.call('models.endExport', { id });
  rmSync(base, { recursive: true });
  renameSync(`${base}-away`, base);
});

test('checkpoints of a run that trained all weights are listed, described and exported as a model', async () => {
  await writeRun(home, 'whole', { steps: 1, model: starterFolder });
  const config = path.join(home, 'runs/whole/config.json');
  writeFileSync(config, JSON.stringify({ ...(JSON.parse(readFileSync(config, 'utf8')) as object), parameters: { kind: 'full' } }));
  const folder = path.join(home, 'runs/whole/checkpoints/step-000003');
  mkdirSync(folder, { recursive: true });
  const norm = Float32Array.from({ length: readModelConfig(starterFolder).text.hiddenSize }, (_, i) => i / 64);
  writeSafetensors(path.join(folder, 'weights.safetensors'), [{ name: 'model.norm.weight', dtype: 'F32', shape: [norm.length], values: () => [norm] }]);
  const listed = (await client.call('models.list', undefined)).adapters.find((each) => each.folder === folder);
  expect(listed).toMatchObject({ kind: 'full', run: { name: 'whole', step: 3 }, base: starterFolder, baseName: 'starter', rank: null, there: true });
  expect(listed?.bytes).toBeGreaterThan(4 * norm.length);
  expect(await client.call('models.adapter', { folder })).toMatchObject({ kind: 'full', lora: null, parameters: norm.length, baseThere: true });
  expect((await client.call('playground.choices', undefined)).adapters.map((each) => each.folder)).toContain(folder);
  expect((await client.call('runs.places', undefined)).adapters.map(({ value }) => value)).not.toContain(folder);
  await expect(client.call('models.export', { adapter: folder, form: 'adapter', folder: path.join(home, 'x') })).rejects.toThrow(/trained all weights.*Export the whole model/);
  const { id } = await client.call('models.export', { adapter: folder, form: 'merged', folder: path.join(home, 'whole-model') });
  expect(await exported(id)).toMatchObject({ state: 'done', name: 'whole, step 3' });
  const weights = openWeights(path.join(home, 'whole-model'), readModelConfig(path.join(home, 'whole-model')));
  expect(weights.readFloat32('model.norm.weight')).toEqual(norm);
  weights.close();
  await client.call('models.endExport', { id });
});

test.each([['a new folder', false], ['an empty one', true]])('an export into %s that is stopped leaves nothing behind', async (_, there) => {
  const folder = path.join(home, `stopped-${there}`);
  if (there) mkdirSync(folder);
  const { id } = await client.call('models.export', { adapter: checkpoint(1), form: 'merged', folder });
  await client.call('models.endExport', { id });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(existsSync(folder) ? readdirSync(folder) : 'gone').toEqual(there ? [] : 'gone');
});

test('a template is shown as it stands in the folder', async () => {
  const { chatTemplate, prompts, origin } = await client.call('models.inspect', { folder: starterFolder });
  expect([chatTemplate?.file, prompts, origin]).toEqual(['tokenizer_config.json', 'mini', 'builtin']);
  expect(chatTemplate?.text).toContain('{%');
});
