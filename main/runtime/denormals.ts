import { Runtime } from './session.ts';

/**
 * Has this thread, and all that it starts from now on, take denormal numbers (below 1.2e-38 in float32) for zero: Intel's
 * processors handle them in microcode, and the exponential of every masked score is one. onnxruntime sees to it for a
 * session's own threads (session.ts), but for the thread that calls it only where that one makes the first session of the
 * process; a thread has it from the one that started it. To be called before a thread that runs models is started, so that
 * each has it and the same work gives the same bits in every process.
 */
export async function flushDenormals(): Promise<void> {
  const first = new Runtime({ provider: 'cpu', threads: 1 });
  await first.tryOut();
  await first.release();
}
