import { type HotkeyItem, useHotkeys } from '@mantine/hooks';
import { useEffect, useSyncExternalStore } from 'react';

// The keys of a page work while it is shown, and stand in the list of keys for as long. Parts of a page may have keys of
// their own: the list has those of all parts.

export type PageKey = {
  /** As Mantine names them: `j`, `mod + Enter`. Several do the same. */
  readonly keys: readonly string[];
  /** As the list shows them, where that is shorter. */
  readonly shown?: string;
  readonly words: string;
  readonly act: (event: KeyboardEvent) => void;
};

export type PageKeys = { readonly title: string; readonly keys: readonly PageKey[] };

let parts: readonly PageKeys[] = [];
let listed: PageKeys | undefined;
const listeners = new Set<() => void>();

function list(now: readonly PageKeys[]): void {
  parts = now;
  listed = now[0] && { title: now[0].title, keys: now.flatMap(({ keys }) => keys) };
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** The keys of the page that is shown, for the list. */
export const useListedKeys = (): PageKeys | undefined => useSyncExternalStore(subscribe, () => listed);

/** Time in which the second key of `g x` counts. */
const pairMs = 1500;
let pairAt = Number.NEGATIVE_INFINITY;

export const beginPair = (): void => void (pairAt = performance.now());
export const isPair = (): boolean => performance.now() - pairAt < pairMs;
/** After the key that ends the pair has been seen by everybody; a pair that begins until then is another one. */
export const endPair = (): void => {
  const ended = pairAt;
  setTimeout(() => {
    if (pairAt === ended) pairAt = Number.NEGATIVE_INFINITY;
  });
};

export function usePageKeys({ title, keys }: PageKeys): void {
  useHotkeys(keys.flatMap(({ keys: each, act }) => each.map((key): HotkeyItem => [key, (event) => {
    // The second key of `g x` leads to a page, and a dialog over the page has its own keys.
    if (isPair() || (event.target instanceof Element && event.target.closest('[role="dialog"]'))) return;
    event.preventDefault();
    act(event);
  }, { preventDefault: false, usePhysicalKeys: false }])));
  const words = JSON.stringify([title, keys.map((key) => [key.words, key.shown, key.keys])]);
  useEffect(() => {
    const own = { title, keys };
    list([...parts, own]);
    return () => list(parts.filter((each) => each !== own));
    // The list shows words alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [words]);
}
