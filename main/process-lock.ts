import { readFileSync, rmSync, writeFileSync } from 'node:fs';

// A file that holds the number of the process at work in a folder. One that its process left behind is taken over.

/** The other process that holds a lock; undefined where none does. */
export function lockOwner(file: string): number | undefined {
  const pid = Number(readOr(file, '0'));
  return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
}

/** Takes a lock for this process. @returns the process that holds it, where that is another. */
export function takeLock(file: string): number | undefined {
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = lockOwner(file);
      if (owner !== undefined && owner !== process.pid) return owner;
      if (attempt > 2) throw error;
      rmSync(file, { force: true });
    }
  }
}

export const releaseLock = (file: string): void => rmSync(file, { force: true });

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
