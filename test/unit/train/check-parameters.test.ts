import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { adapterNotes, checkParameters } from '../../../main/train/check-parameters.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { openRun } from '../../../main/train/run-context.ts';

const withAdapter = (...settings: readonly string[]) => readRunConfig('quickstart', ['model.adapter=/a', ...settings]);

test('an adapter is nothing that all weights begin with', async () => {
  const all = withAdapter('parameters.kind=full');
  expect(() => checkParameters(all)).toThrow(/^model\.adapter: expected none with parameters\.kind full.* found \/a\. Merge it/);
  expect(() => checkParameters(withAdapter())).not.toThrow();
  expect(() => checkParameters(readRunConfig('quickstart', ['parameters.kind=full']))).not.toThrow();
  await expect(openRun({ home: '/nonexistent', config: all })).rejects.toThrow(/^model\.adapter:/);
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
