import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, statfsSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import { withFile } from '../folder/file-errors.ts';
import type { ExternalSlice } from '../graphs/parameters.ts';
import { quantizeRows } from './blocks.ts';
import { type QuantizationScheme, quantizedSizes, schemeText } from './scheme.ts';

// Raised whenever the layout or the arithmetic changes: older folders are then made anew.
const formatVersion = 1;
const weightsFile = 'weights.bin';
const manifestFile = 'manifest.json';
const alignment = 4096;
// Float32 bytes of a matrix that are in memory at one time.
const sliceBytes = 64 * 1024 ** 2;

/** A matrix to quantise, read in slices of rows. */
export type MatrixSource = {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly read: (firstRow: number, count: number) => Float32Array;
};

/** A norm's weight or a bias: kept in float32 beside the matrices, because onnxruntime is faster with all of a layer at hand. */
export type VectorSource = { readonly name: string; readonly read: () => Float32Array };

export type QuantizeOptions = {
  /** Folder that holds one folder for each model and scheme. */
  readonly root: string;
  readonly scheme: QuantizationScheme;
  readonly matrices: readonly MatrixSource[];
  readonly vectors: readonly VectorSource[];
  /** Whatever the result depends on besides the scheme: the config's text, names, sizes and times of the weight files. */
  readonly identity: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
  /** Something that was mended on the way, in words. */
  readonly onNote?: (note: string) => void;
  readonly signal?: AbortSignal;
};

/** Quantised matrices in a file: `slice(part)` says where a part lies in it: the name of a matrix, the same with `.scales` or `.zeroPoints`, or of a vector. */
export type QuantizedMatrices = { readonly folder: string; slice(part: string): ExternalSlice | undefined };

const sliceSchema = z.object({ location: z.literal(weightsFile), offset: z.number(), length: z.number(), type: z.enum(['uint8', 'float32']), shape: z.array(z.number()) });
const manifestSchema = z.object({ version: z.literal(formatVersion), scheme: z.string(), sha256: z.string(), bytes: z.number(), parts: z.record(z.string(), sliceSchema) });
type Manifest = z.infer<typeof manifestSchema>;

/**
 * The matrices in blocks of few bits: from the cache where an unharmed copy lies there, else made now and kept.
 * A copy appears whole or not at all; of two processes that make it at once, one is kept.
 * @throws InputError when the disk has no room or the folder cannot be written.
 */
export async function quantizedMatrices(options: QuantizeOptions): Promise<QuantizedMatrices> {
  const key = createHash('sha256').update(JSON.stringify([formatVersion, options.scheme, ...options.identity])).digest('hex').slice(0, 32);
  const folder = path.join(options.root, key);
  const kept = existsSync(folder) ? await openKept(folder, options) : undefined;
  return opened(folder, kept ?? (await make(folder, options)));
}

const opened = (folder: string, { parts }: Manifest): QuantizedMatrices => ({ folder, slice: (part) => parts[part] });

/** The manifest of a copy that is complete and unharmed; a harmed one is removed. */
async function openKept(folder: string, { onNote }: QuantizeOptions): Promise<Manifest | undefined> {
  const harm = await (async () => {
    const manifest = readManifest(path.join(folder, manifestFile));
    if (!manifest) return 'its manifest cannot be read';
    const file = path.join(folder, weightsFile);
    if (!existsSync(file) || statSync(file).size !== manifest.bytes) return `${weightsFile} is not of ${manifest.bytes} bytes`;
    return (await sha256(file)) === manifest.sha256 ? manifest : `${weightsFile} has another SHA-256 than when it was written`;
  })();
  if (typeof harm !== 'string') return harm;
  onNote?.(`the quantised copy in ${folder} is damaged (${harm}); it is made anew`);
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

function readManifest(file: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: 4 * 1024 ** 2 })) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}

