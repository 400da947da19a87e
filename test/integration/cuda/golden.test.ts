import { expect, test } from 'vitest';
import type { Completion } from '../../../main/generation/generate.ts';
import type { LoadOptions } from '../../../main/model/load.ts';
import { grpo } from '../../golden/grpo-case.ts';
import { runIn } from '../gpu/places.ts';

// Needs an NVIDIA GPU: ARFT_CUDA names a data folder in which `arft setup --cuda` has put the libraries.

const home = process.env['ARFT_CUDA'];

const run = <T>(script: string, options: LoadOptions, ...more: readonly unknown[]): T => runIn<T>({ argv: [], environment: home === undefined ? {} : { ARFT_HOME: home } }, script, options, ...more);

const worst = (a: readonly number[], b: readonly number[]): number => a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] as number))), 0);

test.skipIf(home === undefined)('CUDA gives what the CPU gives', () => {
  type Output = { readonly provider: string; readonly completions: readonly Completion[]; readonly features: readonly number[]; readonly logits: readonly (readonly number[])[] };
  const [cpu, gpu] = [run<Output>('logits.ts', {}), run<Output>('logits.ts', { provider: 'cuda' })];
  expect(gpu.provider).toBe('cuda');
  expect(worst(gpu.features, cpu.features)).toBeLessThan(1e-4);
  expect(gpu.completions.map(({ ids }) => ids)).toEqual(cpu.completions.map(({ ids }) => ids));
  expect(worst(gpu.logits.flat(), cpu.logits.flat())).toBeLessThan(1e-4);
});

test.skipIf(home === undefined)('losses, gradients and reference of the Python implementation on CUDA', { timeout: 300_000 }, () => {
  type Output = { readonly provider: string; readonly cases: readonly { readonly name: string; readonly loss: number; readonly gradient: number }[]; readonly reference: number };
  const { provider, cases, reference } = run<Output>('gradients.ts', { provider: 'cuda' }, {}, grpo.cases.map(({ name }) => name));
  expect(provider).toBe('cuda');
  for (const { loss, gradient } of cases) {
    expect(loss).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-4);
  }
  expect(reference).toBeLessThan(1e-4);
});
