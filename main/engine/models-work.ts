import { Worker } from 'node:worker_threads';
import type { PlannedWork } from '../../preload/contract/models.ts';
import type { ModelReport } from '../model/folder/inspect.ts';
import { type Expectation, InputError } from '../records/input-error.ts';
import type { GpuFit, Plan, Remedy } from './models-plan.ts';

type Order =
  | { readonly kind: 'examine'; readonly folder: string }
  | { readonly kind: 'plan'; readonly work: PlannedWork }
  | { readonly kind: 'fit'; readonly work: PlannedWork; readonly bytes: number }
  | { readonly kind: 'gpus'; readonly work: PlannedWork; readonly gib: readonly number[] }
  | { readonly kind: 'adapter'; readonly folder: string; readonly base: string };

export type ModelOrder = { readonly id: number; readonly order: Order };
export type ModelAnswer = { readonly id: number; readonly value: unknown } | { readonly id: number; readonly refused: Expectation | undefined; readonly fault: string };

/** Answers that are kept, by their question: a page that is opened again does not wait again. */
const mostKept = 64;

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/** What takes a while to work out about models, in threads that are started when they are needed first. */
export class ModelWork {
  readonly #quick: PlanThread;
  /** Tables of many plans take seconds; single plans do not wait for them. */
  readonly #slow: PlanThread;
  readonly #kept = new Map<string, unknown>();

  constructor(closing: AbortSignal) {
    this.#quick = new PlanThread(closing);
    this.#slow = new PlanThread(closing);
  }

  /** @param version Changes when the folder's files do. */
  examine = (folder: string, version: string, signal: AbortSignal): Promise<ModelReport> => this.#keep(this.#quick, { kind: 'examine', folder }, version, signal);
  plan = (work: PlannedWork, version: string, signal: AbortSignal): Promise<Plan> => this.#keep(this.#quick, { kind: 'plan', work }, version, signal);
  fit = (work: PlannedWork, bytes: number, version: string, signal: AbortSignal): Promise<Remedy> => this.#keep(this.#slow, { kind: 'fit', work, bytes }, version, signal);
  gpus = (work: PlannedWork, gib: readonly number[], version: string, signal: AbortSignal): Promise<readonly GpuFit[]> => this.#keep(this.#slow, { kind: 'gpus', work, gib }, version, signal);
  /** Modules of an adapter that fits its base; @throws InputError for one that does not. */
  adapter = (folder: string, base: string, signal: AbortSignal): Promise<number> => this.#quick.ask({ kind: 'adapter', folder, base }, signal);

  async #keep<T>(thread: PlanThread, order: Order, version: string, signal: AbortSignal): Promise<T> {
    const key = JSON.stringify([order, version]);
    const value = this.#kept.get(key) ?? (await thread.ask(order, signal));
    this.#kept.delete(key);
    this.#kept.set(key, value);
    for (const old of this.#kept.keys()) if (this.#kept.size > mostKept) this.#kept.delete(old);
    return value as T;
  }
}

class PlanThread {
  #thread: Worker | undefined;
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(closing: AbortSignal) {
    closing.addEventListener('abort', () => void this.#thread?.terminate());
  }

  ask<T>(order: Order, signal: AbortSignal): Promise<T> {
    const thread = (this.#thread ??= this.#start());
    const id = ++this.#last;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        if (!this.#waiting.delete(id)) return;
        reject(signal.reason as Error);
        // Nobody waits for what it works on: the next question need not either.
        if (this.#waiting.size === 0 && this.#thread === thread) {
          this.#thread = undefined;
          void thread.terminate();
        }
      };
      signal.addEventListener('abort', leave, { once: true });
      const settled = <V>(then: (value: V) => void) => (value: V): void => {
        signal.removeEventListener('abort', leave);
        then(value);
      };
      this.#waiting.set(id, { resolve: settled(resolve as (value: unknown) => void), reject: settled(reject) });
      thread.postMessage({ id, order } satisfies ModelOrder);
    });
  }

  #start(): Worker {
    const thread = new Worker(new URL('./models-thread.ts', import.meta.url));
    thread.unref();
    thread.on('message', (answer: ModelAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('value' in answer) waiting?.resolve(answer.value);
      else waiting?.reject(answer.refused ? new InputError(answer.refused) : new Error(answer.fault));
    });
    const end = (error: Error): void => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    thread.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))));
    thread.on('exit', () => end(new Error('The thread that plans has ended.')));
    return thread;
  }
}
