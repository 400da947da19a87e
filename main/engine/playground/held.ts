type Closable = { close(): Promise<void> };

/** One thing that is costly to open, kept while the same one is wanted. */
export class Held<T extends Closable> {
  #open: { readonly key: string; readonly opening: Promise<T> } | undefined;

  /** The thing of this key; another one that is open is closed first. One that cannot be opened is not kept. */
  async get(key: string, open: () => Promise<T>): Promise<T> {
    if (this.#open?.key === key) return this.#open.opening;
    const released = this.release();
    const held = { key, opening: released.then(open) };
    this.#open = held;
    held.opening.catch(() => {
      if (this.#open === held) this.#open = undefined;
    });
    return held.opening;
  }

  async release(): Promise<void> {
    const held = this.#open;
    this.#open = undefined;
    const thing = await held?.opening.catch(() => {});
    await thing?.close();
  }
}
