import { parentPort, workerData } from 'node:worker_threads';

// Runs a user's own reward. What it throws, or returns besides a number, goes back as a fault.

type Reply = { readonly value: number } | { readonly fault: string };

const { file } = workerData as { readonly file: string };
const loaded = load();
loaded.then(() => parentPort?.postMessage('ready'), (error: unknown) => parentPort?.postMessage(faultOf(error)));

parentPort?.on('message', (scored: unknown) => {
  void answer(scored).then((reply) => parentPort?.postMessage(reply));
});

/** The squares of rewards, of which the spread of a group is made, stay far from where numbers end. */
const largest = 1e100;

type Exports = { readonly reward?: unknown };

async function load(): Promise<(scored: unknown) => unknown> {
  const module = (await import(file)) as Exports & { readonly default?: Exports };
  // What a CommonJS file exports is under `default` in any case, under its own name only where Node sees it without running the file.
  const reward = module.reward ?? module.default?.reward;
  if (typeof reward !== 'function') throw new Error('it exports no function named reward');
  return reward as (scored: unknown) => unknown;
}

async function answer(scored: unknown): Promise<Reply> {
  try {
    const value: unknown = await (await loaded)(scored);
    if (typeof value !== 'number' || !Number.isFinite(value)) return { fault: `it returned ${typeof value === 'number' ? value : typeof value}, not a finite number` };
    return Math.abs(value) <= largest ? { value } : { fault: `it returned ${value}, which is beyond ±${largest}` };
  } catch (error) {
    return faultOf(error);
  }
}

const faultOf = (error: unknown): Reply => ({ fault: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
