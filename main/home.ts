import { existsSync, mkdirSync, readdirSync, statSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InputError } from './records/input-error.ts';

/** The data folder: ARFT_HOME, or this platform's place for a user's data. */
export function homeFolder(): string {
  const { env, platform } = process;
  const chosen = env['ARFT_HOME'];
  if (chosen) return path.resolve(chosen);
  const home = os.homedir();
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'ARFT Studio');
  if (platform === 'win32') return path.join(env['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'), 'ARFT Studio');
  return path.join(env['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share'), 'arft-studio');
}

/** Folders in it. */
const folders = ['corpora', 'evaluations', 'exports', 'images', 'logs', 'mini', 'models', 'playground', 'prompts', 'python', 'quantized', 'runs', 'uploads'] as const;

/** The data folder, made where there is none. @throws InputError where it, or a folder in it, cannot be used. */
export function openHome(home = homeFolder()): string {
  try {
    makeFolders(home);
    readdirSync(home);
  } catch (error) {
    throw new InputError({ thing: home, expected: 'a data folder that can be made', found: (error as Error).message, remedy: 'Set ARFT_HOME to a folder that you may write to.' }, { cause: error });
  }
  const file = folders.map((name) => path.join(home, name)).find((folder) => existsSync(folder) && !isFolder(folder));
  if (file === undefined) return home;
  throw new InputError({ thing: file, expected: 'a folder, which the data folder keeps there', found: 'a file', remedy: 'Move the file elsewhere, or set ARFT_HOME to another folder.' });
}

/** @throws InputError where the disk of the data folder has less room than `needed` bytes, for what they are in words. */
export function assertRoom(home: string, needed: number, what: string, free = freeBytes(home)): void {
  if (free < needed) throw noRoom(home, needed, what, free);
}

export const noRoom = (home: string, needed: number, what: string, free: number, cause?: unknown): InputError =>
  new InputError({ thing: home, expected: `${Math.ceil(needed / 1024 ** 2)} MiB of free disk space for ${what}`, found: `${Math.floor(free / 1024 ** 2)} MiB`, remedy: 'Free some space, or set ARFT_HOME to a folder on another disk.' }, { cause });

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** One after the other: where the system refuses with "no such file", as in /proc, mkdirSync's own way of making several never ends. */
export function makeFolders(folder: string): void {
  if (isFolder(folder)) return;
  const above = path.dirname(folder);
  if (!existsSync(above)) makeFolders(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been first; a file of that name is none.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
}
