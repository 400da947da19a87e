import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { type Progress, place, tooLong } from './decoder-protocol.ts';

// A thread beside the decoder, which cannot look at the clock while a page keeps it busy. Counted is processor time, so
// that a busy machine does not make a good file a damaged one.

const { parent, progress } = workerData as { readonly parent: number; readonly progress: Progress };
const spentMs = (): number => process.cpuUsage().user / 1000;

let [seen, since, told] = [-1, 0, -1];
setInterval(() => {
  const [turn, limitMs, length] = progress.numbers as unknown as readonly [number, number, number];
  if (turn !== seen) {
    [seen, since] = [turn, spentMs()];
  } else {
    if (told !== turn) writeSync(2, `${place}${Buffer.from(progress.place.subarray(0, length)).toString()}\n`);
    told = turn;
    if (spentMs() - since > limitMs) end(`${tooLong}${Math.round(limitMs / 1000)}\n`);
  }
  try {
    process.kill(parent, 0);
  } catch {
    end(''); // who asked is gone, and nobody else would end a decoder that never comes back
  }
}, 250);

function end(lastWords: string): void {
  writeSync(2, lastWords);
  process.kill(process.pid, 'SIGKILL');
}
