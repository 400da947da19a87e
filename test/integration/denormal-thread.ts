import { parentPort } from 'node:worker_threads';
import type { Close, Reply, Request } from '../../main/worker/protocol.ts';

// Answers whatever it is asked with what its processor makes of a denormal number.
const denormal = Number(process.pid > 0) * 1e-310;
parentPort?.on('message', (message: Request | Close) => {
  if (message.kind === 'close') process.exit();
  parentPort?.postMessage({ kind: 'result', id: message.id, result: denormal * 2 } satisfies Reply);
});
