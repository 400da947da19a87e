import type { Trajectory, Turn } from '../../../main/records/trajectory.ts';

/** What a stand shows of an episode at a moment. */
export type Scene = { readonly turns: readonly Turn[]; readonly written: string; readonly ended: boolean };

const pieceMs = 50;
/** Characters that appear with each piece: about 70 a second, a little quicker than one reads aloud. */
const pieceLength = 4;
/** Time to see what a tool changed. */
const pauseMs = 2500;

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });

/** A stored episode at reading speed. Code appears at once: nobody reads it letter by letter. */
export async function replay({ turns }: Trajectory, show: (scene: Scene) => void, signal: AbortSignal): Promise<void> {
  for (const [i, turn] of turns.entries()) {
    const before = turns.slice(0, i);
    const spoken = turn.completion.split(/<code>/)[0] ?? '';
    for (let end = pieceLength; end < spoken.length && !signal.aborted; end += pieceLength) {
      show({ turns: before, written: spoken.slice(0, end), ended: false });
      await wait(pieceMs, signal);
    }
    if (signal.aborted) return;
    show({ turns: turns.slice(0, i + 1), written: '', ended: i === turns.length - 1 });
    await wait(pauseMs, signal);
  }
}
