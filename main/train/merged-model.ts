import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { LoraMatrices } from '../model/folder/adapter.ts';
import { readAdapter } from '../model/folder/adapter-reader.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { withFile, withFileAsync } from '../model/folder/file-errors.ts';
import { DTYPE_BYTES } from '../model/folder/safetensors-header.ts';
import { type FloatDtype, type TensorToWrite, safetensorsBytes } from '../model/folder/safetensors-writer.ts';
import { withTrainedWeights } from '../model/folder/trained-weights.ts';
import { type Weights, openWeights } from '../model/folder/weights.ts';
import type { Place } from './export-folder.ts';

/** Bytes of a weight file, about. */
const shardBytes = 4 * 1024 ** 3;
/** Values of a matrix that are merged at a time, about. */
const pieceValues = 2 << 20;

/** How a whole model is written: bfloat16 as models are published, or float32, which loses nothing of a short training at a low rate. */
export const exportPrecisions = { bfloat16: 'BF16', float32: 'F32' } as const satisfies Readonly<Record<string, FloatDtype>>;
export type ExportPrecision = keyof typeof exportPrecisions;

/** How an export is followed, and ended before its time. */
export type ExportHooks = { readonly signal?: AbortSignal | undefined; /** Bytes of the weights. */ readonly onProgress?: ((done: number, total: number) => void) | undefined };

type Sized = TensorToWrite & { readonly bytes: number };

export type Merging = { /** Folder of the model. */ readonly base: string; /** What was trained on it: an adapter, or with `full` its weights. */ readonly checkpoint: string; readonly full: boolean; readonly precision: ExportPrecision };

/** Writes a model with what was trained in it, in shards, a piece of a matrix at a time. */
export async function writeMerged(place: Place, { base, checkpoint, full, precision }: Merging, { signal, onProgress = () => {} }: ExportHooks): Promise<void> {
  const config = readModelConfig(base);
  const own = openWeights(base, config);
  let weights = own;
  try {
    if (full) weights = withTrainedWeights(own, config, checkpoint);
    const adapter = full ? undefined : readAdapter(checkpoint, config);
    const dtype = exportPrecisions[precision];
    const tensors = [...expectedTensors(config)].map(([name, shape]): Sized => ({
      name, dtype, shape, bytes: DTYPE_BYTES[dtype] * shape.reduce((a, b) => a * b, 1),
      values: () => mergedPieces(weights, name, shape, adapter?.matrices.get(name.replace(/^model\./, '').replace(/\.weight$/, ''))),
    }));
    for (const name of readdirSync(base)) if (/\.(json|jinja|txt)$/.test(name) && name !== 'model.safetensors.index.json') copyFile(path.join(base, name), place(name));
    tellPrecision(place('config.json'), precision);
    await writeShards(place, tensors, { signal, onProgress });
    signal?.throwIfAborted();
  } finally {
    weights.close();
  }
}

export const copyFile = (from: string, to: string): void => withFile(to, 'a file that can be written', () => copyFileSync(from, to));

/** Writes into a copied config.json what its weights are now, under the names that Transformers has for it. */
function tellPrecision(file: string, precision: ExportPrecision): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const told = (part: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(part).map(([key, value]) => [key, key === 'torch_dtype' || key === 'dtype' ? precision : key === 'text_config' || key === 'vision_config' ? told(value as Record<string, unknown>) : value]));
  withFile(file, 'a file that can be written', () => writeFileSync(file, `${JSON.stringify(told(config), null, 2)}\n`));
}

/** The values of a tensor, of a matrix in rows: W + scale·B·A where it has an adapter. */
function* mergedPieces(weights: Weights, name: string, shape: readonly number[], lora: LoraMatrices | undefined): Generator<Float32Array> {
  const [rows = 0, inputs = 0] = shape;
  if (shape.length !== 2) return yield weights.readFloat32(name);
  const atOnce = Math.max(1, Math.floor(pieceValues / inputs));
  for (let first = 0; first < rows; first += atOnce) {
    const piece = weights.readRows(name, first, Math.min(atOnce, rows - first));
    if (lora) addProduct(piece, first, lora);
    yield piece;
  }
}

/** Adds scale·B·A to rows of W [out, in] from `first` on, in place. */
function addProduct(rows: Float32Array, first: number, { a, b, rank, scale }: LoraMatrices): void {
  const inputs = a.length / rank;
  for (let row = 0; row < rows.length / inputs; row++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * (b[(first + row) * rank + r] as number);
      for (let i = 0; i < inputs; i++) rows[row * inputs + i] = (rows[row * inputs + i] as number) + factor * (a[r * inputs + i] as number);
    }
  }
}

async function writeShards(place: Place, tensors: readonly Sized[], { signal, onProgress }: Required<ExportHooks>): Promise<void> {
  const total = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const count = Math.ceil(total / shardBytes);
  let before = 0;
  const shards = Map.groupBy(tensors, ({ bytes }) => {
    const shard = Math.min(count - 1, Math.floor(before / shardBytes));
    before += bytes;
    return shard;
  });
  let done = 0;
  const index: Record<string, string> = {};
  for (const [i, part] of shards) {
    const five = (n: number): string => String(n).padStart(5, '0');
    const file = count === 1 ? 'model.safetensors' : `model-${five(i + 1)}-of-${five(count)}.safetensors`;
    await writeFileOf(place(file), safetensorsBytes(place(file), part, { format: 'pt' }), signal, (bytes) => onProgress?.(Math.min(total, (done += bytes)), total));
    for (const { name } of part) index[name] = file;
  }
  if (count > 1) withFile(place('model.safetensors.index.json'), 'a file that can be written', () => writeFileSync(place('model.safetensors.index.json'), `${JSON.stringify({ metadata: { total_size: total }, weight_map: index }, null, 2)}\n`));
}

/** Between two pieces whatever else waits has its turn, a signal among it. */
function writeFileOf(file: string, pieces: Iterable<Uint8Array>, signal: AbortSignal | undefined, onPiece: (bytes: number) => void): Promise<void> {
  return withFileAsync(file, 'a file that can be written', async () => {
    const handle = await open(file, 'wx');
    try {
      for (const piece of pieces) {
        signal?.throwIfAborted();
        await handle.appendFile(piece);
        onPiece(piece.byteLength);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}
