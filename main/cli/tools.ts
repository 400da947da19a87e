import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type OpenTools, openTools } from '../agent/open-tools.ts';
import type { ImageStore } from '../data/image-store.ts';
import { openHome } from '../home.ts';
import type { Passage } from '../records/trajectory.ts';
import { type SearchOptions, addSearchOptions, openSearchOf } from './search-query.ts';
import type { Terminal } from './terminal.ts';

/** The options by which a command says what tools an agent has. */
export type ToolOptions = SearchOptions & { readonly code: 'sandbox' | 'off' };

export const addToolOptions = (command: Command): Command => addSearchOptions(command).addOption(new Option('--code <how>', 'whether the agent’s Python runs').choices(['sandbox', 'off']).default('sandbox'));

/** The tools of an agent: none in direct mode; `corpusFile` holds the passages that belong to the data. */
export async function toolsOf(options: ToolOptions, images: ImageStore, terminal: Terminal, { direct = false, corpusFile }: { readonly direct?: boolean; readonly corpusFile?: string }): Promise<OpenTools> {
  const chosen = options.corpus !== undefined || options.engine !== undefined;
  const search = direct ? undefined : chosen ? await openSearchOf(options) : corpusFile === undefined ? undefined : readPassages(corpusFile);
  return openTools({
    home: openHome(),
    images,
    code: options.code === 'sandbox' && !direct,
    ...(search !== undefined && { search }),
    passages: options.passages,
    onProgress: ({ label, done, total }) => terminal.progress(label, done, total),
  });
}

const readPassages = (file: string): readonly Passage[] => readFileSync(file, 'utf8').split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Passage]));
