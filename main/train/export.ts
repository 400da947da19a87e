import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { adapterFiles } from '../model/folder/adapter-config.ts';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import type { LoraMatrices } from '../model/folder/adapter.ts';
import { checkAdapter, readAdapter } from '../model/folder/adapter-reader.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { DTYPE_BYTES } from '../model/folder/safetensors-header.ts';
import { type TensorToWrite, writeSafetensors } from '../model/folder/safetensors-writer.ts';
import { withTrainedWeights } from '../model/folder/trained-weights.ts';
import { openWeights } from '../model/folder/weights.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import { assertSums } from './checkpoint-sums.ts';
import { hasState, stateOf } from './checkpoints.ts';
import { modelFingerprint } from './fingerprint.ts';
import type { RunFolder } from './run-folder.ts';

/** Bytes of a weight file, about. */
const shardBytes = 4 * 1024 ** 3;

export type ExportForm = 'adapter' | 'merged';

/** How a whole model is written: bfloat16 as models are published, or float32, which loses nothing of a short training at a low rate. */
export const exportPrecisions = { bfloat16: 'BF16', float32: 'F32' } as const;
export type ExportPrecision = keyof typeof exportPrecisions;

/**
 * Writes a checkpoint's adapter in PEFT's layout, or the whole model with what was trained in it, in shards.
 * @returns the step it is from.
 * @param options.base Where the model is now that the run was trained on; where the run has it by default.
 * @throws InputError when there is no such checkpoint, the folder is taken, the run has no adapter, or a whole model's base is another.
 */
export function exportRun(run: RunFolder, out: string, form: ExportForm, { step, precision = 'bfloat16', base }: { readonly step?: number; readonly precision?: ExportPrecision; readonly base?: string } = {}): number {
  const known = run.checkpoints.list();
  const chosen = step === undefined ? known.at(-1) : known.find((each) => each.step === step);
  if (!chosen) throw new InputError({ thing: `run ${run.name}`, expected: step === undefined ? 'a checkpoint' : `a checkpoint after ${step} steps`, found: known.length === 0 ? 'none' : known.map((each) => each.step).join(', '), remedy: 'Choose one that is kept.' });
  requireEmpty(out);
  // One that is damaged is no export.
  assertSums(chosen.folder);
  const { config } = run;
  const full = config.parameters.kind === 'full';
  if (full && form === 'adapter') throw new InputError({ thing: `run ${run.name}`, expected: 'a run that trained an adapter', found: 'one that trained all weights', remedy: 'Use --form merged.' });
  if (form === 'adapter') {
    checkAdapter(chosen.folder);
    copyAdapter(chosen.folder, out);
  } else {
    const folder = base ?? config.model.folder;
    if (!existsSync(folder)) throw new InputError({ thing: `run ${run.name}: model.folder`, expected: 'the model that it was trained on', found: `nothing in ${folder}`, remedy: 'Put it back, or say where it is now: --base FOLDER.' });
    assertSameBase(run, folder, config, chosen.folder);
    writeMerged(folder, chosen.folder, out, full, precision);
  }
  return chosen.step;
}

/** @throws InputError where the base is another than what the run trained on. */
function assertSameBase(run: RunFolder, base: string, config: RunConfig, checkpoint: string): void {
  // What is exported needs the weights alone: a folder that is only those has no word of what it began with.
  const began = hasState(checkpoint) ? stateOf(checkpoint).began : undefined;
  if (began === undefined || began.model === modelFingerprint(base, readModelConfig(base))) return;
  throw new InputError({
    thing: `run ${run.name}: ${base}`, expected: 'the same weights, tokenizer and settings as when the run began', found: base === config.model.folder ? 'others: they were changed in place' : 'those of another model',
    remedy: config.parameters.kind === 'full' ? 'Put back what was there.' : 'Put back what was there, or export the adapter alone.',
  });
}

/**
 * The same for an adapter that is from no run here, with the base model that it was trained on.
 * @throws InputError when the base is no model or the adapter is not for it, or the folder is taken.
 */
export function exportAdapter(adapter: string, base: string, out: string, form: ExportForm, precision: ExportPrecision = 'bfloat16'): void {
  requireEmpty(out);
  if (form === 'merged') return writeMerged(base, adapter, out, false, precision);
  readAdapter(adapter, readModelConfig(base));
  copyAdapter(adapter, out);
}

function requireEmpty(out: string): void {
  if (existsSync(out) && withFile(out, 'a folder', () => readdirSync(out)).length > 0) throw new InputError({ thing: out, expected: 'a folder that is not there yet, or empty', found: 'files', remedy: 'Choose another folder.' });
}

