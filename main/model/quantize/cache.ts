import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { freeBytes, makeFolders } from '../../home.ts';
import { InputError } from '../../records/input-error.ts';
import { refusedBySystem, withFile } from '../folder/file-errors.ts';
import type { ExternalSlice } from '../graphs/parameters.ts';
import { type Layout, layoutOf, weightsFile } from './layout.ts';
import { schemeText } from './scheme.ts';
import { type WeightsFileOptions, writeWeights } from './weights-file.ts';

// Raised whenever the layout or the arithmetic changes: older folders are then made anew.
const formatVersion = 2;
export const manifestFile = 'manifest.json';
/** What is expected of the place of a copy. */
export const copyFolder = 'a folder that can be written, for the quantised weights';
const mebibyte = 1024 ** 2;
const dayMs = 24 * 3600 * 1000;

export type QuantizeOptions = WeightsFileOptions & {
  /** Folder that holds one folder for each model and scheme. */
  readonly root: string;
  /** What it was made from, for people: the model's folder. */
  readonly model?: string;
  /** Whatever the result depends on besides the scheme (see modelIdentity). */
  readonly identity: readonly string[];
  /** Something that was mended on the way, in words. */
  readonly onNote?: (note: string) => void;
};

/** The folder of all copies within a data folder. */
export const quantizedRoot = (home: string): string => path.join(home, 'quantized');

/** Quantised matrices in a file: `slice(part)` says where a part lies in it: the name of a matrix or vector, or a matrix’s with `.scales` or `.zeroPoints`. */
export type QuantizedMatrices = { readonly folder: string; readonly slice: (part: string) => ExternalSlice | undefined };

