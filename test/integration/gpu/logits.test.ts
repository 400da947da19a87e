import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Completion } from '../../main/generation/generate.ts';
import type { LoadOptions } from '../../main/model/load.ts';
import { swiftshaderEnvironment } from '../swiftshader.ts';

type Output = { provider: string; notes: string[]; completions: Completion[]; features: number[]; logits: number[][] };

const environment = await swiftshaderEnvironment();

function run(options: LoadOptions, variables: Readonly<Record<string, string>>): Output {
  const script = path.join(import.meta.dirname, 'gpu-logits.ts');
  return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(options)], { env: { ...process.env, ...variables }, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, stdio: ['ignore', 'pipe', 'ignore'] })) as Output;
}

const worst = (a: readonly number[], b: readonly number[]): number => a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] as number))), 0);

test.skipIf(!environment).each<[string, LoadOptions, LoadOptions, RegExp | undefined]>([
  // The software driver has no half precision.
  ['all layers in one run; asked for float16 it works in float32, and says so', {}, { precision: 'float16' }, /no half precision.*f16.*float32 is used/],
  ['one layer at a time, adapters on', { layersPerRun: 1, adapters: true }, {}, undefined],
])('WebGPU gives what the CPU gives: %s', (_, options, onGpu, note) => {
  const cpu = run(options, {});
  const gpu = run({ ...options, ...onGpu, provider: 'webgpu' }, environment as Record<string, string>);
  expect(gpu.provider).toBe('webgpu');
  if (note) expect(gpu.notes.join()).toMatch(note);
  expect(worst(gpu.features, cpu.features)).toBeLessThan(1e-4);
  expect(gpu.completions.map(({ ids }) => ids)).toEqual(cpu.completions.map(({ ids }) => ids));
  expect(worst(gpu.completions.flatMap(({ logprobs }) => logprobs), cpu.completions.flatMap(({ logprobs }) => logprobs))).toBeLessThan(1e-4);
  expect(worst(gpu.logits.flat(), cpu.logits.flat())).toBeLessThan(1e-4);
});

test.skipIf(!environment).each([4, 8] as const)('WebGPU gives what the CPU gives: %i-bit weights as inputs', (bits) => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-webgpu-'));
  try {
    const options: LoadOptions = { quantize: { bits, block: 32, symmetric: true }, exactProducts: true, dataFolder: home };
    const [cpu, gpu] = [run(options, {}), run({ ...options, provider: 'webgpu' }, environment as Record<string, string>)];
    expect(gpu.provider).toBe('webgpu');
    expect(worst(gpu.logits.flat(), cpu.logits.flat())).toBeLessThan(1e-4);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test('without a GPU the CPU does the work, and says so', () => {
  const { provider, notes, completions } = run({ provider: 'webgpu' }, { VK_ICD_FILENAMES: '/nonexistent', LD_LIBRARY_PATH: '' });
  expect(provider).toBe('cpu');
  expect(notes.join()).toMatch(/webgpu.*CPU/i);
  expect(completions.length).toBe(2);
});
