import { parentPort } from 'node:worker_threads';
import { examineModelFolder } from '../model/examine.ts';
import { readAdapter } from '../model/folder/adapter-reader.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { InputError } from '../records/input-error.ts';
import type { ModelAnswer, ModelOrder } from './models-work.ts';
import { gpuFits, planWork, remedyFor } from './models-plan.ts';

// Plans are made from whole graphs, an adapter is read to its last number, a tokenizer takes a second to open: calls go on meanwhile.

function answer({ order }: ModelOrder): unknown {
  switch (order.kind) {
    case 'examine': return examineModelFolder(order.folder);
    case 'plan': return planWork(order.work);
    case 'fit': return remedyFor(order.work, order.bytes);
    case 'gpus': return gpuFits(order.work, order.gib);
    case 'adapter': return readAdapter(order.folder, readModelConfig(order.base)).matrices.size;
  }
}

async function serve(message: ModelOrder): Promise<void> {
  const reply = (told: ModelAnswer): void => parentPort?.postMessage(told);
  try {
    reply({ id: message.id, value: await answer(message) });
  } catch (error) {
    reply({ id: message.id, refused: error instanceof InputError ? error.expectation : undefined, fault: (error as Error).message });
  }
}

parentPort?.on('message', (message: ModelOrder) => void serve(message));
