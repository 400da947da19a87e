import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { isAlive } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';

/** Where a file of an export is written. */
export type Place = (name: string) => string;

/** In the folder of an export, what is written until all of it is there: on the same disk, and gone by its name. */
const unfinished = /^\.unfinished-(\d+)$/;

/** @throws InputError for a folder that something is in, but for what a kill left of an export. */
export function assertEmpty(out: string): void {
  if (existsSync(out) && withFile(out, 'a folder', () => readdirSync(out)).some((name) => !isLeft(name))) throw new InputError({ thing: out, expected: 'a folder that is not there yet, or empty', found: 'files', remedy: 'Choose another folder.' });
}

/**
 * Makes the folder and what is in it. Its files get their names when all of them are written, and nothing stays of an export
 * that fails or is stopped: half a model looks like one, and the next attempt needs the name.
 */
export async function fillFolder(out: string, write: (place: Place) => Promise<void>): Promise<void> {
  assertEmpty(out);
  const there = existsSync(out);
  const part = path.join(out, `.unfinished-${process.pid}`);
  const moved: string[] = [];
  withFile(out, 'a folder that can be written', () => {
    makeFolders(out);
    for (const name of readdirSync(out)) if (isLeft(name)) rmSync(path.join(out, name), { recursive: true, force: true });
    mkdirSync(part);
  });
  try {
    await write((name) => path.join(part, name));
    // A kill in between leaves no whole model either: without its configuration it is none.
    for (const name of readdirSync(part).sort((a, b) => Number(isConfig(a)) - Number(isConfig(b)))) {
      const file = path.join(out, name);
      if (existsSync(file)) throw new InputError({ thing: file, expected: 'no file of this name, as the export began', found: 'one that was put there meanwhile', remedy: 'Choose another folder.' });
      withFile(file, 'a file that can be written', () => renameSync(path.join(part, name), file));
      moved.push(file);
    }
    rmdirSync(part);
  } catch (error) {
    for (const file of moved) rmSync(file, { force: true });
    rmSync(part, { recursive: true, force: true });
    // What another program put there meanwhile is its own.
    if (!there && readdirSync(out).length === 0) rmdirSync(out);
    throw withFinalName(error, part, out);
  }
}

const isConfig = (name: string): boolean => name.endsWith('config.json');

const isLeft = (name: string): boolean => {
  const pid = unfinished.exec(name)?.[1];
  return pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)));
};

/** A fault of a file is told by the name that it would have had. */
function withFinalName(error: unknown, part: string, out: string): unknown {
  if (!(error instanceof InputError) || !error.expectation.thing.startsWith(part + path.sep)) return error;
  return new InputError({ ...error.expectation, thing: path.join(out, error.expectation.thing.slice(part.length)) }, { cause: error });
}
