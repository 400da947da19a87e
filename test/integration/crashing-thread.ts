import { parentPort } from 'node:worker_threads';

// The worker's thread, but it leaves when a group −1 is to be closed: a stand-in for a fault in the middle of work.
parentPort?.on('message', (message: { method?: string; params?: { group?: number } }) => {
  if (message.method === 'closeGroup' && message.params?.group === -1) process.exit(7);
});
await import('../../main/worker/thread.ts');
