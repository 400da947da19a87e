import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkDecodable } from '../model/image/decode.ts';
import { kindOf } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { bytesOfDataUri, imageReference, isDataUri, shownName } from './image-reference.ts';
import type { ImageStore } from './image-store.ts';

/** An image of a row cannot be had: why. */
export class ImageFault extends Error {}

/**
 * Images of a data set on their way into the store. Each file is read once, and an image is decoded once, to learn that
 * it can be, however many rows show it and however many files hold it.
 */
export class ImageImport {
  readonly #store: ImageStore;
  readonly #folder: string;
  readonly #references = new Map<string, Promise<string>>();
  readonly #kept = new Map<string, Promise<string>>();

  /** @param folder Where names that are no absolute paths are looked up. */
  constructor(store: ImageStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  /** How many different images were looked at. */
  get count(): number {
    return this.#kept.size;
  }

  /** The reference of an image by its name in the data set. Throws ImageFault. */
  reference(name: string): Promise<string> {
    if (isDataUri(name)) return this.#keepText(name);
    const known = this.#references.get(name);
    if (known) return known;
    const found = this.#find(name);
    this.#references.set(name, found);
    return found;
  }

  /** The reference of an image that a file holds within. Throws ImageFault. */
  keep(bytes: Uint8Array, name: string, reference = imageReference(bytes)): Promise<string> {
    const kept = this.#kept.get(reference) ?? this.#put(bytes, reference, name);
    this.#kept.set(reference, kept);
    return kept;
  }

  async #put(bytes: Uint8Array, reference: string, name: string): Promise<string> {
    // What is in the store was decoded when it came there.
    if (!(await this.#store.has(reference))) await decodable(bytes, name);
    return this.#store.put(bytes, reference);
  }

  async #find(name: string): Promise<string> {
    if (name.startsWith('sha256:')) {
      if (!(await this.#store.has(name))) throw new ImageFault(`image ${name} is not in the image store`);
      return name;
    }
    if (name.trim() === '') throw new ImageFault('image without a name');
    for (const spelling of spellings(name)) {
      const bytes = await readOrFault(path.resolve(this.#folder, spelling), name);
      if (bytes) return this.keep(bytes, name);
    }
    throw new ImageFault(`image ${shownName(name)} is not in ${this.#folder}`);
  }

  async #keepText(name: string): Promise<string> {
    const bytes = bytesOfDataUri(name);
    if (!bytes || bytes.byteLength === 0) throw new ImageFault(`image ${shownName(name)} cannot be read: expected base64 after ";base64,"`);
    return this.keep(bytes, shownName(name));
  }
}

/** A name, and its last part alone; each also as other systems spell its accents. */
export const spellings = (name: string): ReadonlySet<string> => new Set([name, path.basename(name.replaceAll('\\', '/'))].flatMap((each) => [each, each.normalize('NFC'), each.normalize('NFD')]));

/** A file's bytes; nothing where there is none. Throws ImageFault for what is there and cannot be read. */
async function readOrFault(file: string, name: string): Promise<Uint8Array | undefined> {
  try {
    const found = await stat(file);
    if (!found.isFile() && !found.isDirectory()) throw new ImageFault(`image ${shownName(name)} cannot be read: it is ${kindOf(found)}`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof ImageFault) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') return undefined;
    throw new ImageFault(`image ${shownName(name)} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : message}`);
  }
}

async function decodable(bytes: Uint8Array, name: string): Promise<void> {
  try {
    await checkDecodable(bytes, name);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new ImageFault(`image ${shownName(name)} cannot be decoded: ${error.expectation.found}`);
  }
}
