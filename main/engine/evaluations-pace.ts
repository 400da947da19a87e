/** How far back the pace looks, in milliseconds. */
const windowMs = 120_000;

type Seen = { readonly at: number; readonly done: number };

/** How long evaluations take, by what was seen of them lately. */
export class Pace {
  readonly #seen = new Map<string, Seen[]>();

  /** It does not run any more: what comes later begins anew. */
  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** @returns null until enough was seen. */
  secondsLeft(name: string, done: number, total: number): number | null {
    const now = performance.now();
    const before = this.#seen.get(name)?.filter(({ at, done: then }) => now - at <= windowMs && then <= done) ?? [];
    const seen = before.at(-1)?.done === done ? before : [...before, { at: now, done }];
    this.#seen.set(name, seen);
    const [first, last] = [seen[0], seen.at(-1)];
    if (!first || !last || last.done === first.done) return null;
    return ((last.at - first.at) / 1000 / (last.done - first.done)) * (total - done);
  }
}
