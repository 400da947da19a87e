import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { InputError } from '../records/input-error.ts';
import '../runtime/no-telemetry.ts';
import type { Close, Failure, Method, Reply, WorkerContract } from './protocol.ts';

/** The worker ended while it worked: a fault of the program or of a driver, not of what it was asked. */
export class WorkerCrash extends Error {
  constructor(reason: string) {
    super(`the model worker stopped: ${reason}. It starts anew with the next request; the model is then loaded again, open conversations are lost.`);
    this.name = 'WorkerCrash';
  }
}

export type CallOptions<M extends Method> = { readonly onEvent?: (event: WorkerContract[M]['event']) => void; readonly signal?: AbortSignal };

type Pending = { readonly resolve: (result: never) => void; readonly reject: (error: Error) => void; readonly onEvent: ((event: never) => void) | undefined };

const closed = (): Error => new Error('the model worker was closed');

/** Once for a process. onnxruntime is loaded when the first model is asked for, not when the program starts. */
let flushing: Promise<void> | undefined;
const flushed = (): Promise<void> => (flushing ??= import('../runtime/denormals.ts').then(({ flushDenormals }) => flushDenormals()));

/** How long a thread may take to come out of what it is computing. */
const closeMs = 30_000;

/** The way to the thread that owns onnxruntime. After a crash the next call starts a new thread and loads the same model again. */
export class WorkerClient {
  readonly #script: URL;
  #thread: Worker | undefined;
  #closed = false;
  /** That the thread has what was loaded before: whatever asks for a model waits for it. */
  #restored: Promise<void> = Promise.resolve();
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();
  /** What to load again after a crash. */
  #model: WorkerContract['load']['params'] | undefined;
  #adapter: WorkerContract['setAdapter']['params'] | undefined;

  /** @param script The thread's program; another one only to try faults. */
  constructor(script: URL = new URL('./thread.ts', import.meta.url)) {
    this.#script = script;
  }

  async call<M extends Method>(method: M, params: WorkerContract[M]['params'], options: CallOptions<M> = {}): Promise<WorkerContract[M]['result']> {
    if (this.#closed) throw closed();
    await flushed();
    if (this.#closed) throw closed();
    if (!this.#thread) {
      this.#start();
      this.#restored = method === 'load' ? Promise.resolve() : this.#restore();
    }
    if (method !== 'load') await this.#restored;
    const result = await this.#send(method, params, options);
    if (method === 'load') {
      this.#model = params as WorkerContract['load']['params'];
      this.#adapter = undefined;
    }
    if (method === 'setAdapter') this.#adapter = params as WorkerContract['setAdapter']['params'];
    return result;
  }

  /** Loads in a new thread what the one before had. Where that fails the thread ends, and the next call tries again. */
  async #restore(): Promise<void> {
    const thread = this.#thread;
    try {
      if (this.#model) await this.#send('load', this.#model, {});
      if (this.#adapter) await this.#send('setAdapter', this.#adapter, {});
    } catch (error) {
      if (this.#thread === thread) {
        this.#thread = undefined;
        this.#rejectAll(error as Error);
        void thread?.terminate();
      }
      throw error;
    }
  }

  /** Ends the thread; requests under way are rejected, and those that come later. */
  async close(): Promise<void> {
    this.#closed = true;
    const thread = this.#thread;
    this.#thread = undefined;
    this.#rejectAll(closed());
    if (!thread) return;
    const ended = once(thread, 'exit');
    thread.postMessage({ kind: 'close' } satisfies Close);
    await Promise.race([ended, wait(closeMs, undefined, { ref: false })]);
    await thread.terminate();
  }

  #start(): void {
    const thread = new Worker(this.#script, { env: SHARE_ENV, execArgv: [] });
    const ended = (reason: string): void => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#rejectAll(new WorkerCrash(reason));
    };
    thread.on('message', (reply: Reply) => this.#receive(reply));
    thread.on('error', (error) => ended(error instanceof Error ? error.message : String(error)));
    thread.on('exit', (code) => ended(`it left with code ${code}`));
    this.#thread = thread;
  }

  #send<M extends Method>(method: M, params: WorkerContract[M]['params'], { onEvent, signal }: CallOptions<M>): Promise<WorkerContract[M]['result']> {
    // It may have been closed while this waited for a thread that had to load first.
    if (this.#closed) return Promise.reject(closed());
    const id = this.#nextId++;
    const cancel = (): void => this.#thread?.postMessage({ kind: 'cancel', id });
    return new Promise<WorkerContract[M]['result']>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onEvent });
      this.#thread?.postMessage({ kind: 'request', id, method, params });
      signal?.addEventListener('abort', cancel);
      if (signal?.aborted) cancel();
    }).finally(() => signal?.removeEventListener('abort', cancel));
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.kind === 'event') return pending.onEvent?.(reply.event as never);
    this.#pending.delete(reply.id);
    if (reply.kind === 'result') pending.resolve(reply.result as never);
    else pending.reject(errorOf(reply.failure));
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function errorOf({ name, message, stack, expectation }: Failure): Error {
  if (expectation) return new InputError(expectation);
  const error = new Error(message);
  if (name !== undefined) error.name = name;
  if (stack) error.stack = stack;
  return error;
}
