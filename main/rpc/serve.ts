import type { z } from 'zod';
import { type Call, type Contract, type Frame, type FrameError, type Port, type Stream, streamWindow } from '../../preload/rpc/frames.ts';
import { InputError } from '../records/input-error.ts';

export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: C[K] extends Call<infer I, infer O>
    ? (input: z.output<I>, signal: AbortSignal) => Promise<z.input<O>> | z.input<O>
    : C[K] extends Stream<infer I, infer O>
      ? (input: z.output<I>, signal: AbortSignal) => AsyncIterable<z.input<O>>
      : never;
};

export type ServeSettings = {
  /** A fault of ours in a method. */
  readonly onFault?: (method: string, error: unknown) => void;
  /** Holds results against the contract too; for tests. */
  readonly checkResults?: boolean;
};

/** Calls that one window may have under way. */
const atOnce = 256;
const batch = 128;

type Job = { readonly abort: AbortController; credit: number; wake: () => void };

/** Answers the requests of one port. Closing the port cancels what is under way. */
export function serve<C extends Contract>(contract: C, handlers: Handlers<C>, port: Port, { onFault = () => {}, checkResults = false }: ServeSettings = {}): void {
  const jobs = new Map<number, Job>();

  const answer = async (id: number, method: string, input: unknown, job: Job): Promise<unknown> => {
    const definition = Object.hasOwn(contract, method) ? contract[method] : undefined;
    if (!definition) throw refusal('NO_METHOD', `There is no method ${method}.`);
    const read = definition.input.safeParse(input);
    if (!read.success) throw refusal('BAD_INPUT', `${method}: ${read.error.issues.map(({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`).join('; ')}`);
    const handler = handlers[method as keyof C] as (input: unknown, signal: AbortSignal) => unknown;
    const { signal } = job.abort;
    if (definition.kind === 'call') {
      const value = await handler(read.data, signal);
      return checkResults ? definition.output.parse(value) : value;
    }
    await pour(id, handler(read.data, signal) as AsyncIterable<unknown>, job, checkResults ? (item) => definition.item.parse(item) : (item) => item);
    return undefined;
  };

  const pour = async (id: number, items: AsyncIterable<unknown>, job: Job, check: (item: unknown) => unknown): Promise<void> => {
    let gathered: unknown[] = [];
    let timer: NodeJS.Immediate | undefined;
    const flush = (): void => {
      clearImmediate(timer);
      timer = undefined;
      if (gathered.length > 0 && jobs.has(id)) port.post({ kind: 'items', id, items: gathered });
      gathered = [];
    };
    for await (const item of items) {
      while (job.credit <= 0 && !job.abort.signal.aborted) await new Promise<void>((resolve) => (job.wake = resolve));
      job.abort.signal.throwIfAborted();
      job.credit -= 1;
      gathered.push(check(item));
      if (gathered.length >= batch) flush();
      else timer ??= setImmediate(flush);
    }
    flush();
  };

  const start = async (id: number, method: string, input: unknown): Promise<void> => {
    if (jobs.has(id)) return;
    if (jobs.size >= atOnce) return port.post({ kind: 'error', id, error: { code: 'BUSY', message: `More than ${atOnce} calls at once.` } });
    const job: Job = { abort: new AbortController(), credit: streamWindow, wake: () => {} };
    jobs.set(id, job);
    // Calls that arrive together would else be worked off in one go, and the first be answered with the last.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      job.abort.signal.throwIfAborted();
      const value = await answer(id, method, input, job);
      port.post({ kind: 'result', id, value });
    } catch (error) {
      const told = job.abort.signal.aborted ? { code: 'CANCELLED' as const, message: 'cancelled' } : toFrameError(error);
      if (told.code === 'INTERNAL') onFault(method, error);
      port.post({ kind: 'error', id, error: told });
    } finally {
      jobs.delete(id);
    }
  };

  port.onFrame((frame: Frame) => {
    if (frame.kind === 'request') return void start(frame.id, frame.method, frame.input);
    const job = jobs.get(frame.id);
    if (!job) return;
    if (frame.kind === 'cancel') job.abort.abort();
    else if (frame.kind === 'credit') job.credit += frame.count;
    job.wake();
  });
  port.onClose(() => {
    for (const job of jobs.values()) {
      job.abort.abort();
      job.wake();
    }
  });
}

class Refusal extends Error {
  readonly told: FrameError;

  constructor(told: FrameError) {
    super(told.message);
    this.told = told;
  }
}

const refusal = (code: FrameError['code'], message: string): Refusal => new Refusal({ code, message });

function toFrameError(error: unknown): FrameError {
  if (error instanceof Refusal) return error.told;
  if (error instanceof InputError) return { code: 'BAD_INPUT', message: error.message, details: error.expectation };
  if (error instanceof Error && error.name === 'AbortError') return { code: 'CANCELLED', message: 'cancelled' };
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
