import { Worker } from 'node:worker_threads';
import type { About, NewPassage } from './format.ts';
import type { FromWriter, ToWriter } from './writer-thread.ts';

/** Batches that may be on their way to the thread. */
const mostWaiting = 3;

/** Writes a corpus in a thread. Every call may throw what the thread said of an earlier one. */
export class WriterClient {
  readonly #thread: Worker;
  readonly #answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  readonly #waiting: Promise<void>[] = [];
  #failure: Error | undefined;

  constructor(file: string) {
    this.#thread = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: { file } });
    this.#thread.on('message', (answer: FromWriter) => {
      const asked = this.#answers.shift();
      if (answer.kind === 'failed') asked?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
      else asked?.resolve();
    });
    this.#thread.on('error', (error: Error) => this.#fail(error));
    this.#thread.on('exit', () => this.#fail(new Error('the thread that writes the corpus ended')));
  }

  /** Takes a batch; waits while there are too many under way. */
  async add(passages: readonly NewPassage[]): Promise<void> {
    this.#send({ kind: 'add', passages });
    if (this.#waiting.length >= mostWaiting) await this.#waiting.shift();
  }

  async finish(about: About): Promise<void> {
    this.#send({ kind: 'finish', about });
    for (const each of this.#waiting.splice(0)) await each;
  }

  async close(): Promise<void> {
    for (const each of this.#waiting.splice(0)) each.catch(() => {});
    await this.#thread.terminate();
  }

  #send(message: ToWriter): void {
    if (this.#failure) throw this.#failure;
    const answer = new Promise<void>((resolve, reject) => this.#answers.push({ resolve, reject }));
    // A failure is thrown by whoever waits for the answer; until then it is not "unhandled".
    answer.catch(() => {});
    this.#waiting.push(answer);
    this.#thread.postMessage(message, []);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#answers.splice(0)) reject(this.#failure);
  }
}
