import { hashKey } from '@tanstack/react-query';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { onImage, withGround } from './ground.ts';

/** Fields that were written anew and are not saved yet. */
export type Edits = Calls<AppContract>['annotate.change']['input']['change'];

export type Field = keyof Edits;

/** Fields as the engine had them; with steps stands the image that they were written on. */
export type Had = Calls<AppContract>['annotate.change']['input']['before'];

/** Edits, each with its field as the engine had it when the writing began. */
export type Written = { readonly edits: Edits; readonly before: Had };

/** Where edits outlive a reload. */
export type Kept = { readonly read: () => Written; readonly write: (written: Written) => void };

export type Saving<Base> = Written & {
  /** As the engine has it. */
  readonly base: Base;
  readonly state: 'saved' | 'waiting' | 'saving' | 'failed' | 'refused';
  readonly fault?: unknown;
  /** Fields that another window changed meanwhile: they wait for `settle`. */
  readonly refused: readonly Field[];
};

type Send<Base> = (edits: Edits, before: Had) => Promise<{ readonly base: Base; readonly refused: readonly Field[] }>;

/** Time without another key after which a change is sent. */
export const pauseMs = 400;

/**
 * The edits of one sample on their way to the engine. An edit is kept at once, sent after a pause, and gives way to the
 * engine's answer when that comes, unless it was changed meanwhile: what is being written is never written over.
 */
export class Saver<Base> {
  now: Saving<Base>;
  readonly #fieldsOf: (base: Base) => Had;
  readonly #send: Send<Base>;
  readonly #kept: Kept;
  readonly #listeners = new Set<() => void>();
  /** What was sent without an answer: the engine may have it. */
  #unanswered: readonly Edits[];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #under: Promise<boolean> | undefined;

  constructor(base: Base, fieldsOf: (base: Base) => Had, send: Send<Base>, kept: Kept) {
    [this.#fieldsOf, this.#send, this.#kept] = [fieldsOf, send, kept];
    const { edits, before } = onImage(kept.read(), fieldsOf(base).image);
    this.#unanswered = [edits];
    this.now = { base, edits, before, state: isEmpty(edits) ? 'saved' : 'waiting', refused: [] };
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
    const { base, refused } = this.now;
    const edits = { ...this.now.edits, ...change };
    this.#become({ base, edits, before: { ...only(this.#fieldsOf(base), withGround(keysOf(change))), ...this.now.before }, state: this.#under ? 'saving' : 'waiting', refused });
    this.#keep();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), pauseMs);
  }

  /** Takes a field's edit as written on what the engine has now, or gives it up. */
  settle(field: Field, whose: 'mine' | 'theirs'): void {
    const { base } = this.now;
    const others = keysOf(this.now.edits).filter((each) => each !== field);
    const before = { ...only(this.now.before, withGround(others)), ...(whose === 'mine' && only(this.#fieldsOf(base), others.includes('image') ? [field] : withGround([field]))) };
    const edits = whose === 'mine' ? this.now.edits : only(this.now.edits, others);
    this.#become({ base, edits, before, state: isEmpty(edits) ? 'saved' : 'waiting', refused: this.now.refused.filter((each) => each !== field) });
    this.#keep();
    void this.flush();
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
    const { edits: sent, before: had } = this.now;
    let answer: Awaited<ReturnType<Send<Base>>>;
    this.#become({ ...this.now, state: 'saving' });
    try {
      answer = await this.#send(sent, had);
    } catch (fault) {
      this.#unanswered = [...this.#unanswered, sent];
      this.#become({ ...this.now, state: 'failed', fault });
      return false;
    }
    const { base } = answer;
    const has = this.#fieldsOf(base);
    const { edits: all, before } = this.now;
    const isSettled = (field: Field): boolean => !(field in all) || before[field] !== had[field];
    // What this window wrote itself, before the answer was lost, is no change of others.
    const isOwn = (field: Field): boolean => this.#unanswered.some((edits) => field in edits && isSame(edits[field], has[field]));
    const refused = answer.refused.filter((field) => !isSettled(field) && !isOwn(field));
    const edits = only(all, keysOf(all).filter((field) => all[field] !== sent[field] || answer.refused.includes(field)));
    this.#become({ base, edits, before: { ...only(before, withGround(keysOf(edits))), ...only(has, keysOf(edits).filter((field) => field in sent && !refused.includes(field))) }, state: refused.length > 0 ? 'refused' : isEmpty(edits) ? 'saved' : 'waiting', refused });
    if (refused.length === 0) this.#unanswered = [];
    this.#keep();
    return refused.length === 0;
  }

  #keep(): void {
    this.#kept.write({ edits: this.now.edits, before: this.now.before });
  }

  #become(now: Saving<Base>): void {
    this.now = { ...now, ...onImage(now, this.#fieldsOf(now.base).image) };
    for (const listener of this.#listeners) listener();
  }
}

const keysOf = (edits: Edits): readonly Field[] => Object.keys(edits) as Field[];
const isEmpty = (edits: Edits): boolean => keysOf(edits).length === 0;
const only = <T extends Had>(of: T, fields: readonly Field[]): T => Object.fromEntries(fields.filter((field) => field in of).map((field) => [field, of[field]])) as T;
const isSame = (a: unknown, b: unknown): boolean => hashKey([a]) === hashKey([b]);
const nothing: Written = { edits: {}, before: {} };

/** Edits in the window's storage, which a reload leaves alone. */
export function keptEdits(dataset: number, ordinal: number): Kept {
  const key = `arft-annotate-${dataset}-${ordinal}`;
  return {
    read: () => {
      try {
        return { ...nothing, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<Written>) };
      } catch {
        return nothing;
      }
    },
    write: (written) => {
      try {
        if (isEmpty(written.edits)) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(written));
      } catch {
        // The storage is full: the edit is sent all the same.
      }
    },
  };
}
