import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Completion } from '../../../main/generation/generate.ts';
import { writeRandomModel } from '../../../main/model/folder/random-model.ts';
import { cpu, places, runIn } from './places.ts';

/** `decoding`: bytes that each decoding run needed from memory, but for the model's weights; `alive`: tensors on the device afterwards. */
type Part = { completions: Completion[]; decoding: number[]; alive: { moved: number; caches: number } };

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-gpu-decoding-'));
beforeAll(() =>
  writeRandomModel(folder, {
    hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, intermediateSize: 128, mropeSection: [2, 3, 3], tiedHead: true, maxPositions: 800,
    vision: { depth: 1, hiddenSize: 64, heads: 4, intermediateSize: 96, windowSize: 112, fullAttentionBlocks: [0] },
  }, 3),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Output = { provider: string; parts: [group: Part, scheduled: Part, interrupted: Part, adapted: Part] };
const onTheCpu = (): Output => runIn(cpu, 'decoding.ts', folder, { adapters: true });

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;

test.each(places)('a GPU keeps what rows look back on, and writes what the CPU writes: $title', (place) => {
  const [expected, gpu] = [onTheCpu(), runIn<Output>(place, 'decoding.ts', folder, { adapters: true, provider: place.provider })];
  expect(gpu.provider).toBe(place.provider);
  for (const [i, onCpu] of expected.parts.entries()) {
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
  const [first, , , , last] = expected.parts[3].completions;
  expect(first?.logprobs).not.toEqual(last?.logprobs);
}, 300_000);
