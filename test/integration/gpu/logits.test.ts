import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Completion } from '../../../main/generation/generate.ts';
import type { LoadOptions } from '../../../main/model/load.ts';
import { type Place, cpu, places, runIn } from './places.ts';

type Output = { provider: string; notes: string[]; completions: Completion[]; features: number[]; logits: number[][] };

const logits = (place: Place, options: LoadOptions): Output => runIn(place, 'logits.ts', options);

const worst = (a: readonly number[], b: readonly number[]): number => a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] as number))), 0);

test.each(places.flatMap((place) => [
  { place, title: place.title, way: 'all layers in one run', options: {} },
  { place, title: place.title, way: 'one layer at a time, adapters on', options: { layersPerRun: 1, adapters: true } },
]))('$title gives what the CPU gives: $way', ({ place, options }) => {
  const [expected, gpu] = [logits(cpu, options), logits(place, { ...options, provider: place.provider })];
  expect(gpu).toMatchObject({ provider: place.provider, notes: [] });
  expect(worst(gpu.features, expected.features)).toBeLessThan(1e-4);
  expect(gpu.completions.map(({ ids }) => ids)).toEqual(expected.completions.map(({ ids }) => ids));
  expect(worst(gpu.completions.flatMap(({ logprobs }) => logprobs), expected.completions.flatMap(({ logprobs }) => logprobs))).toBeLessThan(1e-4);
  expect(worst(gpu.logits.flat(), expected.logits.flat())).toBeLessThan(1e-4);
});

test.each(places.flatMap((place) => ([4, 8] as const).map((bits) => ({ place, title: place.title, bits }))))('$title gives what the CPU gives: $bits-bit weights as inputs', ({ place, bits }) => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-gpu-'));
  try {
    const options: LoadOptions = { quantize: { bits, block: 32, symmetric: true }, exactProducts: true, dataFolder: home };
    const [expected, gpu] = [logits(cpu, options), logits(place, { ...options, provider: place.provider })];
    expect(gpu.provider).toBe(place.provider);
    expect(worst(gpu.logits.flat(), expected.logits.flat())).toBeLessThan(1e-4);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

// The software driver has no half precision, and says so; onnxruntime's CPU provider casts for it. The weights of this model are halves.
test.each(places)('asked for float16, $title gives what float32 gives', (place) => {
  const [expected, half] = [logits(cpu, {}), logits(place, { precision: 'float16', provider: place.provider })];
  expect(half.provider).toBe(place.provider);
  expect(half.notes.join()).toMatch(place.provider === 'webgpu' ? /no half precision.*f16.*float32 is used/ : /^$/);
  expect(worst(half.logits.flat(), expected.logits.flat())).toBeLessThan(1e-4);
});

test('without a GPU the CPU does the work, and says so', () => {
  const { provider, notes, completions } = logits({ ...cpu, environment: { VK_ICD_FILENAMES: '/nonexistent', LD_LIBRARY_PATH: '' } }, { provider: 'webgpu' });
  expect(provider).toBe('cpu');
  expect(notes.join()).toMatch(/webgpu.*CPU/i);
  expect(completions.length).toBe(2);
});
