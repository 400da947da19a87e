import { parentPort, workerData } from 'node:worker_threads';

// Runs a user's own reward. What it throws, or returns besides a number, goes back as a fault.

type Reply = { readonly value: number } | { readonly fault: string };

const { file } = workerData as { readonly file: string };
const loaded = import(file) as Promise<{ readonly reward?: unknown }>;
loaded.then(() => parentPort?.postMessage('ready'), () => parentPort?.postMessage('ready'));

parentPort?.on('message', (scored: unknown) => {
  void answer(scored).then((reply) => parentPort?.postMessage(reply));
});

async function answer(scored: unknown): Promise<Reply> {
  try {
    const { reward } = await loaded;
    if (typeof reward !== 'function') return { fault: 'it exports no function named reward' };
    const value: unknown = await (reward as (each: unknown) => unknown)(scored);
    return typeof value === 'number' && Number.isFinite(value) ? { value } : { fault: `it returned ${typeof value === 'number' ? value : typeof value}, not a finite number` };
  } catch (error) {
    return { fault: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
