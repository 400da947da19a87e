import { isMainThread } from 'node:worker_threads';

/** Something of onnxruntime's that a thread has: until it is released, which may be said again, or the thread ends. */
export type Owned = { readonly isHeld: () => boolean; readonly release: () => void };

const all = new Set<Owned>();

// onnxruntime does not see a thread end. A process gives everything back by itself.
let listening = isMainThread;

export function own(giveBack: () => void): Owned {
  const owned: Owned = { isHeld: () => all.has(owned), release: () => void (all.delete(owned) && giveBack()) };
  all.add(owned);
  if (!listening) process.once('exit', () => all.forEach(({ release }) => release()));
  listening = true;
  return owned;
}