/** What lies beside weights.bin: enough to use the copy without this program, and to tell whether it is unharmed. */
const manifestSchema = z.object({
  version: z.literal(formatVersion),
  model: z.string().exactOptional(),
  scheme: z.string(),
  made: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  parts: z.record(z.string(), z.object({ location: z.literal(weightsFile), offset: z.number(), length: z.number(), type: z.enum(['uint8', 'float32']), shape: z.array(z.number()).readonly() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

/**
 * The matrices in blocks of few bits: from the cache where an unharmed copy lies there, else made now and kept.
 * A copy appears whole or not at all; of two processes that make it at once, one is kept.
 * @throws InputError when the disk has no room or the folder cannot be written; the signal's reason when it is aborted.
 */
export async function quantizedMatrices(options: QuantizeOptions): Promise<QuantizedMatrices> {
  const { root, scheme, matrices, vectors, identity } = options;
  // Its 32 digits are the folder's name, by which copies.ts knows it.
  const key = createHash('sha256').update(JSON.stringify([formatVersion, schemeText(scheme), ...identity])).digest('hex').slice(0, 32);
  const folder = path.join(root, key);
  const layout = layoutOf(scheme, matrices, vectors);
  if (await isUnharmed(folder, layout, options)) touch(path.join(folder, manifestFile));
  else await make(folder, layout, options);
  return { folder, slice: (part) => layout.parts[part] };
}

/** Notes that a copy was used: by that one knows the old ones (see copies.ts). A folder that is only read is no fault. */
function touch(manifest: string): void {
  try {
    utimesSync(manifest, new Date(), new Date());
  } catch {
    // then it looks older than it is
  }
}

/** Whether a copy is there to be used; a harmed one is removed. */
async function isUnharmed(folder: string, layout: Layout, { onNote, signal }: QuantizeOptions): Promise<boolean> {
  const examined = folderId(folder);
  if (examined === undefined) return false;
  const harm = await harmOf(folder, layout, signal);
  if (harm === undefined) return true;
  onNote?.(`the quantised copy in ${folder} is damaged (${harm}); it is made anew`);
  // Another process may have noticed too, and have put a good copy in its place meanwhile.
  if (folderId(folder) === examined) withFile(folder, 'a folder that can be removed', () => rmSync(folder, { recursive: true, force: true }));
  return false;
}

/** Tells a folder from another of the same name; a file system may give a new one the number of one just removed. */
function folderId(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.birthtimeMs}`;
}

/** What is wrong with a copy, in words. */
async function harmOf(folder: string, layout: Layout, signal: AbortSignal | undefined): Promise<string | undefined> {
  const manifest = readManifest(path.join(folder, manifestFile));
  if (!manifest) return 'its manifest cannot be read';
  if (!isDeepStrictEqual({ parts: manifest.parts, bytes: manifest.bytes }, layout)) return 'its manifest lists other tensors than the model has';
  const file = path.join(folder, weightsFile);
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size !== layout.bytes) return `${weightsFile} has ${size ?? 'no'} bytes instead of ${layout.bytes}`;
  try {
    return (await sha256(file, signal)) === manifest.sha256 ? undefined : `${weightsFile} has another SHA-256 than when it was written`;
  } catch (error) {
    signal?.throwIfAborted();
    return `${weightsFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What a copy says about itself; nothing where that cannot be read, or is of another version. */
export function readManifest(file: string): Manifest | undefined {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

async function sha256(file: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file, { highWaterMark: 4 * 1024 ** 2, ...(signal && { signal }) })) hash.update(bytes as Uint8Array);
  return hash.digest('hex');
}

/** Makes the copy in a temporary folder beside its place, and gives that its name. */
async function make(folder: string, layout: Layout, options: QuantizeOptions): Promise<void> {
  const { root } = options;
  withFile(root, 'a folder that can be made', () => makeFolders(root));
  await withRoom(root, layout.bytes, async () => {
    removeAbandoned(root);
    assertRoom(root, layout.bytes);
    const temporary = `${folder}.${randomUUID()}.tmp`;
    try {
      mkdirSync(temporary);
      await write(temporary, layout, options);
      await keep(temporary, folder, layout);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}

/** Temporary folders that a crash left: nobody has written to them for a day. */
function removeAbandoned(root: string): void {
  for (const name of readdirSync(root).filter((name) => name.endsWith('.tmp'))) {
    const folder = path.join(root, name);
    const written = (statSync(path.join(folder, weightsFile), { throwIfNoEntry: false }) ?? statSync(folder, { throwIfNoEntry: false }))?.mtimeMs;
    if (written !== undefined && Date.now() - written > dayMs) rmSync(folder, { recursive: true, force: true });
  }
}

/** Gives the finished folder its name; where another process was first, its equal copy stays. */
async function keep(temporary: string, folder: string, layout: Layout): Promise<void> {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if ((await harmOf(folder, layout, undefined)) !== undefined) throw error;
  }
}

async function write(folder: string, layout: Layout, options: QuantizeOptions): Promise<void> {
  const sha256 = await writeWeights(path.join(folder, weightsFile), layout, options);
  const manifest: Manifest = { version: formatVersion, ...(options.model !== undefined && { model: options.model }), scheme: schemeText(options.scheme), made: new Date().toISOString(), sha256, ...layout };
  writeFileSync(path.join(folder, manifestFile), JSON.stringify(manifest), { flush: true });
}

function assertRoom(root: string, needed: number): void {
  const free = freeBytes(root);
  if (free < needed) throw noRoom(root, needed, `${Math.floor(free / mebibyte)} MiB`);
}

/** Runs what fills the folder; the system's refusal becomes an InputError. */
async function withRoom<T>(root: string, needed: number, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC') throw noRoom(root, needed, `a full disk with ${Math.floor(freeBytes(root) / mebibyte)} MiB free after removing what was written`, error);
    if (code === 'EDQUOT') throw noRoom(root, needed, 'the disk quota used up', error);
    return refusedBySystem(root, copyFolder)(error);
  }
}

const noRoom = (root: string, needed: number, found: string, cause?: unknown): InputError =>
  new InputError({
    thing: root,
    expected: `${Math.ceil(needed / mebibyte)} MiB free for the quantised weights`,
    found,
    remedy: 'Free some space, or set ARFT_HOME to a folder on another disk.',
  }, { cause });
