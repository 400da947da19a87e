import type { Topic } from '../../preload/contract/app.ts';

export type Change = { readonly topic: Topic; readonly id?: string };

/** Most changes that wait for a window; beyond it the oldest are dropped, since a later one of a topic says as much. */
const mostWaiting = 256;

/** What else shows the things of a topic: samples are annotated on a page of their own. */
const shownAlso: Partial<Readonly<Record<Topic, Topic>>> = { datasets: 'annotate' };

/** Tells windows what changed. */
export class Changes {
  readonly #listeners = new Set<(change: Change) => void>();

  tell(topic: Topic, id?: string): void {
    for (const listener of this.#listeners) listener({ topic, ...(id !== undefined && { id }) });
    const other = shownAlso[topic];
    if (other !== undefined) this.tell(other, id);
  }

  async *follow(signal: AbortSignal): AsyncGenerator<Change, void> {
    let waiting: Change[] = [];
    let wake = (): void => {};
    const listener = (change: Change): void => {
      if (waiting.some(({ topic, id }) => topic === change.topic && id === change.id)) return;
      waiting = [...waiting, change].slice(-mostWaiting);
      wake();
    };
    const stop = (): void => wake();
    this.#listeners.add(listener);
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const batch = waiting;
        waiting = [];
        yield* batch;
        if (waiting.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#listeners.delete(listener);
    }
  }
}
