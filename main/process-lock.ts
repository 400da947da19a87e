import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

// A file that names the process at work in a folder: its number, and where the system tells, when it began, because numbers
// are given again. One that its process left behind is taken over.

/** The process that holds a lock; undefined where none does. */
export const lockOwner = (file: string): number | undefined => ownerOf(textOf(file));

/** Takes a lock for this process. @returns the process that holds it, where that is another. */
export function takeLock(file: string): number | undefined {
  // It comes to its name with what is in it, and only where none is: nobody sees one that is half made.
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, nameOf(process.pid));
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        place(own, file);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 9) throw error;
      }
      const found = textOf(file);
      const owner = ownerOf(found);
      if (owner !== undefined) return owner === process.pid ? undefined : owner;
      setAside(file, found, `${own}.old`);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

export const releaseLock = (file: string): void => rmSync(file, { force: true });

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @throws EEXIST where the name is taken. */
function place(own: string, file: string): void {
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    writeFileSync(file, readFileSync(own), { flag: 'wx' }); // a file system without links
  }
}

/** Removes a lock that was left behind. What another process has put in its place meanwhile goes back. */
function setAside(file: string, found: string, aside: string): void {
  try {
    renameSync(file, aside);
    if (textOf(aside) !== found) place(aside, file);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

const nameOf = (pid: number): string => [pid, beganAt(pid)].filter((part) => part !== undefined).join(' ');

function ownerOf(name: string): number | undefined {
  const [number, began] = name.split(' ');
  const pid = Number(number);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return undefined;
  return began === undefined || began === (beganAt(pid) ?? began) ? pid : undefined;
}

/** When a process began, in ticks since the system did; undefined where the system does not say. */
function beganAt(pid: number): string | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  // After the name, which may hold anything, come fields 3 and on; this is field 22.
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** '' where there is none. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
