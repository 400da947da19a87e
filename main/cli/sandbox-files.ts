import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { readFileOrPipe } from '../model/folder/file-or-pipe.ts';
import { encodePng } from '../model/image/encode.ts';
import { InputError } from '../records/input-error.ts';
import type { CodeResult } from '../records/tools.ts';

/** What a file or a pipe brings. @throws InputError where it cannot be read; the signal's reason when it is aborted. */
export async function readInput(file: string, signal: AbortSignal): Promise<Buffer> {
  if (file === '') throw new InputError({ thing: 'an empty path', expected: 'a file that can be read', found: 'nothing', remedy: 'Check the path.' });
  return readFileOrPipe(file, 'a file that can be read', signal);
}

/** Makes the folder for outputs, before anything runs whose results would be lost without it. */
export const makeOutput = (folder: string): void => withFile(folder === '' ? 'an empty path' : folder, 'a folder that can be written', () => makeFolders(folder));

/** Writes each output as `<name>.png`; two of the same name get a number. */
export async function writeOutputs(folder: string, { outputs }: CodeResult): Promise<void> {
  makeOutput(folder);
  const taken = new Set<string>();
  for (const { name, image } of outputs) writeFileSync(path.join(folder, `${freeName(path.parse(name).name, taken)}.png`), await encodePng(image));
}

/** A name that is one part of a path and not in `taken`, where it is added; one that is there already gets a number. */
export function freeName(wanted: string, taken: Set<string>): string {
  const stem = fileName(wanted);
  let name = stem;
  // Some file systems tell neither cases nor the ways of writing an accent apart.
  const same = (): string => name.normalize('NFC').toLowerCase();
  for (let count = 2; taken.has(same()); count++) name = `${stem}-${count}`;
  taken.add(same());
  return name;
}

// File systems count bytes, 255 of a name as a rule; some that encrypt have room for 143.
const longestName = 120;

/** Only letters, digits and a few marks, since the name is the job's; no hidden one, and not too long. */
function fileName(name: string): string {
  let kept = '';
  for (const character of name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_').replace(/^[. ]+/, '_')) {
    if (Buffer.byteLength(kept + character) > longestName) break;
    kept += character;
  }
  return kept || '_';
}
