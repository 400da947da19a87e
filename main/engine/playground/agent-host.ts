import type { Question } from '../../../preload/contract/playground.ts';
import { type OpenTools, type ToolSettings, openTools } from '../../agent/open-tools.ts';
import { passagesOf, worldOfSplit } from '../../data/mini/world.ts';
import { parseScheme } from '../../model/quantize/scheme.ts';
import { openLocalPolicy } from '../../policy/local.ts';
import { openPolicy } from '../../policy/open.ts';
import { InputError } from '../../records/input-error.ts';
import type { Policy } from '../../records/policy.ts';
import { readKey } from '../../search/keys.ts';
import type { OpenSearch } from '../../search/open.ts';
import type { EngineContext } from '../context.ts';
import { type WebSettings, openWebSearch, webSettings } from '../web-search.ts';
import { Held } from './held.ts';

/** A model that nobody asked for this long gives its memory back. */
const idleMs = 10 * 60_000;
/** Passages that a search shows. */
const passages = 3;

export type Progress = { readonly onProgress: (label: string, done: number, total: number) => void; readonly onNote: (note: string) => void; readonly signal: AbortSignal };

/** The policy and the tools of the playground: opened for the first question and kept for the next, one of each. */
export class AgentHost {
  readonly #context: Pick<EngineContext, 'home' | 'images' | 'store'>;
  readonly #policy = new Held<Policy>();
  readonly #tools = new Held<OpenTools>();
  #busy = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(context: Pick<EngineContext, 'home' | 'images' | 'store'>) {
    this.#context = context;
  }

  /** Runs `work` with both open; they stay open until nobody has asked for a while. */
  use<T>({ policy, code, corpus }: Pick<Question, 'policy' | 'code' | 'corpus'>, progress: Progress, work: (policy: Policy, tools: OpenTools) => Promise<T>): Promise<T> {
    return this.#working(async () => work(await this.#openPolicy(policy, progress), await this.#openTools(code, corpus, progress)));
  }

  /** The tools alone. */
  useTools<T>({ code, corpus }: Pick<Question, 'code' | 'corpus'>, progress: Progress, work: (tools: OpenTools) => Promise<T>): Promise<T> {
    return this.#working(async () => work(await this.#openTools(code, corpus, progress)));
  }

  async release(): Promise<void> {
    clearTimeout(this.#idle);
    await Promise.all([this.#policy.release(), this.#tools.release()]);
  }

  async #working<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
      if (this.#busy === 0) this.#idle = setTimeout(() => void this.release(), idleMs).unref();
    }
  }

  #openPolicy(chosen: Question['policy'], { onProgress, onNote }: Progress): Promise<Policy> {
    const { home, images } = this.#context;
    return this.#policy.get(JSON.stringify(chosen), async () => {
      if (chosen.kind === 'endpoint') return openPolicy({ policy: `endpoint:${chosen.url}`, endpoint: { model: chosen.model, ...keyOf(chosen.key) } }, images, {});
      const load = { provider: chosen.provider, dataFolder: home, ...(chosen.quantize !== '' && { quantize: parseScheme(chosen.quantize) }) };
      return openLocalPolicy({ folder: chosen.folder, load, ...(chosen.adapter !== null && { adapter: chosen.adapter }), onProgress, onNote }, images);
    });
  }

  #openTools(code: boolean, corpus: string, { onProgress, signal }: Progress): Promise<OpenTools> {
    const { home, images, store } = this.#context;
    const web = corpus === 'web' ? webSettings(store) : undefined;
    const search = web ? { search: openWhenOn(home, web) } : searchIn(corpus);
    return this.#tools.get(JSON.stringify([code, corpus, web]), () => openTools({ home, images, code, ...search, passages, signal, onProgress: ({ label, done, total }) => onProgress(label, done, total) }));
  }
}

function openWhenOn(home: string, web: WebSettings): OpenSearch {
  if (web.on) return openWebSearch(home, web, passages);
  throw new InputError({ thing: 'searching the web', expected: 'an engine that is turned on', found: 'it is off', remedy: 'Turn it on in Settings, or search in a corpus.' });
}

/** `mini:SEED` is the world of the built-in task's test split. */
function searchIn(corpus: string): Pick<ToolSettings, 'search'> {
  const seed = /^mini:(\d{1,9})$/.exec(corpus)?.[1];
  if (seed !== undefined) return { search: passagesOf(worldOfSplit(Number(seed), 'test')) };
  return corpus === '' ? {} : { search: corpus };
}

function keyOf(name: string): { readonly key?: string } {
  const key = name === '' ? undefined : readKey(name);
  return key ? { key: key.value } : {};
}
