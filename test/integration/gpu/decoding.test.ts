import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Completion } from '../../main/generation/generate.ts';
import { writeRandomModel } from '../../main/model/folder/random-model.ts';
import type { LoadOptions } from '../../main/model/load.ts';
import { swiftshaderEnvironment } from '../swiftshader.ts';

/** `decoding`: bytes that each decoding run needed from memory, but for the model's weights; `alive`: tensors on the device afterwards. */
type Part = { completions: Completion[]; decoding: number[]; alive: { moved: number; caches: number } };

const environment = await swiftshaderEnvironment();
const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-webgpu-decoding-'));
beforeAll(() =>
  writeRandomModel(folder, {
    hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, intermediateSize: 128, mropeSection: [2, 3, 3], tiedHead: true, maxPositions: 800,
    vision: { depth: 1, hiddenSize: 64, heads: 4, intermediateSize: 96, windowSize: 112, fullAttentionBlocks: [0] },
  }, 3),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(options: LoadOptions, variables: Readonly<Record<string, string>>): { provider: string; parts: [group: Part, scheduled: Part, interrupted: Part, adapted: Part] } {
  const script = path.join(import.meta.dirname, 'webgpu-decoding.ts');
  return JSON.parse(execFileSync(process.execPath, [script, folder, JSON.stringify(options)], { env: { ...process.env, ...variables }, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, stdio: ['ignore', 'pipe', 'ignore'] }));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

test.skipIf(!environment)('a GPU keeps what rows look back on, and writes what the CPU writes', () => {
  const [cpu, gpu] = [run({ adapters: true }, {}), run({ adapters: true, provider: 'webgpu' }, environment as Record<string, string>)];
  expect(gpu.provider).toBe('webgpu');
  for (const [i, onCpu] of cpu.parts.entries()) {
    const onGpu = gpu.parts[i] as Part;
    expect(onGpu.completions.map(({ ids, finishReason }) => ({ ids, finishReason }))).toEqual(onCpu.completions.map(({ ids, finishReason }) => ({ ids, finishReason })));
    const off = onCpu.completions.flatMap(({ logprobs }, row) => logprobs.map((logprob, at) => Math.abs(logprob - (onGpu.completions[row]?.logprobs[at] as number))));
    expect(Math.max(...off)).toBeLessThan(1e-4);
    // Weights and one adapter stay, the caches leave with those who wrote.
    expect(onGpu.alive).toEqual({ moved: gpu.parts[0].alive.moved, caches: 0 });
    expect(onGpu.decoding.length).toBe(onCpu.decoding.length);
    // A step needs embeddings, positions and masks; sometimes a row, a prompt or an adapter comes.
    expect(median(onGpu.decoding)).toBeLessThan(median(onCpu.decoding) / 10);
    expect(sum(onGpu.decoding)).toBeLessThan(sum(onCpu.decoding) / 2);
  }
  const [first, , , , last] = cpu.parts[3].completions;
  expect(first?.logprobs).not.toEqual(last?.logprobs);
}, 300_000);
