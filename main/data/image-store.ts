import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kindOf } from '../model/folder/file-errors.ts';
import { encodeThumbnail } from '../model/image/thumbnail.ts';
import { InputError } from '../records/input-error.ts';
import type { ImageSource } from '../records/policy.ts';
import { bytesOfDataUri, imageReference, isDataUri, scheme, shownName } from './image-reference.ts';
import { removeOldPictureParts, removeUnfinished } from './unfinished-files.ts';

/**
 * Encoded images by the hash of their bytes: `<folder>/<two digits>/<64 digits>`, thumbnails beside them. A file is
 * complete or not there, since it gets its name only when it is whole; what is read is checked against its name. So
 * several processes may share a folder, and nothing needs to be flushed to the disk before it counts.
 */
export class ImageStore implements ImageSource {
  readonly folder: string;
  #cleaned: Promise<void> | undefined;

  constructor(folder: string) {
    this.folder = path.resolve(folder);
  }

  /**
   * Keeps bytes and returns their reference. Bytes that are there already are not written again, damaged ones are.
   * @param reference Of these bytes, where it is known.
   * @throws InputError for no bytes, and where the folder cannot be written.
   */
  async put(bytes: Uint8Array, reference = imageReference(bytes)): Promise<string> {
    if (bytes.byteLength === 0) throw new InputError({ thing: 'an image', expected: 'the bytes of an image file', found: 'no bytes', remedy: 'Choose another file.' });
    const file = this.#file(hexOf(reference));
    const kept = (await noteUse(file)) ? await readOrNothing(file) : undefined;
    if (kept === undefined || Buffer.compare(kept, bytes) !== 0) await this.#write(file, bytes);
    return reference;
  }

  /**
   * The encoded bytes of an image.
   * @param reference `sha256:…`, `data:…;base64,…`, or the path of a file.
   * @throws InputError where there is none, the reference is malformed, or the kept bytes are damaged.
   */
  async read(reference: string): Promise<Uint8Array> {
    if (isDataUri(reference)) return readText(reference);
    if (!reference.startsWith(scheme)) return readNamed(reference);
    const file = this.#file(hexOf(reference));
    await noteUse(file);
    const bytes = await readOrNothing(file);
    if (bytes === undefined) throw new InputError({ thing: `image ${reference}`, expected: `its file in ${this.folder}`, found: 'none', remedy: 'Import the data set again, with its images.' });
    const found = imageReference(bytes);
    if (found !== reference) throw new InputError({ thing: `image ${reference}`, expected: 'a file with this hash', found: `${bytes.byteLength} bytes with the hash ${found}`, remedy: 'Import the image again; the damaged file is replaced.' });
    return bytes;
  }

  /** Whether an image can be read; of a kept one only whether its file is there. */
  async has(reference: string): Promise<boolean> {
    if (isDataUri(reference)) return bytesOfDataUri(reference) !== undefined;
    return reference.startsWith(scheme) ? noteUse(this.#file(hexOf(reference))) : isFile(reference);
  }

  /**
   * The image as WebP that fits into a square of `side` pixels; made once and kept.
   * @throws InputError as read does, and where the bytes are no image.
   */
  async thumbnail(reference: string, side: number): Promise<Uint8Array> {
    const bytes = reference.startsWith(scheme) ? undefined : await this.read(reference);
    const hex = hexOf(bytes ? imageReference(bytes) : reference);
    const file = path.join(this.folder, 'thumbnails', String(side), hex.slice(0, 2), `${hex}.webp`);
    const kept = await readOrNothing(file);
    if (kept !== undefined && kept.byteLength > 0) return kept;
    const small = await encodeThumbnail(bytes ?? (await this.read(reference)), side, `image ${reference}`);
    await this.#write(file, small);
    return small;
  }

  /** With the first file, what processes left that ended over their own is removed. */
  async #write(file: string, bytes: Uint8Array): Promise<void> {
    await (this.#cleaned ??= this.#clean());
    await writeWhole(this.folder, file, bytes);
  }

  async #clean(): Promise<void> {
    await removeUnfinished(path.join(this.folder, unfinished), /^(\d+)\./);
    // It looks through all folders, and nobody waits for what it finds.
    void removeOldPictureParts(this.folder);
  }

  #file(hex: string): string {
    return path.join(this.folder, hex.slice(0, 2), hex);
  }
}

/** The digits alone, which are safe as a file's name. */
function hexOf(reference: string): string {
  const hex = reference.slice(scheme.length);
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new InputError({ thing: `image ${reference}`, expected: 'sha256: and 64 hexadecimal digits, or the path of a file', found: `${hex.length} characters after sha256:`, remedy: 'Correct the reference.' });
  return hex;
}

function readText(reference: string): Uint8Array {
  const bytes = bytesOfDataUri(reference);
  if (bytes) return bytes;
  throw new InputError({ thing: `image ${shownName(reference)}`, expected: 'base64 after ";base64,"', found: 'something else', remedy: 'Correct the data set.' });
}

async function readNamed(file: string): Promise<Uint8Array> {
  try {
    const found = await stat(file);
    if (!found.isFile()) throw new Error(`it is ${kindOf(found)}`);
    return await readFile(file);
  } catch (error) {
    throw new InputError({ thing: `image ${file}`, expected: 'a file that can be read', found: (error as Error).message, remedy: 'Check the path and its permissions.' }, { cause: error });
  }
}

async function readOrNothing(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError({ thing: file, expected: 'a file that can be read', found: (error as Error).message, remedy: 'Check the permissions of the data folder.' }, { cause: error });
  }
}

/** Uses of a picture within this time of each other are noted once. */
export const noteUseMs = 3_600_000;

/**
 * Notes in a kept file's time that somebody uses it, before it counts on it: what is named by nothing and was not used for
 * long is removed by who cleans up, who looks at the time again before it does.
 * @returns whether the file is there.
 */
async function noteUse(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return false;
  const now = Date.now();
  if (now - found.mtimeMs < noteUseMs) return true;
  // A store that cannot be written to is cleaned up by nobody.
  return utimes(file, now / 1000, now / 1000).then(() => true, (error: NodeJS.ErrnoException) => error.code !== 'ENOENT');
}

const isFile = (file: string): Promise<boolean> => stat(file).then((found) => found.isFile(), () => false);

async function writeWhole(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const part = path.join(folder, unfinished, `${process.pid}.${randomUUID()}`);
  try {
    await inFolder(part, () => writeFile(part, bytes));
    await inFolder(file, () => rename(part, file));
  } catch (error) {
    // Where a file stands for the folder, there is nothing to remove, and the system says so.
    await rm(part, { force: true }).catch(() => undefined);
    throw new InputError({ thing: file, expected: 'a folder that can be written to', found: (error as Error).message, remedy: 'Check free space and permissions.' }, { cause: error });
  }
}

/** The folder is made where it is not there, which is seldom. */
async function inFolder(file: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(path.dirname(file), { recursive: true });
    await action();
  }
}

/** Files that are being written, in a folder of the store: `<process>.<random>`. */
const unfinished = 'unfinished';
