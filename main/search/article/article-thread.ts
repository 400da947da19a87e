import { parentPort } from 'node:worker_threads';
import { articleOf } from './article.ts';

if (!parentPort) throw new Error('article-thread.ts runs as a thread of read-article.ts');
const port = parentPort;
port.on('message', (html: string) => {
  let answer: { readonly article: ReturnType<typeof articleOf> } | { readonly fault: string };
  try {
    answer = { article: articleOf(html) };
  } catch (error) {
    // Nesting so deep that a recursive walk ends.
    answer = { fault: (error as Error).message };
  }
  port.postMessage(answer, []);
});
port.postMessage('ready', []);
