import { Worker } from 'node:worker_threads';
import type { RunConfig } from '../records/run-config.ts';
import type { Outlook } from './outlook.ts';

type Answer = { readonly id: number; readonly outlook?: Outlook; readonly reason?: string };

/** Asks the thread that plans; it is started when it is needed first. */
export class Outlooks {
  #thread: Worker | undefined;
  #last = 0;
  readonly #waiting = new Map<number, (answer: Answer) => void>();

  constructor(closing: AbortSignal) {
    closing.addEventListener('abort', () => void this.#thread?.terminate());
  }

  /** The plan, or why there is none: no model in the folder, a scheme that is not known. */
  of(config: RunConfig, available: number): Promise<Omit<Answer, 'id'>> {
    const thread = (this.#thread ??= this.#start());
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      thread.postMessage({ id, config, available });
    });
  }

  #start(): Worker {
    const thread = new Worker(new URL('./outlook-thread.ts', import.meta.url));
    thread.unref();
    const end = (reason: string): void => {
      this.#thread = undefined;
      for (const [id, resolve] of this.#waiting) resolve({ id, reason });
      this.#waiting.clear();
    };
    thread.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    thread.on('error', (error) => end(error instanceof Error ? error.message : String(error)));
    thread.on('exit', () => end('the planning thread ended'));
    return thread;
  }
}
