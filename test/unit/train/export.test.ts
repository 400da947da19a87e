import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Adapter } from '../../../main/model/folder/adapter.ts';
import { readAdapter } from '../../../main/model/folder/adapter-reader.ts';
import { writeAdapter } from '../../../main/model/folder/adapter-writer.ts';
import { readModelConfig } from '../../../main/model/folder/config.ts';
import { expectedTensors } from '../../../main/model/folder/expected-tensors.ts';
import { openSafetensors } from '../../../main/model/folder/safetensors.ts';
import { openWeights } from '../../../main/model/folder/weights.ts';
import { type LoraSettings, newAdapter } from '../../../main/model/training/lora.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import { exportAdapter, exportRun } from '../../../main/train/export.ts';
import { modelFingerprint } from '../../../main/train/fingerprint.ts';
import { RunFolder } from '../../../main/train/run-folder.ts';
import { goldenFolder } from '../../golden/folder.ts';
import { randomNumbers } from './random-numbers.ts';

const tiny = path.join(goldenFolder(), 'model');
const model = readModelConfig(tiny);
let home: string;
const homes: string[] = [];
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'export-'));
  homes.push(home);
});
afterAll(() => homes.forEach((each) => rmSync(each, { recursive: true })));

/** An adapter as training leaves one: neither matrix is zero. */
function trained(settings: Partial<LoraSettings>): Adapter {
  const adapter = newAdapter({ rank: 3, alpha: 5, rslora: false, dropout: 0, targetModules: ['all-linear'], excludeModules: [], ...settings }, model, 1);
  const random = randomNumbers(4);
  return { ...adapter, matrices: new Map([...adapter.matrices].map(([name, each]) => [name, { ...each, b: each.b.map(() => random() - 0.5) }])) };
}

describe.each([
  ['plain', {}],
  ['rslora', { rslora: true }],
  ['some layers left out', { excludeModules: ['layers.0.self_attn.q_proj', 'down_proj'] }],
  ['the tower too', { targetModules: ['all-linear', 'visual.all-linear'] }],
  ['the tower alone', { targetModules: ['visual.qkv'], rslora: true }],
] as const)('an adapter, %s', (_, settings) => {
  test('merged into float32 is W + scale·B·A where it has matrices, and W to the bit elsewhere', async () => {
    const adapter = trained(settings);
    writeAdapter(path.join(home, 'adapter'), adapter);
    await exportAdapter(path.join(home, 'adapter'), tiny, path.join(home, 'merged'), 'merged', { precision: 'float32' });
    const [before, after] = [openWeights(tiny, model), openSafetensors(path.join(home, 'merged/model.safetensors'))];
    const scale = 5 / (adapter.rslora ? Math.sqrt(3) : 3);
    let touched = 0;
    for (const [name, shape] of expectedTensors(model)) {
      const [was, is] = [before.readFloat32(name), after.readFloat32(name)];
      const lora = adapter.matrices.get(name.replace(/^model\./, '').replace(/\.weight$/, ''));
      if (!lora) {
        expect(is, name).toEqual(was);
        continue;
      }
      touched += 1;
      const inputs = shape[1] as number;
      let worst = 0;
      for (let i = 0; i < is.length; i++) {
        const [row, column] = [Math.floor(i / inputs), i % inputs];
        let product = 0;
        for (let r = 0; r < 3; r++) product += (lora.b[row * 3 + r] as number) * (lora.a[r * inputs + column] as number);
        worst = Math.max(worst, Math.abs((was[i] as number) + scale * product - (is[i] as number)));
      }
      expect(worst, name).toBeLessThan(2e-6);
    }
    expect(touched).toBe(adapter.matrices.size);
    before.close();
    after.close();
  });

  test('is read again as it was written', () => {
    const adapter = trained(settings);
    writeAdapter(home, adapter);
    const again = readAdapter(home, model);
    expect([...again.matrices.keys()].sort()).toEqual([...adapter.matrices.keys()].sort());
    for (const [name, each] of again.matrices) expect(each).toEqual(adapter.matrices.get(name));
  });
});

test('the names of the tensors are those that PEFT gave them', () => {
  const theirs = openSafetensors(path.join(goldenFolder(), 'adapter/adapter_model.safetensors'));
  writeAdapter(home, readAdapter(path.join(goldenFolder(), 'adapter'), model));
  const ours = openSafetensors(path.join(home, 'adapter_model.safetensors'));
  expect([...ours.tensors.keys()].sort()).toEqual([...theirs.tensors.keys()].sort());
  theirs.close();
  ours.close();
});

