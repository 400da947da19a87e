import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import type { ImageStore } from './image-store.ts';

/** Names for files of images that have none: the first digits of their hash. */
export async function freshNames(samples: readonly Sample[], store: ImageStore): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const reference of new Set(samples.flatMap(({ images, cleanImage, chain }) => [...images, ...(cleanImage === undefined ? [] : [cleanImage]), ...(chain ?? []).flatMap(({ image }) => (image === undefined ? [] : [image]))]))) {
    if (!reference.startsWith('sha256:')) continue;
    names.set(reference, `${reference.slice('sha256:'.length, 'sha256:'.length + 16)}.${suffixOf(await store.read(reference))}`);
  }
  return names;
}

const signatures = [['ffd8ff', 'jpg'], ['89504e47', 'png'], ['47494638', 'gif'], ['49492a00', 'tif'], ['4d4d002a', 'tif'], ['424d', 'bmp']] as const;

function suffixOf(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 12));
  if (start.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  if (start.toString('latin1', 4, 8) === 'ftyp') return 'avif';
  return signatures.find(([hex]) => start.toString('hex').startsWith(hex))?.[1] ?? 'bin';
}

/**
 * Writes images under their names; of a name that leads out of the folder only its last part is taken.
 * @returns how many files.
 * @throws InputError where two different images have one name.
 */
export async function writeImages(folder: string, names: ReadonlyMap<string, string>, store: ImageStore, signal?: AbortSignal): Promise<number> {
  const files = new Map<string, string>();
  for (const [name, reference] of names) {
    const place = path.resolve(folder, name);
    const file = place.startsWith(path.resolve(folder) + path.sep) ? place : path.join(folder, path.basename(name.replaceAll('\\', '/')));
    if ((files.get(file) ?? reference) !== reference) throw new InputError({ thing: file, expected: 'one image of this name', found: `${files.get(file)} and ${reference}`, remedy: 'Export without images, and copy them by hand.' });
    files.set(file, reference);
  }
  for (const [file, reference] of files) {
    signal?.throwIfAborted();
    const bytes = await store.read(reference);
    try {
      makeFolders(path.dirname(file));
      await writeFile(file, bytes);
    } catch (error) {
      withFile(file, 'an image file that can be written', () => {
        throw error;
      });
    }
  }
  return files.size;
}
