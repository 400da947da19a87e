import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { messagesOf } from '../../main/agent/conversation.ts';
import { openPromptSet } from '../../main/agent/prompts.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { writeSafetensors } from '../../main/model/folder/safetensors-writer.ts';
import { openWeights } from '../../main/model/folder/weights.ts';
import { parseScheme } from '../../main/model/quantize/scheme.ts';
import { openLocalPolicy } from '../../main/policy/local.ts';
import { runConfig } from '../../main/records/run-config.ts';
import type { ImageSource } from '../../main/records/policy.ts';
import type { Sample } from '../../main/records/sample.ts';
import { exportRun } from '../../main/train/export.ts';
import { modelFingerprint } from '../../main/train/fingerprint.ts';
import { starterFolder } from '../../main/train/quickstart/quickstart.ts';
import { RunFolder } from '../../main/train/run-folder.ts';
import { goldenFolder } from '../golden/folder.ts';

// A checkpoint of a run that trained all weights, asked as it is and as the whole model that is exported from it.

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-trained-'));
const checkpoint = path.join(home, 'runs/all/checkpoints/step-000001');
const base = path.join(home, 'base');
const merged = path.join(home, 'merged');
const images: ImageSource = { read: (reference) => readFile(reference), put: async () => '' };
const sample: Sample = { version: 1, id: 's', task: 'coding', question: 'which digit ?', answers: ['7'], images: [path.join(goldenFolder(), 'images/0.png')] };

/** A run that trained all weights of a model: those of `changed` became `factor` times as large. */
function writeFullRun(name: string, model: string, factor: number): RunFolder {
  const folder = path.join(home, 'runs', name, 'checkpoints/step-000001');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(home, 'runs', name, 'config.json'), JSON.stringify(runConfig.parse({ name, steps: 1, model: { folder: model }, parameters: { kind: 'full' } })));
  const weights = openWeights(model, readModelConfig(model));
  const changed = ['model.layers.0.mlp.down_proj.weight', 'model.layers.1.self_attn.o_proj.weight', 'model.norm.weight'];
  writeSafetensors(path.join(folder, 'weights.safetensors'), changed.map((tensor) => {
    const values = weights.readFloat32(tensor).map((value) => factor * value);
    return { name: tensor, dtype: 'F32', shape: [values.length], values: () => [values] };
  }));
  weights.close();
  writeFileSync(path.join(folder, 'state.json'), JSON.stringify({ version: 1, step: 1, best: null, sampler: {}, began: { model: modelFingerprint(model, readModelConfig(model)), train: '', heldOut: '' }, logBytes: 0 }));
  return RunFolder.open(home, name);
}

beforeAll(async () => {
  // The starter in bfloat16, of whose numbers a half is one too: the second export rounds nothing.
  await exportRun(writeFullRun('none', starterFolder, 1), base, 'merged');
  await exportRun(writeFullRun('all', base, 0.5), merged, 'merged');
});
afterAll(() => rmSync(home, { recursive: true }));

async function said(folder: string, adapter?: string, load = {}) {
  const policy = await openLocalPolicy({ folder, load, ...(adapter !== undefined && { adapter }) }, images);
  try {
    const { tokens } = await policy.complete({ messages: messagesOf(openPromptSet('mini'), 'agent', sample, [], false), sample, turns: [], sampling: { temperature: 0, topP: 1, maxNewTokens: 6, seed: 1 } });
    return { sampled: tokens?.sampled, logprobs: tokens?.logprobs.map((logprob) => Number(logprob.toFixed(4))) };
  } finally {
    await policy.close();
  }
}

test('it says what the exported model says, and not what its base says', async () => {
  const trained = await said(base, checkpoint);
  expect(trained).toEqual(await said(merged));
  expect(trained).not.toEqual(await said(base));
});

test('so it does in few bits, beside the base’s own copy', async () => {
  const load = { quantize: parseScheme('int4'), dataFolder: home };
  const [plain, trained] = [await said(base, undefined, load), await said(base, checkpoint, load)];
  expect(trained).toEqual(await said(merged, undefined, load));
  expect(trained).not.toEqual(plain);
});

test('it is refused on another model, and has no adapter to give', async () => {
  await expect(said(path.join(goldenFolder(), 'model'), checkpoint)).rejects.toThrow(/weights\.safetensors: tensor model\..*checkpoint of another model/);
  await expect(exportRun(RunFolder.open(home, 'all'), path.join(home, 'x'), 'adapter')).rejects.toThrow(/trained all weights/);
});
