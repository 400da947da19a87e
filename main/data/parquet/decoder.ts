import { Worker } from 'node:worker_threads';
import { decodeParquet } from './decode.ts';
import type { DecodedImage, FromDecoder, Progress, ToDecoder } from './decoder-protocol.ts';

// Decodes Parquet files in a process of its own: a damaged page can keep hyparquet busy for ever, and can make it ask
// for so much memory that V8 ends the process, which no limit of a thread prevents. A thread beside it watches the time.

/** About the bytes of rows in one message. */
const messageBytes = 1024 ** 2;

/** Processor time for the metadata or a column of a row group, and for each MiB that it takes in the file. */
const [baseMs, msPerMiB] = [3000, 125];

const progress: Progress = { numbers: new Int32Array(new SharedArrayBuffer(12)), place: new Uint8Array(new SharedArrayBuffer(1024)) };
let reading = '';

function enter(what: string, bytes: number): void {
  reading = what.replaceAll(/\s/g, ' ');
  progress.numbers[1] = Math.min(baseMs + (msPerMiB * bytes) / 1024 ** 2, 2 ** 31 - 1);
  progress.numbers[2] = new TextEncoder().encodeInto(reading, progress.place).written;
  Atomics.add(progress.numbers, 0, 1);
}

/** Messages of rows that the parent is ready to take. */
const credit = { messages: 0, wake: (): void => {} };

const send = (message: FromDecoder): Promise<void> => new Promise((resolve) => void process.send?.(message, () => resolve()));

async function decode(file: string, withImages: boolean): Promise<void> {
  let [rows, images, waiting]: [unknown[], DecodedImage[], number] = [[], [], 0];
  const sendRows = async (): Promise<void> => {
    while (credit.messages === 0) await new Promise<void>((resolve) => (credit.wake = resolve));
    credit.messages--;
    await send({ kind: 'rows', json: JSON.stringify(rows), images });
    [rows, images, waiting] = [[], [], 0];
  };
  try {
    await decodeParquet(file, {
      enter,
      head: (head) => send({ kind: 'head', head }),
      row: (row, found, bytes) => {
        if (withImages) for (const image of found) images.push({ ...image, row: rows.length });
        rows.push(row);
        waiting += bytes;
        return waiting < messageBytes ? undefined : sendRows();
      },
    });
    if (rows.length > 0) await sendRows();
    await send({ kind: 'end' });
  } catch (error) {
    await send({ kind: 'failure', place: reading, message: inWords(error) });
  }
}

/** hyparquet trusts what it reads, and so finds damage by an operation that is not possible. */
const inWords = (error: unknown): string =>
  error instanceof TypeError || error instanceof RangeError ? `values that cannot be (${error.message})` : error instanceof Error ? error.message : String(error);

process.on('message', (message: ToDecoder) => {
  if (message.kind === 'decode') {
    credit.messages = message.ahead;
    void decode(message.file, message.images);
  } else {
    credit.messages++;
    credit.wake();
  }
});
process.on('disconnect', () => process.exit());
new Worker(new URL('./decoder-watch.ts', import.meta.url), { workerData: { parent: process.ppid, progress } }).unref();
