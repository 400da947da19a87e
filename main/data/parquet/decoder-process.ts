import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { InputError } from '../../records/input-error.ts';
import { type FromDecoder, type ParquetHead, type ToDecoder, decoderHeapMiB, place, tooLong } from './decoder-protocol.ts';

type Rows = Extract<FromDecoder, { kind: 'rows' }>;

/** Messages of rows on their way while others are worked on. */
const ahead = 4;
/** How long a process without work waits for the next file. A data set may have hundreds of them. */
const idleMs = 5000;

let idle: ChildProcess | undefined;

const started = (): ChildProcess =>
  fork(new URL('./decoder.ts', import.meta.url), { execArgv: [`--max-old-space-size=${decoderHeapMiB}`, '--max-semi-space-size=32'], serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });

/** Keeps a process that has done its work, but does not keep ours alive for it. */
function keepIdle(process: ChildProcess): void {
  const stop = (): void => void process.kill('SIGKILL');
  // Only ours: by others of its own, Node learns that the pipes are closed.
  for (const event of ['message', 'error', 'close']) process.removeAllListeners(event);
  process.stderr?.removeAllListeners('data');
  if (idle) return stop();
  idle = process.on('error', () => {}).on('exit', () => {
    if (idle === process) idle = undefined;
  });
  process.unref();
  process.channel?.unref();
  (process.stderr as Socket).unref();
  const timer = setTimeout(stop, idleMs).unref();
  taken = () => clearTimeout(timer);
}

let taken = (): void => {};

/** The process that waits, or a new one. */
function available(): ChildProcess {
  const process = idle;
  if (!process?.connected) return started();
  idle = undefined;
  taken();
  for (const event of ['error', 'exit']) process.removeAllListeners(event);
  process.ref();
  process.channel?.ref();
  (process.stderr as Socket).ref();
  return process;
}

/**
 * A Parquet file that is decoded by a process of its own, within limits of time and memory: whatever is in the file,
 * ours goes on.
 */
export class DecoderProcess {
  readonly #file: string;
  readonly #signal: AbortSignal | undefined;
  readonly #process: ChildProcess;
  readonly #received: FromDecoder[] = [];
  readonly #abort = (): void => this.close();
  /** It has sent all that it had, and may take another file. */
  #done = false;
  #closed = false;
  /** The last that it said on stderr. */
  #said = '';
  #fault: string | undefined;
  #wake = (): void => {};

  /** @param images Whether the rows come with the bytes of their images. */
  constructor(file: string, images: boolean, signal?: AbortSignal) {
    signal?.throwIfAborted();
    [this.#file, this.#signal] = [file, signal];
    this.#process = available();
    this.#process.on('message', (message) => this.#receive(message as FromDecoder));
    this.#process.stderr?.on('data', (text: Buffer) => (this.#said = (this.#said + text.toString()).slice(-16_384)));
    this.#process.on('error', (error) => this.#end(error.message));
    // After its pipes are closed: what it sent before it ended counts, and so does its last complaint.
    this.#process.on('close', (code, signalName) => this.#end(this.#reasonOfEnd(code, signalName)));
    signal?.addEventListener('abort', this.#abort);
    this.#tell({ kind: 'decode', file, images, ahead });
  }

  /** @throws InputError for a file that cannot be decoded; the signal's reason when it is aborted. */
  async head(): Promise<ParquetHead> {
    const message = await this.#next();
    if (message.kind !== 'head') throw new Error(`the Parquet decoder began with ${message.kind}`);
    return message.head;
  }

  /** The next rows; nothing after the last. Throws as head does. */
  async rows(): Promise<Rows | undefined> {
    const message = await this.#next();
    if (message.kind !== 'rows') return undefined;
    this.#tell({ kind: 'next' });
    return message;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    if (this.#done) keepIdle(this.#process);
    else this.#process.kill('SIGKILL');
    this.#wake();
  }

  #tell(message: ToDecoder): void {
    if (this.#process.connected) this.#process.send(message, () => {}); // where it is just ending, that is told by itself
  }

  async #next(): Promise<FromDecoder> {
    for (;;) {
      this.#signal?.throwIfAborted();
      const message = this.#received.shift();
      if (message?.kind === 'failure') throw this.#damaged(message.place, message.message);
      if (message) return message;
      if (this.#fault !== undefined) throw this.#damaged(this.#lastLine(place) ?? 'its rows', this.#fault);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #receive(message: FromDecoder): void {
    this.#received.push(message);
    this.#done = message.kind === 'end' || message.kind === 'failure';
    this.#wake();
  }

  #end(fault: string): void {
    this.#fault ??= fault;
    this.close();
  }

  #reasonOfEnd(code: number | null, signalName: string | null): string {
    const seconds = this.#lastLine(tooLong);
    if (seconds !== undefined) return `a page that is not decoded after ${seconds} s`;
    if (/heap|allocation failed|invalid (size|table)|out of memory/i.test(this.#said)) return `a page that takes more than ${decoderHeapMiB} MiB of memory to decode`;
    return `a page at which the decoder ended (${signalName ?? `code ${code}`})`;
  }

  #lastLine(sign: string): string | undefined {
    return this.#said.split('\n').findLast((line) => line.startsWith(sign))?.slice(sign.length);
  }

  #damaged(where: string, found: string): InputError {
    return new InputError({ thing: `${this.#file}: ${where}`, expected: 'a whole Parquet file', found, remedy: 'Download the file again, or write it again with smaller row groups.' });
  }
}
