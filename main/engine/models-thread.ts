import { parentPort } from 'node:worker_threads';
import { readAdapter } from '../model/folder/adapter.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { InputError } from '../records/input-error.ts';
import type { ModelAnswer, ModelOrder } from './models-work.ts';
import { gpuFits, planWork, remedyFor } from './models-plan.ts';

// Plans are made from whole graphs and an adapter is read to its last number: calls go on meanwhile.

function answer({ order }: ModelOrder): unknown {
  switch (order.kind) {
    case 'plan': return planWork(order.work);
    case 'fit': return remedyFor(order.work, order.bytes);
    case 'gpus': return gpuFits(order.work, order.gib);
    case 'adapter': return readAdapter(order.folder, readModelConfig(order.base)).matrices.size;
  }
}

parentPort?.on('message', (message: ModelOrder) => {
  const reply = (told: ModelAnswer): void => parentPort?.postMessage(told);
  try {
    reply({ id: message.id, value: answer(message) });
  } catch (error) {
    reply({ id: message.id, refused: error instanceof InputError ? error.expectation : undefined, fault: (error as Error).message });
  }
});