test.each([['a new folder', false], ['an empty one', true]])('nothing stays of an export into %s that fails', async (_, there) => {
  const [base, adapter, out] = ['base', 'adapter', 'out'].map((name) => path.join(home, name)) as [string, string, string];
  cpSync(tiny, base, { recursive: true });
  mkdirSync(path.join(base, 'zoo.json')); // a folder, which cannot be copied as a file
  writeAdapter(adapter, trained({}));
  if (there) mkdirSync(out);
  await expect(exportAdapter(adapter, base, out, 'merged')).rejects.toThrow(`${path.join(out, 'zoo.json')}: expected a file that can be written`);
  expect(existsSync(out) ? readdirSync(out) : 'gone').toEqual(there ? [] : 'gone');
  rmSync(path.join(base, 'zoo.json'), { recursive: true });
  await exportAdapter(adapter, base, out, 'merged');
  expect(readdirSync(out)).toContain('model.safetensors');
});

test.each([['a new folder', false], ['an empty one', true]])('an export into %s that is stopped ends between two tensors and leaves nothing', async (_, there) => {
  const [adapter, out] = ['adapter', 'out'].map((name) => path.join(home, name)) as [string, string];
  writeAdapter(adapter, trained({}));
  if (there) mkdirSync(out);
  const stop = new AbortController();
  const told: number[] = [];
  const seen: string[] = [];
  const exporting = exportAdapter(adapter, tiny, out, 'merged', { signal: stop.signal, onProgress: (done) => void told.push(done) });
  // Whatever else has its turn meanwhile, such as Ctrl-C.
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(1), { interval: 1 });
  seen.push(...readdirSync(out));
  stop.abort(new Error('Ctrl-C'));
  await expect(exporting).rejects.toThrow('Ctrl-C');
  expect(seen).toEqual([`.unfinished-${process.pid}`]);
  expect(existsSync(out) ? readdirSync(out) : 'gone').toEqual(there ? [] : 'gone');
});

test('how far an export is goes up to all bytes of its weights; what a kill left in its folder makes way', async () => {
  const [adapter, out] = ['adapter', 'out'].map((name) => path.join(home, name)) as [string, string];
  writeAdapter(adapter, trained({}));
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  mkdirSync(path.join(out, `.unfinished-${gone}`), { recursive: true });
  writeFileSync(path.join(out, `.unfinished-${gone}/model.safetensors`), 'half');
  const told: (readonly [number, number])[] = [];
  await exportAdapter(adapter, tiny, out, 'merged', { onProgress: (...each) => void told.push(each) });
  const total = 2 * [...expectedTensors(model).values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(told.at(-1)).toEqual([total, total]);
  expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
  expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
  await expect(exportAdapter(adapter, tiny, out, 'merged')).rejects.toThrow(/a folder that is not there yet, or empty/);
  // One that a process writes into is taken.
  const taken = path.join(home, 'taken');
  mkdirSync(path.join(taken, `.unfinished-${process.ppid}`), { recursive: true });
  await expect(exportAdapter(adapter, tiny, taken, 'merged')).rejects.toThrow(/a folder that is not there yet, or empty/);
});

test('a run whose model was moved is merged with it where it is now, and with no other', async () => {
  const [base, moved, other] = ['base', 'moved', 'other'].map((name) => path.join(home, name)) as [string, string, string];
  cpSync(tiny, base, { recursive: true });
  const folder = path.join(home, 'runs/r');
  writeAdapter(path.join(folder, 'checkpoints/step-000001'), trained({}));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(runConfig.parse({ name: 'r', model: { folder: base } })));
  writeFileSync(path.join(folder, 'checkpoints/step-000001/state.json'), JSON.stringify({ version: 1, step: 1, best: null, sampler: {}, began: { model: modelFingerprint(base, model), train: '', heldOut: '' }, logBytes: 0 }));
  renameSync(base, moved);
  cpSync(moved, other, { recursive: true });
  writeFileSync(path.join(other, 'preprocessor_config.json'), '{}');
  const run = RunFolder.open(home, 'r');
  await expect(exportRun(run, path.join(home, 'a'), 'merged')).rejects.toThrow(/run r: model\.folder: expected the model that it was trained on, found nothing in .*base. Put it back, or say where it is now: --base FOLDER/);
  await expect(exportRun(run, path.join(home, 'a'), 'merged', { base: other })).rejects.toThrow(/expected the same weights.*found those of another model/);
  expect(await exportRun(run, path.join(home, 'a'), 'merged', { base: moved })).toBe(1);
});