/** Where a file of an export is written. */
type Place = (name: string) => string;

/** Makes the folder and what is in it. Nothing stays of an export that fails: half a model looks like one, and the next attempt needs the name. */
function makeOutput(out: string, write: (place: Place) => void): void {
  const there = existsSync(out);
  withFile(out, 'a folder that can be written', () => makeFolders(out));
  const written: string[] = [];
  try {
    write((name) => {
      written.push(path.join(out, name));
      return path.join(out, name);
    });
  } catch (error) {
    for (const file of written) rmSync(file, { force: true });
    // What another program put there meanwhile is its own.
    if (!there && readdirSync(out).length === 0) rmdirSync(out);
    throw error;
  }
}

const copyFile = (from: string, to: string): void => withFile(to, 'a file that can be written', () => copyFileSync(from, to));

function copyAdapter(adapter: string, out: string): void {
  makeOutput(out, (place) => {
    for (const name of adapterFiles) copyFile(path.join(adapter, name), place(name));
  });
}

function writeMerged(base: string, checkpoint: string, out: string, full: boolean, precision: ExportPrecision): void {
  const config = readModelConfig(base);
  const own = openWeights(base, config);
  const weights = full ? withTrainedWeights(own, config, checkpoint) : own;
  const adapter = full ? undefined : readAdapter(checkpoint, config);
  const values = (name: string): Float32Array => {
    const matrix = weights.readFloat32(name);
    const lora = adapter?.matrices.get(name.replace(/^model\./, '').replace(/\.weight$/, ''));
    return lora ? merged(matrix, lora) : matrix;
  };
  const tensors = [...expectedTensors(config)].map(([name, shape]): TensorToWrite & { bytes: number } => ({ name, dtype: exportPrecisions[precision], shape, values: () => [values(name)], bytes: DTYPE_BYTES[exportPrecisions[precision]] * shape.reduce((a, b) => a * b, 1) }));
  try {
    makeOutput(out, (place) => {
      for (const name of readdirSync(base)) if (/\.(json|jinja|txt)$/.test(name) && name !== 'model.safetensors.index.json') copyFile(path.join(base, name), place(name));
      tellPrecision(path.join(out, 'config.json'), precision);
      writeShards(place, tensors);
    });
  } finally {
    weights.close();
  }
}

/** Writes into a copied config.json what its weights are now, under the names that Transformers has for it. */
function tellPrecision(file: string, precision: ExportPrecision): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const told = (part: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(part).map(([key, value]) => [key, key === 'torch_dtype' || key === 'dtype' ? precision : key === 'text_config' || key === 'vision_config' ? told(value as Record<string, unknown>) : value]));
  withFile(file, 'a file that can be written', () => writeFileSync(file, `${JSON.stringify(told(config), null, 2)}\n`));
}

/** W + scale·B·A; W [out, in] is changed in place. */
function merged(matrix: Float32Array, { a, b, rank, scale }: LoraMatrices): Float32Array {
  const inputs = a.length / rank;
  for (let row = 0; row < b.length / rank; row++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * (b[row * rank + r] as number);
      for (let i = 0; i < inputs; i++) matrix[row * inputs + i] = (matrix[row * inputs + i] as number) + factor * (a[r * inputs + i] as number);
    }
  }
  return matrix;
}

function writeShards(place: Place, tensors: readonly (TensorToWrite & { readonly bytes: number })[]): void {
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const count = Math.ceil(total / shardBytes);
  let before = 0;
  const shards = Map.groupBy(tensors, ({ bytes }) => {
    const shard = Math.min(count - 1, Math.floor(before / shardBytes));
    before += bytes;
    return shard;
  });
  const index: Record<string, string> = {};
  for (const [i, part] of shards) {
    const five = (n: number): string => String(n).padStart(5, '0');
    const file = count === 1 ? 'model.safetensors' : `model-${five(i + 1)}-of-${five(count)}.safetensors`;
    writeSafetensors(place(file), part, { format: 'pt' });
    for (const { name } of part) index[name] = file;
  }
  if (count > 1) writeSafetensorsIndex(place('model.safetensors.index.json'), total, index);
}

function writeSafetensorsIndex(file: string, total: number, index: Readonly<Record<string, string>>): void {
  writeTextAtomic(file, `${JSON.stringify({ metadata: { total_size: total }, weight_map: index }, null, 2)}\n`);
}
