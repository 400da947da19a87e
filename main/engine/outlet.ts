/** Things that are put in as they happen, and taken out one after another until the work that puts them ends. */
export class Outlet<T> {
  readonly #waiting: T[] = [];
  #wake = (): void => {};

  put(item: T): void {
    this.#waiting.push(item);
    this.#wake();
  }

  /** What `work` puts out; its failure comes after everything that it put. */
  static async *from<T>(work: (outlet: Outlet<T>) => Promise<void>): AsyncGenerator<T, void> {
    const outlet = new Outlet<T>();
    let ended = false;
    const done = work(outlet).finally(() => {
      ended = true;
      outlet.#wake();
    });
    done.catch(() => {});
    for (;;) {
      while (outlet.#waiting.length > 0) yield outlet.#waiting.shift() as T;
      if (ended) return done;
      await new Promise<void>((resolve) => {
        outlet.#wake = resolve;
      });
    }
  }
}
