import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isAlive } from '../process-lock.ts';

// What a kill left of files that get their name when they are whole. Each names the process that wrote it.

/** A process of another machine is not known here; none writes a file for as long. */
const abandonedMs = 60_000;
/** The number of a process that is gone may be another's by now. */
const surelyMs = 24 * 3_600_000;

/** Removes a file that is being written no more. */
async function removeAbandoned(file: string, pid: number): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found && Date.now() - found.mtimeMs > (isAlive(pid) ? surelyMs : abandonedMs)) await rm(file, { force: true }).catch(() => undefined);
}

/** Removes those of a folder, where the name has the process's number in it. */
export async function removeUnfinished(folder: string, pattern: RegExp): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined) await removeAbandoned(path.join(folder, name), Number(pid));
  }
}

/** The name that a file has until it is whole. */
export const partOf = (file: string): string => `${file}.${process.pid}.part`;

/** Removes what was left of a file as it was written before. */
export async function removeOldParts(file: string): Promise<void> {
  const begin = `${path.basename(file)}.`;
  await removeUnfinished(path.dirname(path.resolve(file)), new RegExp(`^${RegExp.escape(begin)}(\\d+)\\.part$`));
}

/** Earlier versions wrote the pictures of a store beside their place: `<64 digits>.<process>.<random>.part`, in folders of two digits. */
export async function removeOldPictureParts(store: string): Promise<void> {
  const sides = await readdir(path.join(store, 'thumbnails')).catch(() => []);
  for (const place of [store, ...sides.map((side) => path.join(store, 'thumbnails', side))]) {
    for (const digits of await readdir(place).catch(() => [])) if (/^[0-9a-f]{2}$/.test(digits)) await removeUnfinished(path.join(place, digits), /^[0-9a-f]{64}(?:\.webp)?\.(\d+)\.[0-9a-f-]+\.part$/);
  }
}
