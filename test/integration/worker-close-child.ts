import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { adamWDefaults } from '../../main/model/training/adamw.ts';
import { loraDefaults } from '../../main/model/training/lora.ts';
import { WorkerClient } from '../../main/worker/client.ts';

// Closes a worker in the middle of passes through a model, some times over: what `arft stop --now` and Ctrl-C do. A run of
// onnxruntime that is cut off would take this process with it.

const folder = path.join(import.meta.dirname, '../../resources/starter');
const prompt = { ids: Array.from({ length: 40 }, (_, i) => 20 + i), images: [] };
const rows = Array.from({ length: 64 }, () => ({ ids: Array.from({ length: 40 }, (_, i) => 20 + i), mask: new Uint8Array(40).fill(1), images: [] }));

for (let round = 0; round < 8; round++) {
  const worker = new WorkerClient();
  await worker.call('load', { folder, options: { dataFolder: '', adapters: true }, slots: 1 });
  await worker.call('trainOpen', { parameters: { kind: 'lora', settings: loraDefaults, seed: 1 }, optimizer: adamWDefaults });
  const passes = (async () => {
    for (;;) await worker.call('trainForward', { batch: { prompt, rows }, adapter: true });
  })();
  const ended = passes.then(() => 'ended', (error: Error) => error.message);
  await wait(150 + 37 * round);
  await worker.close();
  console.log(await ended);
}
