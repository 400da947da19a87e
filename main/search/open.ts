import { ToolFault, type Search } from '../records/tools.ts';
import type { Passage } from '../records/trajectory.ts';
import { Corpus } from './corpus/corpus.ts';
import { requireKey } from './keys.ts';
import { type ReplayMode, SearchRecords } from './records.ts';
import { type EngineChoice, chosenEngine } from './web/engines.ts';
import { webSearch } from './web/web-search.ts';

/** How well each passage fits a query, higher is better: one number for each. */
export type Rerank = (query: string, passages: readonly Passage[]) => Promise<readonly number[]>;

export type SearchSource =
  | { readonly kind: 'corpus'; readonly name: string }
  /** The web; off unless a user names an engine. */
  | { readonly kind: 'web'; readonly engine: EngineChoice; readonly readPages: boolean };

export type SearchSettings = {
  readonly home: string;
  readonly source: SearchSource;
  /** Passages that a query gets. */
  readonly k: number;
  readonly replay: ReplayMode;
  /** Orders the first passages anew; the name is part of what is recorded. */
  readonly rerank?: { readonly name: string; readonly rerank: Rerank };
};

export type OpenSearch = {
  readonly search: Search;
  /** One line for a report. */
  readonly describe: () => string;
  readonly close: () => void;
};

/** Passages that a re-ranking chooses from, for each that is wanted. */
const rerankedFactor = 4;

/**
 * Opens a search over a corpus or the web.
 * @throws InputError where the corpus or the key is missing.
 */
export function openSearch(settings: SearchSettings): OpenSearch {
  const { home, source, k, replay, rerank } = settings;
  const engine = source.kind === 'corpus' ? openCorpus(home, source.name) : openWeb(source, replay);
  const records = replay === 'off' ? undefined : new SearchRecords(home);
  const options = { k, ...engine.options, ...(rerank && { rerank: rerank.name }) };

  const ask = async (query: string, signal: AbortSignal | undefined): Promise<readonly Passage[]> => {
    const found = await engine.ask(query, rerank ? rerankedFactor * k : k, signal);
    return rerank ? reranked(query, found, rerank.rerank, k) : found;
  };
  return {
    search: async (query, signal) => {
      signal?.throwIfAborted();
      return records ? records.through(replay, { engine: engine.id, query, options }, () => ask(query, signal)) : ask(query, signal);
    },
    describe: () => [engine.description, `${k} passages`, ...(rerank ? [`ordered by ${rerank.name}`] : []), ...(replay === 'off' ? [] : [replay === 'only' ? 'recorded results only' : 'recorded'])].join(', '),
    close: () => {
      engine.close();
      records?.close();
    },
  };
}

type OpenEngine = {
  /** For records: the same id gives the same results. */
  readonly id: string;
  readonly description: string;
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly ask: (query: string, count: number, signal: AbortSignal | undefined) => Promise<readonly Passage[]>;
  readonly close: () => void;
};

function openCorpus(home: string, name: string): OpenEngine {
  const corpus = new Corpus(home, name);
  const { fingerprint, passages } = corpus.about;
  return {
    id: `corpus:${fingerprint}`,
    description: `corpus ${name} (${passages} passages, ${fingerprint.slice(0, 12)})`,
    options: {},
    ask: async (query, count) => {
      try {
        return corpus.search(query, count);
      } catch (error) {
        throw new ToolFault('search', `corpus ${name}: ${(error as Error).message}`, { cause: error });
      }
    },
    close: () => corpus.close(),
  };
}

function openWeb({ engine: choice, readPages }: Extract<SearchSource, { kind: 'web' }>, replay: ReplayMode): OpenEngine {
  const { name, engine, endpoint } = chosenEngine(choice);
  // Recorded results want no key.
  const key = engine.needsKey && replay !== 'only' ? requireKey(name).value : undefined;
  const ask = webSearch({ engine: choice, readPages, ...(key !== undefined && { key }) });
  return {
    id: `${'generic' in choice ? 'generic' : 'web'}:${name}`,
    description: `${name} at ${new URL(endpoint).host}${readPages ? ', pages read' : ''}`,
    options: { readPages },
    ask,
    close: () => {},
  };
}

/** @throws ToolFault where the embedder fails. */
async function reranked(query: string, found: readonly Passage[], rerank: Rerank, k: number): Promise<readonly Passage[]> {
  if (found.length === 0) return found;
  try {
    const scores = await rerank(query, found);
    const scored = found.map((passage, i) => ({ ...passage, score: scores[i] as number }));
    if (scores.length !== found.length || scored.some(({ score }) => !Number.isFinite(score))) throw new Error(`${scores.length} scores for ${found.length} passages`);
    return scored.toSorted((a, b) => b.score - a.score).slice(0, k);
  } catch (error) {
    throw new ToolFault('search', `re-ranking: ${(error as Error).message}`, { cause: error });
  }
}
