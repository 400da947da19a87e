import { statSync } from 'node:fs';
import { withFile } from '../model/folder/file-errors.ts';
import { readFileOrPipe } from '../model/folder/file-or-pipe.ts';
import { checkBytes, imageFile } from '../model/image/decode.ts';

/**
 * The bytes of an image that a person named: a file, or a pipe (`<(…)`, `/dev/stdin`).
 * @throws InputError naming it; a file beyond the limit is not read.
 */
export async function readImage(file: string, signal: AbortSignal): Promise<Uint8Array> {
  if (!withFile(file, imageFile, () => statSync(file)).isFIFO()) checkBytes(file, file);
  return readFileOrPipe(file, imageFile, signal);
}
