import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../records/input-error.ts';
import type { ImageSource } from '../records/policy.ts';
import type { Passage } from '../records/trajectory.ts';
import { chosenTier } from '../sandbox/choose-tier.ts';
import { ensurePython } from '../setup/ensure-python.ts';
import type { SetUpProgress } from '../setup/with-room.ts';
import { NoSandbox } from '../sandbox/pool.ts';
import { type CodeRunner, openCodeRunner } from '../sandbox/run-code.ts';
import { corpusNames } from '../search/corpus/folder.ts';
import { importCorpus } from '../search/corpus/import.ts';
import { type OpenSearch, openSearch } from '../search/open.ts';
import type { Tools } from './environment.ts';

export type ToolSettings = {
  readonly home: string;
  readonly images: ImageSource;
  /** false: the code tool stays off. */
  readonly code: boolean;
  /** A search that is open, passages that get a corpus of their own, or the name of a corpus; without any searching is off. */
  readonly search?: OpenSearch | readonly Pick<Passage, 'id' | 'title' | 'text'>[] | string;
  /** Passages that a search gives. */
  readonly passages: number;
  readonly onProgress?: (progress: SetUpProgress) => void;
  readonly signal?: AbortSignal;
};

export type OpenTools = {
  readonly tools: Tools;
  /** What the tools are, in words that a record keeps. */
  readonly described: { readonly code: string; readonly search: string };
  readonly close: () => Promise<void>;
};

/**
 * Opens the agent's tools. Where Python or a sandbox is lacking the code tool is off, and the agent is told why; code
 * never runs anywhere else.
 * @throws InputError for a corpus that there is not.
 */
export async function openTools(settings: ToolSettings): Promise<OpenTools> {
  const code = settings.code ? await openCode(settings) : { off: 'it was switched off' };
  const search = await openSearchTool(settings);
  return {
    tools: { images: settings.images, runCode: 'off' in code ? code : code.runCode, search: search?.search ?? { off: 'no corpus and no engine was chosen' } },
    described: { code: 'off' in code ? `off: ${code.off}` : `sandbox ${code.tier}`, search: search?.describe() ?? 'off' },
    close: async () => {
      search?.close();
      if (!('off' in code)) await code.close();
    },
  };
}

async function openCode({ home, onProgress, signal }: ToolSettings): Promise<CodeRunner | { readonly off: string }> {
  try {
    const python = await ensurePython(home, onProgress, signal);
    const tier = chosenTier();
    return await openCodeRunner({ python, ...(tier && { tier }) });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NoSandbox || error instanceof InputError) return { off: error.message };
    throw error;
  }
}

async function openSearchTool({ home, search, passages, signal }: ToolSettings): Promise<OpenSearch | undefined> {
  if (search === undefined || (typeof search === 'object' && 'describe' in search)) return search;
  const name = typeof search === 'string' ? search : await corpusOf(home, search, signal);
  return openSearch({ home, source: { kind: 'corpus', name }, k: passages, replay: 'off' });
}

/** The name of a corpus of these passages, which is made where there is none. */
async function corpusOf(home: string, passages: readonly Pick<Passage, 'id' | 'title' | 'text'>[], signal: AbortSignal | undefined): Promise<string> {
  const lines = passages.map(({ id, title, text }) => `${JSON.stringify({ id, title, text })}\n`).join('');
  const name = `passages-${createHash('sha256').update(lines).digest('hex').slice(0, 12)}`;
  if (corpusNames(home).includes(name)) return name;
  const file = path.join(home, `${name}-${process.pid}.jsonl`);
  mkdirSync(home, { recursive: true });
  writeFileSync(file, lines);
  try {
    await importCorpus({ home, name, sources: [file], replace: true, ...(signal && { signal }) });
  } finally {
    rmSync(file, { force: true });
  }
  return name;
}
