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
  const script = path.join(import.meta.dirname, 'webgpu-logits.ts');
  return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(options)], { env: { ...process.env, ...variables }, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, stdio: ['ignore', 'pipe', 'ignore'] })) as Output;
}

const worst = (a: readonly number[], b: readonly number[]): number => a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] as number))), 0);

test.skipIf(!environment).each<[string, LoadOptions, number]>([
  ['all layers in one run', {}, 1e-4],
  ['one layer at a time, adapters on', { layersPerRun: 1, adapters: true }, 1e-4],
])('WebGPU gives what the CPU gives: %s', (_, options, tolerance) => {
  const cpu = run(options, {});
  const gpu = run({ ...options, provider: 'webgpu' }, environment as Record<string, string>);
  expect(gpu.provider).toBe('webgpu');
  expect(worst(gpu.features, cpu.features)).toBeLessThan(tolerance);
  expect(gpu.completions.map(({ ids }) => ids)).toEqual(cpu.completions.map(({ ids }) => ids));
  expect(worst(gpu.completions.flatMap(({ logprobs }) => logprobs), cpu.completions.flatMap(({ logprobs }) => logprobs))).toBeLessThan(tolerance);
  expect(worst(gpu.logits.flat(), cpu.logits.flat())).toBeLessThan(tolerance);
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

test.skipIf(!environment)('a GPU without half precision works in float32, and says so', () => {
  const { provider, notes } = run({ provider: 'webgpu', precision: 'float16' }, environment as Record<string, string>);
  expect(provider).toBe('webgpu');
  expect(notes.join()).toMatch(/no half precision.*f16.*float32 is used/);
});

test('without a GPU the CPU does the work, and says so', () => {
  const { provider, notes, completions } = run({ provider: 'webgpu' }, { VK_ICD_FILENAMES: '/nonexistent', LD_LIBRARY_PATH: '' });
  expect(provider).toBe('cpu');
  expect(notes.join()).toMatch(/webgpu.*CPU/i);
  expect(completions.length).toBe(2);
});
