import { parentPort, workerData } from 'node:worker_threads';
import type { About, NewPassage } from './format.ts';
import { CorpusWriter } from './writer.ts';

// Indexing takes a core of its own; reading, cutting and folding take another.

export type ToWriter = { readonly kind: 'add'; readonly passages: readonly NewPassage[] } | { readonly kind: 'finish'; readonly about: About };
export type FromWriter = { readonly kind: 'added' } | { readonly kind: 'finished' } | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };

const port = parentPort;
if (!port) throw new Error('writer-thread.ts runs as a thread of import.ts');
let writer: CorpusWriter | undefined;

function handle(message: ToWriter): FromWriter {
  writer ??= new CorpusWriter((workerData as { file: string }).file);
  if (message.kind === 'finish') {
    writer.finish(message.about);
    return { kind: 'finished' };
  }
  for (const passage of message.passages) writer.add(passage);
  return { kind: 'added' };
}

port.on('message', (message: ToWriter) => {
  let answer: FromWriter;
  try {
    answer = handle(message);
  } catch (error) {
    const { message: text, code } = error as Error & { code?: string };
    answer = { kind: 'failed', message: text, code };
  }
  port.postMessage(answer);
});
