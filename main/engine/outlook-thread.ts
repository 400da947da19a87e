import { parentPort } from 'node:worker_threads';
import type { RunConfig } from '../records/run-config.ts';
import { outlook } from './outlook.ts';

// Plans are made from whole graphs, which takes a while for a large model: calls go on meanwhile.

parentPort?.on('message', ({ id, config, available }: { readonly id: number; readonly config: RunConfig; readonly available: number }) => {
  try {
    parentPort?.postMessage({ id, outlook: outlook(config, available) });
  } catch (error) {
    parentPort?.postMessage({ id, reason: (error as Error).message });
  }
});
