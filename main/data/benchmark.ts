import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import { isDataUri } from './image-reference.ts';
import { spellings } from './images.ts';
import { readDataset } from './import.ts';

export type BenchmarkData = {
  readonly file: string;
  /** With images as the rows name them. */
  readonly rows: readonly Sample[];
  /** The same with images by paths, where a row names files. */
  readonly samples: readonly Sample[];
  /** Rows that could not be read, in words. */
  readonly faults: readonly string[];
  /** Passages that belong to the questions, where the folder has some. */
  readonly corpusFile?: string;
};

/**
 * A benchmark's questions from its file, or from the file of a folder that is named after the split. Images stay where
 * they are; names are looked up beside the file, and in a folder images beside it, as an import looks them up.
 */
export async function readBenchmark(fileOrFolder: string, split: string, signal?: AbortSignal): Promise<BenchmarkData> {
  const file = benchmarkFile(fileOrFolder, split);
  const { records, faults } = await readDataset(file, signal ? { signal } : {});
  const folder = path.dirname(file);
  const found = [`corpus-${split}.jsonl`, `${split}-corpus.jsonl`, path.join('corpus', `${split}.jsonl`), 'corpus.jsonl'].map((name) => path.join(folder, name)).find((name) => existsSync(name));
  return {
    file,
    rows: records,
    samples: records.map((sample) => withPaths(sample, folder)),
    faults: faults.map(({ row, line, reason, kept }) => `${line === undefined ? `row ${row + 1}` : `line ${line}`}: ${reason}${kept ? '' : '; left out'}`),
    ...(found !== undefined && { corpusFile: found }),
  };
}

function benchmarkFile(fileOrFolder: string, split: string): string {
  if (!existsSync(fileOrFolder)) throw new InputError({ thing: fileOrFolder, expected: 'the file of a benchmark, or its folder', found: 'nothing there', remedy: 'Check the path.' });
  if (!statSync(fileOrFolder).isDirectory()) return fileOrFolder;
  const names = readdirSync(fileOrFolder).filter((name) => /\.(jsonl?|parquet)$/.test(name) && !name.includes('corpus'));
  const own = names.find((name) => path.parse(name).name === split) ?? (names.length === 1 ? names[0] : undefined);
  if (own !== undefined) return path.join(fileOrFolder, own);
  throw new InputError({ thing: fileOrFolder, expected: `${split}.jsonl, ${split}.json, or one data file alone`, found: names.join(', ') || 'no data file', remedy: 'Name the file itself, or its split.' });
}

function withPaths(sample: Sample, folder: string): Sample {
  const place = (name: string): string => {
    if (name.startsWith('sha256:') || isDataUri(name)) return name;
    // Joined, not resolved: earlier versions knew an evaluation again by these paths.
    const within = (base: string, spelling: string): string => (path.isAbsolute(spelling) ? spelling : path.join(base, spelling));
    const places = [...spellings(name)].flatMap((spelling) => [within(folder, spelling), within(path.join(folder, 'images'), spelling)]);
    return places.find((each) => existsSync(each)) ?? within(folder, name);
  };
  return {
    ...sample,
    images: sample.images.map(place),
    ...(sample.cleanImage !== undefined && { cleanImage: place(sample.cleanImage) }),
    ...(sample.chain && { chain: sample.chain.map((step) => (step.image === undefined ? step : { ...step, image: place(step.image) })) }),
  };
}
