import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LoadOptions } from '../../../main/model/load.ts';
import type { TrainingOptions } from '../../../main/model/training/training-model.ts';
import { grpo, grpoTensors } from '../../golden/grpo-case.ts';
import { places, runIn } from './places.ts';

type Output = { readonly provider: string; readonly places: readonly string[]; readonly said: string; readonly cases: readonly { readonly name: string; readonly loss: number; readonly gradient: number }[]; readonly reference: number };

const names = grpo.cases.map(({ name }) => name);

type Way = { readonly way: string; readonly load: LoadOptions; readonly options: TrainingOptions; readonly cases: readonly string[] };
const ways: readonly Way[] = [
  { way: 'weights and kept activations on the device', load: {}, options: {}, cases: [names[0] as string, names.at(-1) as string] },
  { way: 'weights from memory, a layer at a time, nothing kept', load: { layersPerRun: 1 }, options: { activationBytes: 0 }, cases: names.slice(1, 2) },
];

test.each(places.flatMap((place) => ways.map((way) => ({ ...way, place, title: place.title }))))('losses, gradients and reference of the Python implementation: $title, $way', { timeout: 300_000 }, ({ place: { provider, ...place }, load, options, cases }) => {
  const { provider: used, cases: found, reference, places: kinds, said } = runIn<Output>(place, 'gradients.ts', { ...load, provider }, options, cases);
  expect(used).toBe(provider);
  expect(found.map(({ name }) => name)).toEqual(cases);
  for (const { loss, gradient } of found) {
    expect(loss).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-4);
  }
  expect(reference).toBeLessThan(1e-4);
  expect(kinds).toEqual(['device']);
  expect(said).toMatch(/^NonFiniteError: the output of layer 1 has elements that are no numbers/);
});

type Distances = { readonly provider: string; /** What training all weights says. */ readonly full: string; readonly logprobs: number; readonly entropies: number; readonly reference: number; readonly adapter: number; readonly matrices: number; readonly gradient: number };

test.each(places)('on quantised weights a GPU gives the logprobs and gradients of their float32 values on the CPU: $title', { timeout: 300_000 }, (place) => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-gpu-'));
  try {
    const cases = [
      { scheme: 'int4', load: {}, training: { layersPerRun: 3 } },
      // A layer at a time from memory; a row has one block, so that its zero point fills half a byte.
      { scheme: 'int4-block128-asymmetric', load: { layersPerRun: 1 }, training: { activationBytes: 0 } },
    ];
    const found = runIn<readonly Distances[]>({ ...place, argv: [] }, 'quantized.ts', home, cases, place.provider);
    expect(found.length).toBe(cases.length);
    for (const { provider, full, adapter, matrices, logprobs, entropies, reference, gradient } of found) {
      expect(provider).toBe(place.provider);
      if (provider === 'webgpu') expect(full).toBe('model.provider: expected cpu, where all weights can be trained, found webgpu. Set it to cpu.');
      expect(adapter).toBeGreaterThan(0.1); // the adapter counts
      expect(matrices).toBe([...grpoTensors.tensors.keys()].filter((name) => name.startsWith('sft.grad.')).length);
      for (const distance of [logprobs, entropies, reference, gradient]) expect(distance).toBeLessThan(1e-4);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
