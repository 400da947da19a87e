import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { adapterNotes, checkParameters } from '../../../main/train/check-parameters.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { planInput } from '../../../main/train/plan-run.ts';
import { openRun } from '../../../main/train/run-context.ts';

const withAdapter = (...settings: readonly string[]) => readRunConfig('quickstart', ['model.adapter=/a', ...settings]);

test('an adapter is nothing that all weights begin with', async () => {
  const all = withAdapter('parameters.kind=full');
  expect(() => checkParameters(all)).toThrow(/^model\.adapter: expected none with parameters\.kind full.* found \/a\. Merge it/);
  expect(() => checkParameters(withAdapter())).not.toThrow();
  expect(() => checkParameters(readRunConfig('quickstart', ['parameters.kind=full']))).not.toThrow();
  await expect(openRun({ home: '/nonexistent', config: all })).rejects.toThrow(/^model\.adapter:/);
});

test.each(['model.adapter', 'model.folder'])('the checkpoint of a run that trained all weights as %s is refused with the command that makes a model of it', async (key) => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'all weights-'));
  const checkpoint = path.join(home, 'runs/all/checkpoints/step-000020');
  try {
    mkdirSync(checkpoint, { recursive: true });
    writeFileSync(path.join(checkpoint, 'weights.safetensors'), '');
    const command = `arft export '${path.join(home, 'runs/all')}' --step 20 --form merged --dtype float32 --out NEW-MODEL`;
    for (const kind of ['lora', 'full']) {
      const config = readRunConfig('quickstart', [`${key}=${checkpoint}`, `parameters.kind=${kind}`]);
      expect(() => checkParameters(config)).toThrow(command);
      expect(() => planInput(config, { promptTokens: 1, completionTokens: 1, imagePixels: 0 })).toThrow(command);
      await expect(openRun({ home, config })).rejects.toThrow(`${key}: expected`);
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('what an adapter has otherwise than the configuration is told, since the adapter is trained as it is', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'adapter-notes-'));
  try {
    writeFileSync(path.join(folder, 'adapter_config.json'), JSON.stringify({ peft_type: 'LORA', r: 8, lora_alpha: 32, target_modules: ['q_proj'] }));
    expect(adapterNotes(withAdapter('parameters.rank=8', 'parameters.alpha=32'), folder)).toEqual([]);
    expect(adapterNotes(withAdapter('parameters.rank=16', 'parameters.alpha=32', 'parameters.rslora=true'), folder)).toEqual([
      'the adapter that the run begins with has rank 8, which stays; parameters.rank is 16',
      'the adapter that the run begins with has rslora false, which stays; parameters.rslora is true',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
