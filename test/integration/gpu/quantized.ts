import path from 'node:path';
import { readAdapter } from '../../../main/model/folder/adapter-reader.ts';
import { type LoadOptions, loadModel } from '../../../main/model/load.ts';
import { parseScheme } from '../../../main/model/quantize/scheme.ts';
import { type TrainingOptions, TrainingModel } from '../../../main/model/training/training-model.ts';
import type { Provider } from '../../../main/runtime/provider.ts';
import { goldenFolder } from '../../golden/folder.ts';

// A process of its own, because the software driver is found through the environment it starts with. Trains on the same
// quantised weights on a provider that takes them in their blocks, and on the CPU, whose graphs are given float32 weights
// that main/model/quantize/blocks.ts made of them; prints how far both are apart. argv: a data folder, cases as JSON, the
// provider (cpu: the CPU again, with CUDA's traits).

type Case = { readonly scheme: string; readonly load: LoadOptions; readonly training: TrainingOptions };

const [home, text, provider] = process.argv.slice(2) as [string, string, Provider];
const folder = goldenFolder();
const ids = (count: number, step: number): readonly number[] => Array.from({ length: count }, (_, i) => (i * step + 11) % 500);
const row = (count: number, step: number) => ({ ids: ids(count, step), mask: new Array<number>(count).fill(1), images: [] });
const batch = { prompt: { ids: ids(9, 37), images: [] }, rows: [row(6, 5), row(4, 11)] };
// Of another sign and size for each token, so that nothing cancels.
const derivatives = (count: number) => ({ logprobs: Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1)), entropies: Float32Array.from({ length: count }, (_, i) => 0.1 * Math.cos(i)) });
const norm = (values: Float32Array): number => Math.hypot(...values);
const furthest = (a: Float32Array, b: Float32Array): number => a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

async function train(scheme: string, load: LoadOptions, options: TrainingOptions) {
  const model = await loadModel(path.join(folder, 'model'), { ...load, quantize: parseScheme(scheme), dataFolder: home });
  const training = TrainingModel.lora(model, readAdapter(path.join(folder, 'adapter'), model.config), options);
  const { values, gradients } = await training.gradients(batch, ({ logprobs }) => derivatives(logprobs.length));
  const { logprobs: reference } = await training.forward(batch, { adapter: false });
  const { provider } = model.runtime.settings;
  const full = await TrainingModel.full(model, { vision: false }).then(() => 'trained', (error: Error) => error.message);
  await model.release();
  return { provider, full, ...values, gradients, reference };
}

const cases = JSON.parse(text) as Case[];
const onCpu = [];
for (const { scheme, training } of cases) onCpu.push(await train(scheme, {}, training));
if (provider === 'cpu') await import('./cpu-as-cuda.ts');
const found = [];
for (const [i, { scheme, load, training }] of cases.entries()) {
  const cpu = onCpu[i] as Awaited<ReturnType<typeof train>>;
  const gpu = await train(scheme, { ...load, provider }, training);
  found.push({
    provider: gpu.provider,
    full: gpu.full,
    logprobs: furthest(gpu.logprobs, cpu.logprobs),
    entropies: furthest(gpu.entropies, cpu.entropies),
    reference: furthest(gpu.reference, cpu.reference),
    adapter: furthest(cpu.logprobs, cpu.reference),
    matrices: gpu.gradients.size,
    gradient: Math.max(...[...gpu.gradients].map(([name, values]) => {
      const expected = cpu.gradients.get(name) as Float32Array;
      return norm(expected.map((value, i) => value - (values[i] as number))) / norm(expected);
    })),
  });
}
console.log(JSON.stringify(found));
process.exit(0);
