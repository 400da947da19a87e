import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodePng } from '../model/image/encode.ts';
import { InputError } from '../records/input-error.ts';
import type { CodeResult } from '../records/tools.ts';

export function readInput(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new InputError({ thing: file, expected: 'a file that can be read', found: (error as Error).message, remedy: 'Check the path and its permissions.' }, { cause: error });
  }
}

/** Writes each output as `<name>.png`; two of the same name get a number. */
export async function writeOutputs(folder: string, { outputs }: CodeResult): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const taken = new Set<string>();
  for (const { name, image } of outputs) {
    // The name is the job's: only letters, digits and a few marks go into a path.
    const stem = fileName(path.parse(name).name);
    let file = `${stem}.png`;
    for (let count = 2; taken.has(file.toLowerCase()); count++) file = `${stem}-${count}.png`;
    taken.add(file.toLowerCase());
    writeFileSync(path.join(folder, file), await encodePng(image));
  }
}

/** A name that is one part of a path, and no hidden or reserved one. */
export const fileName = (name: string): string => name.replaceAll(/[^\p{L}\p{N} ._-]/gu, '_').replace(/^[. ]+/, '_').slice(0, 100) || '_';
