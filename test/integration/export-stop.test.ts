import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { writeAdapter } from '../../main/model/folder/adapter-writer.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { writeRandomModel } from '../../main/model/folder/random-model.ts';
import { newAdapter } from '../../main/model/training/lora.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-export-stop-'));
afterAll(() => rmSync(home, { recursive: true }));

test.skipIf(process.platform === 'win32')('Ctrl-C ends the export of a whole model at once, and nothing of it stays', async () => {
  const [base, adapter, out] = ['base', 'adapter', 'out'].map((name) => path.join(home, name)) as [string, string, string];
  writeRandomModel(base, { hiddenSize: 512, layers: 16, heads: 8, kvHeads: 2, intermediateSize: 2048, mropeSection: [8, 12, 12], tiedHead: true, vocabSize: 16_384, vision: { depth: 2, hiddenSize: 128, heads: 4, intermediateSize: 256, windowSize: 112, fullAttentionBlocks: [1] } }, 1);
  writeAdapter(adapter, newAdapter({ rank: 32, alpha: 32, rslora: false, dropout: 0, targetModules: ['all-linear'], excludeModules: [] }, readModelConfig(base), 1));
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), 'export', adapter, '--base', base, '--form', 'merged', '--dtype', 'float32', '--out', out], { env: { ...process.env, ARFT_HOME: home } });
  let said = '';
  child.stderr.on('data', (text: Buffer) => void (said += text.toString()));
  const ended = once(child, 'close');
  const weights = path.join(out, `.unfinished-${child.pid}`, 'model.safetensors');
  for (let waited = 0; !existsSync(weights) && waited < 60_000; waited += 2) await pause(2);
  expect(readdirSync(out)).toEqual([`.unfinished-${child.pid}`]);
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(said).toBe(`the export was stopped; nothing of it stays in ${out}\ninterrupted\n`);
  expect(existsSync(out)).toBe(false);
});