async function make(folder: string, options: QuantizeOptions): Promise<Manifest> {
  withFile(options.root, 'a folder that can be written', () => mkdirSync(options.root, { recursive: true }));
  assertRoom(options);
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    return await withRoom(options, async () => {
      mkdirSync(temporary);
      const manifest = await write(temporary, options);
      keep(temporary, folder);
      return manifest;
    });
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Gives the finished folder its name; where another process was first, its equal copy stays. */
function keep(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!existsSync(path.join(folder, manifestFile))) throw error;
  }
}

async function write(folder: string, { scheme, matrices, vectors, onProgress, signal }: QuantizeOptions): Promise<Manifest> {
  const file = openSync(path.join(folder, weightsFile), 'wx');
  const hash = createHash('sha256');
  const parts: Record<string, ExternalSlice & { location: typeof weightsFile }> = {};
  let offset = 0;
  const put = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    hash.update(bytes);
    offset += bytes.length;
  };
  const part = (name: string, type: 'uint8' | 'float32', shape: readonly number[], chunks: readonly (Uint8Array | Float32Array)[]): void => {
    put(new Uint8Array((alignment - (offset % alignment)) % alignment));
    const start = offset;
    for (const chunk of chunks) put(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    parts[name] = { location: weightsFile, offset: start, length: offset - start, type, shape: [...shape] };
  };
  try {
    for (const [i, { name, rows, columns, read }] of matrices.entries()) {
      const rowsAtOnce = Math.max(1, Math.floor(sliceBytes / (4 * columns)));
      const chunks: ReturnType<typeof quantizeRows>[] = [];
      for (let first = 0; first < rows; first += rowsAtOnce) {
        const count = Math.min(rowsAtOnce, rows - first);
        chunks.push(quantizeRows(read(first, count), count, columns, scheme));
        await new Promise(setImmediate); // lets a cancel arrive
        signal?.throwIfAborted();
      }
      const { blocks, blockBytes, scales, zeroPointBytes } = quantizedSizes(scheme, rows, columns);
      part(name, 'uint8', [rows, blocks, blockBytes], chunks.map((chunk) => chunk.weights));
      part(`${name}.scales`, 'float32', [scales], chunks.map((chunk) => chunk.scales));
      if (!scheme.symmetric) part(`${name}.zeroPoints`, 'uint8', [zeroPointBytes], chunks.map((chunk) => chunk.zeroPoints));
      onProgress?.(i + 1, matrices.length);
    }
    for (const { name, read } of vectors) {
      const values = read();
      part(name, 'float32', [values.length], [values]);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const manifest: Manifest = { version: formatVersion, scheme: schemeText(scheme), sha256: hash.digest('hex'), bytes: offset, parts: parts as Manifest['parts'] };
  writeFileSync(path.join(folder, manifestFile), JSON.stringify(manifest), { flush: true });
  return manifest;
}

/** Bytes that the copy will take. */
export function quantizedBytes(scheme: QuantizationScheme, matrices: readonly Pick<MatrixSource, 'rows' | 'columns'>[]): number {
  return matrices.reduce((sum, { rows, columns }) => {
    const { weightBytes, scales, zeroPointBytes } = quantizedSizes(scheme, rows, columns);
    return sum + weightBytes + 4 * scales + zeroPointBytes;
  }, 0);
}

function assertRoom({ root, scheme, matrices }: QuantizeOptions): void {
  const needed = quantizedBytes(scheme, matrices) + 8 * alignment * matrices.length; // vectors and alignment
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize < needed) throw noRoom(root, needed, bavail * bsize);
}

async function withRoom<T>({ root, scheme, matrices }: QuantizeOptions, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw noRoom(root, quantizedBytes(scheme, matrices), statfsSync(root).bavail * statfsSync(root).bsize, error);
    if (code === 'EACCES' || code === 'EROFS') withFile(root, 'a folder that can be written', () => { throw error; });
    throw error;
  }
}

const noRoom = (root: string, needed: number, free: number, cause?: unknown): InputError =>
  new InputError({
    thing: root,
    expected: `${mebibytes(needed)} free for the quantised weights`,
    found: mebibytes(free),
    remedy: 'Free some space, or set ARFT_HOME to a folder on another disk.',
  }, { cause });

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MiB`;
