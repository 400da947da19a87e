import { useState } from 'react';
import { movedTo } from './chain.ts';

let last = 0;
const fresh = (): number => (last += 1);

/** A key for each step, which it keeps when it moves: steps have no names, and the engine's answers bring others. */
export function useStepKeys(count: number) {
  const [kept, setKept] = useState<readonly number[]>([]);
  let keys = kept;
  if (kept.length !== count) {
    keys = Array.from({ length: count }, (_, i) => kept[i] ?? fresh());
    setKept(keys);
  }
  return {
    keys,
    remove: (i: number): void => setKept((before) => before.toSpliced(i, 1)),
    move: (from: number, to: number): void => setKept((before) => movedTo(before, from, to)),
  };
}
