import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkDecodable } from '../model/image/decode.ts';
import { InputError } from '../records/input-error.ts';
import { imageReference } from './image-reference.ts';
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
    for (const place of new Set([path.resolve(this.#folder, name), path.resolve(this.#folder, path.basename(name.replaceAll('\\', '/')))])) {
      const bytes = await readOrFault(place, name);
      if (bytes) return this.keep(bytes, name);
    }
    throw new ImageFault(`image ${name} is not in ${this.#folder}`);
  }
}

/** A file's bytes; nothing where there is none. Throws ImageFault for what is there and cannot be read. */
async function readOrFault(file: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') return undefined;
    throw new ImageFault(`image ${name} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : message}`);
  }
}

async function decodable(bytes: Uint8Array, name: string): Promise<void> {
  try {
    await checkDecodable(bytes, name);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new ImageFault(`image ${name} cannot be decoded: ${error.expectation.found}`);
  }
}
