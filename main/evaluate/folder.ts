import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { makeFolders } from '../home.ts';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { releaseLock, takeLock } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { type Sample, sample } from '../records/sample.ts';
import { trajectory } from '../records/trajectory.ts';
import { scorers } from './benchmarks.ts';

/** What an evaluation is: while this is the same, it can be continued. */
export const evaluationConfig = z.strictObject({
  version: z.literal(1),
  benchmark: z.string(),
  /** Name of the data, and a hash of the samples that are asked (data-hash.ts). */
  data: z.string(),
  dataHash: z.string(),
  items: z.int().positive(),
  policy: z.string(),
  mode: z.enum(['agent', 'direct']),
  scorer: z.enum(scorers),
  prompts: z.string(),
  promptsHash: z.string(),
  limits: z.strictObject({ steps: z.int().positive(), tokens: z.int().positive(), ms: z.int().positive() }),
  sampling: z.strictObject({ temperature: z.number(), topP: z.number(), maxNewTokens: z.int().positive(), seed: z.int() }),
  /** What the tools are: the sandbox's tier, the search engine; or why there are none. */
  tools: z.strictObject({ code: z.string(), search: z.string() }),
});

/** A finished item, one line of items.jsonl. */
export const evaluatedItem = z.strictObject({ index: z.int().nonnegative(), id: z.string(), trajectory });

export type EvaluationConfig = Readonly<z.infer<typeof evaluationConfig>>;
export type EvaluatedItem = Readonly<z.infer<typeof evaluatedItem>>;

const configFile = 'evaluation.json';
const itemsFile = 'items.jsonl';
const samplesFile = 'samples.jsonl';

/**
 * The folder of an evaluation: evaluation.json, samples.jsonl with what is asked, and items.jsonl, one line for each
 * finished item. A line counts when it is whole: what a kill cut off is removed when the folder is opened again.
 */
export class EvaluationFolder {
  readonly folder: string;
  readonly config: EvaluationConfig;
  readonly finished: EvaluatedItem[];
  readonly #file: number;

  private constructor(folder: string, config: EvaluationConfig, finished: EvaluatedItem[]) {
    this.folder = folder;
    this.config = config;
    this.finished = finished;
    this.#file = openSync(path.join(folder, itemsFile), 'a');
  }

  /**
   * Opens a folder to add items to it; a new one, or one of the same evaluation.
   * @param formerHash Of the same data, as an evaluation that an earlier version began has it.
   * @throws InputError when the folder holds another evaluation, or another process works in it.
   */
  static open(folder: string, config: EvaluationConfig, formerHash?: string): EvaluationFolder {
    withFile(folder, 'a folder that can be written', () => {
      makeFolders(folder);
      lock(folder);
    });
    try {
      const file = path.join(folder, configFile);
      const before = existsSync(file) ? readConfig(folder) : undefined;
      if (before) assertSame(folder, before, { ...config, ...(before.dataHash === formerHash && { dataHash: formerHash }) });
      else writeTextAtomic(file, `${JSON.stringify(config, null, 2)}\n`);
      const { items, end } = readItems(folder);
      if (existsSync(path.join(folder, itemsFile))) truncateSync(path.join(folder, itemsFile), end);
      return new EvaluationFolder(folder, before ?? config, items);
    } catch (error) {
      releaseLock(path.join(folder, 'lock'));
      throw error;
    }
  }

  /** Keeps what is asked, so that the folder can be read, scored and compared without the benchmark's own files. */
  keepSamples(samples: readonly Sample[]): void {
    const file = path.join(this.folder, samplesFile);
    // Samples belong to the configuration by their hash: those that are there are the same.
    if (!existsSync(file)) writeTextAtomic(file, samples.map(({ chain: _, extra: __, source: ___, ...asked }) => `${JSON.stringify(asked)}\n`).join(''));
  }

  add(item: EvaluatedItem): void {
    const line = Buffer.from(`${JSON.stringify(item)}\n`);
    for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
    this.finished.push(item);
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
    releaseLock(path.join(this.folder, 'lock'));
  }
}

/** An evaluation as it stands, to look at. @throws InputError when the folder holds none. */
export function readEvaluation(folder: string): { readonly config: EvaluationConfig; readonly items: readonly EvaluatedItem[] } {
  return { config: readConfig(folder), items: readItems(folder).items };
}

/** What an evaluation asks, in the order of its items; nothing where its folder does not say it. @throws InputError for a damaged file. */
export function readSamples(folder: string): readonly Sample[] | undefined {
  const file = path.join(folder, samplesFile);
  if (!existsSync(file)) return undefined;
  return readFileSync(file, 'utf8').split('\n').flatMap((line, i) => {
    if (line === '') return [];
    const value = parseJson(line);
    const parsed = sample.safeParse(value);
    if (parsed.success) return [parsed.data];
    throw new InputError({ thing: `${file}: line ${i + 1}`, expected: 'a sample', found: schemaFaultText(parsed.error, value), remedy: 'The file was changed from outside: restore it, or remove it; the same command writes it anew.' });
  });
}

function readConfig(folder: string): EvaluationConfig {
  const file = path.join(folder, configFile);
  const wrong = (found: string): InputError => new InputError({ thing: file, expected: 'the description of an evaluation', found, remedy: 'Give a folder that arft evaluate made.' });
  if (!existsSync(file)) throw wrong('no such file');
  const value = parseJson(readFileSync(file, 'utf8'));
  const parsed = evaluationConfig.safeParse(value);
  if (!parsed.success) throw wrong(schemaFaultText(parsed.error, value));
  return parsed.data;
}

/** The whole lines of items.jsonl, each item once, and the byte after the last of them. */
function readItems(folder: string): { readonly items: EvaluatedItem[]; readonly end: number } {
  const file = path.join(folder, itemsFile);
  if (!existsSync(file)) return { items: [], end: 0 };
  const bytes = readFileSync(file);
  const items: EvaluatedItem[] = [];
  let end = 0;
  for (let next = bytes.indexOf(10); next >= 0; next = bytes.indexOf(10, end)) {
    const value = parseJson(bytes.toString('utf8', end, next));
    const parsed = evaluatedItem.safeParse(value);
    if (!parsed.success) throw new InputError({ thing: `${file}: byte ${end}`, expected: 'a finished item', found: schemaFaultText(parsed.error, value), remedy: 'The file was changed from outside: restore it, or begin the evaluation in another folder.' });
    items.push(parsed.data);
    end = next + 1;
  }
  return { items, end };
}

function assertSame(folder: string, before: EvaluationConfig, now: EvaluationConfig): void {
  // Data may get another name: its hash tells whether it is the same. Another number of items has another hash, and says more.
  const different = (['items', ...Object.keys(now)] as (keyof EvaluationConfig)[]).find((key) => key !== 'data' && JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  if (different === undefined) return;
  throw new InputError({
    thing: `${folder}: ${different}`,
    expected: `${JSON.stringify(before[different])}, as the evaluation in this folder began`,
    found: JSON.stringify(now[different]),
    remedy: different === 'dataHash' ? dataRemedy : 'Continue with the same settings, or choose another folder with --out.',
  });
}

const dataRemedy = 'Give the data that it began with, or choose another folder with --out. Where an earlier version began it, write the path of the data as it was written then.';

/** Keeps a second process out. */
function lock(folder: string): void {
  const owner = takeLock(path.join(folder, 'lock'));
  if (owner !== undefined) throw new InputError({ thing: folder, expected: 'no other process at work in this folder', found: `process ${owner}`, remedy: 'Wait until it has ended, or stop it.' });
}
