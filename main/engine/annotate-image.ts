import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageStore } from '../data/image-store.ts';
import { refusedBySystem } from '../model/folder/file-errors.ts';
import { checkBytes, checkDecodable, imageFile } from '../model/image/decode.ts';
import { resolveUpload } from '../serve/files.ts';

/**
 * Keeps an image that was handed in, or stands on this machine. @returns its reference.
 * @throws InputError where it cannot be read or decoded, or is too large; a file beyond the limit is not read.
 */
export async function keptImage(home: string, images: ImageStore, upload: string): Promise<string> {
  const name = path.basename(upload);
  const file = await resolveUpload(home, upload);
  checkBytes(file, name);
  const bytes = await readFile(file).catch(refusedBySystem(name, imageFile));
  await checkDecodable(bytes, name);
  return images.put(bytes);
}
