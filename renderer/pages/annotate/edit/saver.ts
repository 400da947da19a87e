import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';

/** Fields that were written anew and are not saved yet. */
export type Edits = Calls<AppContract>['annotate.change']['input']['change'];

/** Where edits outlive a reload. */
export type Kept = { readonly read: () => Edits; readonly write: (edits: Edits) => void };

export type Saving<Base> = { /** As the engine has it. */ readonly base: Base; readonly edits: Edits; readonly state: 'saved' | 'waiting' | 'saving' | 'failed'; readonly fault?: unknown };

/** Time without another key after which a change is sent. */
export const pauseMs = 400;

/**
 * The edits of one sample on their way to the engine. An edit is kept at once, sent after a pause, and gives way to the
 * engine's answer when that comes, unless it was changed meanwhile: what is being written is never written over.
 */
export class Saver<Base> {
  now: Saving<Base>;
  readonly #send: (edits: Edits) => Promise<Base>;
  readonly #kept: Kept;
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #under: Promise<boolean> | undefined;

  constructor(base: Base, send: (edits: Edits) => Promise<Base>, kept: Kept) {
    this.#send = send;
    this.#kept = kept;
    const edits = kept.read();
    this.now = { base, edits, state: isEmpty(edits) ? 'saved' : 'waiting' };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): Saving<Base> => this.now;

  /** The engine says anew how it has the sample. */
  rebase(base: Base): void {
    this.#become({ ...this.now, base });
  }

  edit(change: Edits): void {
    const edits = { ...this.now.edits, ...change };
    this.#kept.write(edits);
    this.#become({ base: this.now.base, edits, state: this.#under ? 'saving' : 'waiting' });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), pauseMs);
  }

  /** Sends what waits. @returns whether the engine has everything. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    while (!isEmpty(this.now.edits)) {
      this.#under ??= this.#sendOnce().finally(() => (this.#under = undefined));
      if (!(await this.#under)) return false;
    }
    return true;
  }

  async #sendOnce(): Promise<boolean> {
    const sent = this.now.edits;
    let base: Base;
    this.#become({ base: this.now.base, edits: sent, state: 'saving' });
    try {
      base = await this.#send(sent);
    } catch (fault) {
      this.#become({ base: this.now.base, edits: this.now.edits, state: 'failed', fault });
      return false;
    }
    const rest = Object.fromEntries(Object.entries(this.now.edits).filter(([key, value]) => value !== sent[key as keyof Edits])) as Edits;
    this.#kept.write(rest);
    this.#become({ base, edits: rest, state: isEmpty(rest) ? 'saved' : 'waiting' });
    return true;
  }

  #become(now: Saving<Base>): void {
    this.now = now;
    for (const listener of this.#listeners) listener();
  }
}

const isEmpty = (edits: Edits): boolean => Object.keys(edits).length === 0;

/** Edits in the window's storage, which a reload leaves alone. */
export function keptEdits(dataset: number, ordinal: number): Kept {
  const key = `arft-annotate-${dataset}-${ordinal}`;
  return {
    read: () => {
      try {
        return JSON.parse(sessionStorage.getItem(key) ?? '{}') as Edits;
      } catch {
        return {};
      }
    },
    write: (edits) => {
      try {
        if (isEmpty(edits)) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(edits));
      } catch {
        // The storage is full: the edit is sent all the same.
      }
    },
  };
}
