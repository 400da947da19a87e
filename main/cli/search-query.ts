import os from 'node:os';
import path from 'node:path';
import { Command, Option } from 'commander';
import { openHome } from '../home.ts';
import { openEmbedder } from '../model/embedder/embedder.ts';
import { readFileOf } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import type { Passage } from '../records/trajectory.ts';
import { Runtime } from '../runtime/session.ts';
import { embedderRerank } from '../search/embedder-rerank.ts';
import { type OpenSearch, type SearchSource, openSearch } from '../search/open.ts';
import { type ReplayMode, replayModes } from '../search/records.ts';
import { snippet } from '../search/snippet.ts';
import { type EngineChoice, type EngineName, engineNames, genericEngine } from '../search/web/engines.ts';
import { type CommandSetup, examples, integer, jsonOption } from './command.ts';
import { UsageError } from './terminal.ts';

/** The options by which a command says where to search. */
export type SearchOptions = {
  readonly corpus?: string;
  readonly engine?: EngineName | 'generic';
  readonly endpoint?: string;
  readonly engineFile?: string;
  readonly pages: boolean;
  readonly passages: number;
  readonly replay: ReplayMode;
  readonly embedder?: string;
};

export const addSearchOptions = (command: Command): Command =>
  command
    .option('--corpus <name>', 'search in a corpus of the data folder')
    .addOption(new Option('--engine <name>', 'search the web: queries leave this machine').choices([...engineNames, 'generic']))
    .option('--endpoint <url>', 'where the engine runs, as http://127.0.0.1:8888 for a SearXNG of one’s own')
    .option('--engine-file <file.json>', 'generic: address and fields of an engine (docs/search.md)')
    .option('--pages', 'web: read the pages behind the results, not only the engine’s snippets', false)
    .option('-k, --passages <n>', 'passages that a query gets', integer(1, 1000), 3)
    .addOption(new Option('--replay <mode>', 'results that were recorded: take them and record new ones, or take only them').choices(replayModes).default('off'))
    .option('--embedder <folder>', 'order passages anew by a sentence embedder (all-MiniLM-L6-v2)');

/** Opens what the options name. @throws UsageError where they name no place to search, or two. */
export async function openSearchOf(options: SearchOptions): Promise<OpenSearch> {
  const source = sourceOf(options);
  const settings = { home: openHome(), source, k: options.passages, replay: options.replay };
  if (options.embedder === undefined) return openSearch(settings);
  const runtime = new Runtime({ provider: 'cpu', threads: os.availableParallelism() });
  const embedder = await openEmbedder(options.embedder, runtime);
  return openSearch({ ...settings, rerank: { name: path.basename(path.resolve(options.embedder)), rerank: embedderRerank(embedder) } });
}

function sourceOf({ corpus, engine, endpoint, engineFile, pages }: SearchOptions): SearchSource {
  if ((corpus === undefined) === (engine === undefined)) throw new UsageError('name either a corpus (--corpus) or an engine of the web (--engine)');
  if (corpus !== undefined) return { kind: 'corpus', name: corpus };
  return { kind: 'web', engine: engine === 'generic' ? { generic: readEngine(engineFile) } : choiceOf(engine as EngineName, endpoint), readPages: pages };
}

const choiceOf = (name: EngineName, endpoint: string | undefined): EngineChoice => ({ name, ...(endpoint !== undefined && { endpoint }) });

function readEngine(file: string | undefined) {
  if (file === undefined) throw new UsageError('--engine generic wants --engine-file');
  const text = readFileOf(file).toString('utf8');
  try {
    return genericEngine.parse(JSON.parse(text));
  } catch (error) {
    throw new InputError({ thing: file, expected: 'the description of a search engine', found: (error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 300), remedy: 'Correct it; docs/search.md has an example.' }, { cause: error });
  }
}

export const searchQuery: CommandSetup = (run) =>
  addSearchOptions(new Command('query').description('look a query up in a corpus or on the web').argument('<query>', 'any text'))
    .addOption(jsonOption())
    .addHelpText('after', examples('search query "who painted the Night Watch" --corpus wiki', 'search query 图像处理 --corpus notes -k 5 --json', 'search query "capital of Peru" --engine searxng --endpoint http://127.0.0.1:8888 --replay record'))
    .action((query: string, options: SearchOptions & { readonly json: boolean }) =>
      run(async ({ terminal, signal }) => {
        const { search, describe, close } = await openSearchOf(options);
        try {
          const started = performance.now();
          const passages = await search(query, signal);
          const ms = performance.now() - started;
          terminal.result({ query, engine: describe(), ms, passages }, passages.length > 0 ? passages.map((each, i) => shown(each, i, query)).join('\n\n') : 'Nothing found.');
          terminal.log(`${describe()}: ${passages.length} passages in ${ms.toFixed(0)} ms`);
        } finally {
          close();
        }
      }, options.json),
    );

const shown = ({ id, title, text, url, score }: Passage, i: number, query: string): string => `${i + 1}. ${title || id}${score === undefined ? '' : `  (${score.toFixed(2)})`}\n   ${snippet(text, query)}\n   ${url ?? id}`;
