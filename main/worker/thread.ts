import { parentPort } from 'node:worker_threads';
import { InputError } from '../records/input-error.ts';
import { type Context, createHandlers } from './handlers.ts';
import { type Cancel, type Close, type Failure, type Method, type Reply, type Request, concurrentMethods } from './protocol.ts';

// The thread that owns onnxruntime: takes requests from its parent.

const port = parentPort;
if (!port) throw new Error('worker/thread.ts runs as a worker thread');

const reply = (message: Reply): void => port.postMessage(message);
const handlers = createHandlers();
const requests = new Map<number, AbortController>();
let last: Promise<void> = Promise.resolve();

port.on('message', (message: Request | Cancel | Close) => {
  if (message.kind === 'close') process.exit();
  if (message.kind === 'cancel') return requests.get(message.id)?.abort(new Error('cancelled'));
  requests.set(message.id, new AbortController());
  if (concurrentMethods.has(message.method)) void last.then(() => answer(message));
  else last = last.then(() => answer(message));
});

async function answer<M extends Method>({ id, method, params }: Request<M>): Promise<void> {
  const { signal } = requests.get(id) as AbortController;
  const context: Context<M> = { emit: (event) => reply({ kind: 'event', id, event }), cancelled: () => signal.aborted, signal };
  try {
    reply({ kind: 'result', id, result: await handlers[method](params, context) });
  } catch (error) {
    reply({ kind: 'failure', id, failure: failureOf(error) });
  } finally {
    requests.delete(id);
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof InputError) return { message: error.message, expectation: error.expectation };
  if (error instanceof Error) return { name: error.name, message: error.message, ...(error.stack && { stack: error.stack }) };
  return { message: String(error) };
}
