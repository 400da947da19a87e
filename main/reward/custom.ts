import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { InputError } from '../records/input-error.ts';
import type { Scored } from './rules.ts';
import type { CustomReward } from './score-trajectory.ts';

export type CustomRewardSettings = { readonly file: string; readonly weight: number; /** For one trajectory. */ readonly timeoutMs: number };

/** Memory of the thread that a user's reward runs in, in MiB. */
const heap = 256;
/** For the thread to start and the file to load, which is not counted as the function's time. */
const startMs = 30_000;

/** What a reward of one's own is called: as its file, without the ending. */
export const customRewardName = (file: string): string => path.basename(file).replace(/\.[^.]*$/, '');

/**
 * A reward that the user wrote: a JavaScript file that exports `reward({ sample, trajectory, step }) → number`. It runs
 * in a thread of its own with a time limit. This keeps mistakes away, it is no wall: the file is the user's own program.
 * A fault of the function is thrown as an InputError; it is never taken for a reward of 0.
 */
export function openCustomReward({ file, weight, timeoutMs }: CustomRewardSettings): CustomReward & { /** Starts the thread. @throws InputError where the file has no reward. */ readonly load: () => Promise<void>; readonly close: () => Promise<void> } {
  let thread: Worker | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const start = (): Worker => {
    const made = new Worker(new URL('./custom-thread.ts', import.meta.url), { workerData: { file: pathToFileURL(path.resolve(file)).href }, execArgv: [], env: {}, stdout: true, resourceLimits: { maxOldGenerationSizeMb: heap } });
    // What it prints is no result of the command that asks it.
    made.stdout.on('data', (printed: Uint8Array) => void process.stderr.write(printed));
    // What it does after its answer (a promise that nobody caught, a timer) may end it: that is told, and a new one is asked
    // next. One that is stopped may still run out of memory, which nobody waits for.
    made.on('error', (error: unknown) => {
      const asked = made.listenerCount('error') > 1;
      if (thread === made && !asked) process.stderr.write(`${file}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
    });
    made.on('exit', () => {
      if (thread === made) thread = undefined;
    });
    made.unref();
    return made;
  };
  const stop = async (): Promise<void> => {
    const ended = thread;
    thread = undefined;
    await ended?.terminate();
  };
  /** Starts the thread where there is none; a fault where it does not come up, or the file has no reward. */
  const ready = async (): Promise<Fault | undefined> => {
    if (thread) return undefined;
    thread = start();
    const first = await nextMessage(thread, startMs);
    return first === 'ready' ? undefined : (first as Fault);
  };
  const load = async (): Promise<void> => {
    const found = noScript(file) ?? (await ready())?.fault;
    if (found === undefined) return;
    void stop();
    throw new InputError({ thing: `reward.custom: ${file}`, expected, found, remedy: 'Correct the file, or leave the reward out.' });
  };
  const ask = async (scored: Scored): Promise<number> => {
    // A thread that ended is started again, and what stands there may be another thing by then.
    const gone = thread ? undefined : noScript(file);
    const reply = gone !== undefined ? { fault: gone } : (await ready()) ?? (await replyOf(thread as Worker, scored, timeoutMs));
    if ('value' in reply) return reply.value;
    // Not waited for: a thread at the end of its memory takes its time to end.
    void stop();
    throw new InputError({ thing: `${file}: reward of sample ${scored.sample.id}`, expected: `a finite number within ${timeoutMs} ms`, found: reply.fault, remedy: 'Correct the function, or leave the reward out.' });
  };
  return {
    name: customRewardName(file),
    weight,
    load,
    value: (scored) => {
      const answer = queue.then(() => ask(scored));
      queue = answer.catch(() => {});
      return answer;
    },
    close: stop,
  };
}

const expected = 'a file that exports a function named reward';

/** What stands where the file should be: to load a pipe would wait for who writes to it. */
function noScript(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 'no such file';
  return found.isFile() ? undefined : found.isDirectory() ? 'a folder where a file should be' : found.isFIFO() ? 'a pipe' : 'a device';
}

type Fault = { readonly fault: string };
type Reply = { readonly value: number } | Fault;

function replyOf(thread: Worker, scored: Scored, timeoutMs: number): Promise<Reply> {
  const reply = nextMessage(thread, timeoutMs);
  thread.postMessage(scored);
  return reply as Promise<Reply>;
}

/** What the thread says next, or a fault where it ends or stays silent. */
function nextMessage(thread: Worker, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = (message: unknown): void => {
      clearTimeout(timer);
      for (const [event, listener] of Object.entries(listeners)) thread.off(event, listener);
      thread.unref();
      resolve(message);
    };
    const timer = setTimeout(() => settle({ fault: `no answer within ${timeoutMs} ms` }), timeoutMs);
    const listeners = {
      message: settle,
      error: (error: unknown) => settle({ fault: error instanceof Error ? error.message : String(error) }),
      exit: () => settle({ fault: 'its thread ended' }),
    };
    thread.ref();
    for (const [event, listener] of Object.entries(listeners)) thread.on(event, listener);
  });
}
