import { Worker } from 'node:worker_threads';
import type { Article } from './article.ts';

// Pages are written by anybody, and some are made to keep a parser busy (hundreds of thousands of nested elements take
// minutes). So they are read in a thread, which can be ended: one for the process, started when it is needed, one page at a
// time.

const startMs = 30_000;
const memory = { maxOldGenerationSizeMb: 512 } as const;

type Answer = { readonly article: Article } | { readonly fault: string };

let thread: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();

/** The article of a page. @throws Error where it takes longer than `timeoutMs`, or cannot be read at all. */
export function readArticle(html: string, timeoutMs: number): Promise<Article> {
  const read = last.then(() => inThread(html, timeoutMs));
  last = read.catch(() => {});
  return read;
}

async function inThread(html: string, timeoutMs: number): Promise<Article> {
  const asked = (thread ??= await started());
  const answer = await new Promise<Answer>((resolve) => {
    const settle = (given: Answer): void => {
      clearTimeout(timer);
      asked.off('message', settle);
      asked.off('error', failed);
      asked.off('exit', ended);
      // It stays for the next page, and does not keep the process.
      asked.unref();
      resolve(given);
    };
    const giveUp = (fault: string): void => {
      thread = undefined;
      settle({ fault });
      void asked.terminate();
    };
    const failed = (error: Error): void => giveUp(error.message);
    const ended = (): void => giveUp('the thread that reads pages ended');
    const timer = setTimeout(() => giveUp(`the page could not be read within ${timeoutMs / 1000} s`), timeoutMs);
    asked.ref();
    asked.on('message', settle);
    asked.on('error', failed);
    asked.on('exit', ended);
    asked.postMessage(html, []);
  });
  if ('fault' in answer) throw new Error(answer.fault);
  return answer.article;
}

/** Waits until the thread is ready: its start does not count as reading. */
async function started(): Promise<Worker> {
  const worker = new Worker(new URL('./article-thread.ts', import.meta.url), { resourceLimits: memory });
  // Between two pages nobody else listens.
  worker.on('error', () => {});
  worker.on('exit', () => {
    if (thread === worker) thread = undefined;
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the thread that reads pages did not start within ${startMs / 1000} s`)), startMs);
    worker.once('message', () => {
      clearTimeout(timer);
      resolve();
    });
    worker.once('error', reject);
  });
  return worker;
}
