import { InputError } from '../records/input-error.ts';
import { ToolFault } from '../records/tools.ts';
import type { Passage } from '../records/trajectory.ts';
import type { EngineContext } from './context.ts';
import { AgentHost } from './playground/agent-host.ts';

/**
 * The agent's search for annotators. It has a host of its own: the playground's keeps the sandbox in which their code
 * runs, and one thing of a kind is open at a time.
 */
export class SearchDesk {
  readonly #host: AgentHost;
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: EngineContext) {
    this.#host = new AgentHost(context);
    context.closing.addEventListener('abort', () => void this.#host.release());
  }

  /**
   * The passages that a query gets, best first. Queries are asked one after another, since another corpus closes the last.
   * @throws InputError for a corpus that there is not, and where the search fails.
   */
  ask(corpus: string, query: string, signal: AbortSignal): Promise<readonly Passage[]> {
    const asked = this.#last.then(() => this.#ask(corpus, query, signal));
    this.#last = asked.catch(() => {});
    return asked;
  }

  async #ask(corpus: string, query: string, signal: AbortSignal): Promise<readonly Passage[]> {
    signal.throwIfAborted();
    return this.#host.useTools({ code: false, corpus }, { signal, onProgress: () => {}, onNote: () => {} }, async ({ tools: { search } }) => {
      if (typeof search !== 'function') throw new InputError({ thing: 'the search', expected: 'a corpus, or an engine of the web', found: search.off, remedy: 'Choose where to search.' });
      try {
        return await search(query, signal);
      } catch (error) {
        if (error instanceof ToolFault) throw new InputError({ thing: 'the search', expected: 'passages', found: error.message, remedy: 'Try again, or search elsewhere.' }, { cause: error });
        throw error;
      }
    });
  }
}
