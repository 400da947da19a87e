import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LoadOptions } from '../../main/model/load.ts';
import type { TrainingOptions } from '../../main/model/training/training-model.ts';
import { grpo, grpoTensors } from '../golden/grpo-case.ts';
import { swiftshaderEnvironment } from '../swiftshader.ts';

type Output = { readonly provider: string; readonly places: readonly string[]; readonly said: string; readonly cases: readonly { readonly name: string; readonly loss: number; readonly gradient: number }[]; readonly reference: number };

const environment = await swiftshaderEnvironment();
const names = grpo.cases.map(({ name }) => name);

test.skipIf(!environment).each<[string, LoadOptions, TrainingOptions, readonly string[]]>([
  ['weights and kept activations on the device', {}, {}, [names[0] as string, names.at(-1) as string]],
  ['weights from memory, a layer at a time, nothing kept', { layersPerRun: 1 }, { activationBytes: 0 }, names.slice(1, 2)],
])('losses, gradients and reference of the Python implementation on WebGPU: %s', { timeout: 300_000 }, (_, load, options, cases) => {
  const script = path.join(import.meta.dirname, 'gpu-gradients.ts');
  const { provider, cases: found, reference, places, said } = JSON.parse(
    execFileSync(process.execPath, [script, JSON.stringify({ ...load, provider: 'webgpu' }), JSON.stringify(options), JSON.stringify(cases)], { env: { ...process.env, ...environment }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as Output;
  expect(provider).toBe('webgpu');
  expect(found.map(({ name }) => name)).toEqual(cases);
  for (const { loss, gradient } of found) {
    expect(loss).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-4);
  }
  expect(reference).toBeLessThan(1e-4);
  expect(places).toEqual(['device']);
  expect(said).toMatch(/^NonFiniteError: the output of layer 1 has elements that are no numbers/);
});

type Distances = { readonly provider: string; /** What training all weights says. */ readonly full: string; readonly logprobs: number; readonly entropies: number; readonly reference: number; readonly adapter: number; readonly matrices: number; readonly gradient: number };

test.skipIf(!environment)('on quantised weights WebGPU gives the logprobs and gradients of their float32 values on the CPU', { timeout: 300_000 }, () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-webgpu-'));
  try {
    const cases = [
      { scheme: 'int4', load: {}, training: { layersPerRun: 3 } },
      // A layer at a time from memory; a row has one block, so that its zero point fills half a byte.
      { scheme: 'int4-block128-asymmetric', load: { layersPerRun: 1 }, training: { activationBytes: 0 } },
    ];
    const script = path.join(import.meta.dirname, 'webgpu-quantized.ts');
    const found = JSON.parse(execFileSync(process.execPath, [script, home, JSON.stringify(cases)], { env: { ...process.env, ...environment }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as readonly Distances[];
    expect(found.length).toBe(cases.length);
    for (const { provider, full, adapter, matrices, logprobs, entropies, reference, gradient } of found) {
      expect(provider).toBe('webgpu');
      expect(full).toBe('model.provider: expected cpu, where all weights can be trained, found webgpu. Set it to cpu.');
      expect(adapter).toBeGreaterThan(0.1); // the adapter counts
      expect(matrices).toBe([...grpoTensors.tensors.keys()].filter((name) => name.startsWith('sft.grad.')).length);
      for (const distance of [logprobs, entropies, reference, gradient]) expect(distance).toBeLessThan(1e-4);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
