import { EngineError } from '../../../preload/rpc/connect.ts';
import type { Question } from '../../../preload/contract/playground.ts';
import { engine } from '../../connection/engine.ts';
import { type Episode, after, begun } from './episode.ts';

/** The one episode of this window. It goes on while another page is shown; asking anew or showing another one interrupts it. */
class Asking {
  episode: Episode | undefined;
  #under: AbortController | undefined;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly ask = (question: Question): void => {
    this.#under?.abort();
    const abort = new AbortController();
    this.#under = abort;
    void this.#follow(question, abort);
  };

  readonly interrupt = (): void => this.#under?.abort();

  readonly show = (episode: Episode | undefined): void => {
    this.#under?.abort();
    this.#under = undefined;
    this.#become(episode);
  };

  async #follow(question: Question, abort: AbortController): Promise<void> {
    let now = begun(question);
    const tell = (next: Episode): void => {
      now = next;
      if (this.#under === abort) this.#become(now);
    };
    tell(now);
    try {
      for await (const happening of engine.stream('playground.ask', question, abort.signal)) tell(after(now, happening));
    } catch (error) {
      tell({ ...now, ...(error instanceof EngineError && error.code === 'CANCELLED' ? { state: 'interrupted' } : { state: 'failed', error }) });
    }
  }

  #become(episode: Episode | undefined): void {
    this.episode = episode;
    for (const listener of this.#listeners) listener();
  }
}

export const asking = new Asking();
