import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { releaseLock, takeLock } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';
import { Connection } from './connection.ts';
import { isBroken, suspectFile, wordsOf } from './faults.ts';
import { applicationId, migrations } from './migrations.ts';

export type Opened = {
  readonly connection: Connection;
  /** What was done on the way, in words. */
  readonly notes: readonly string[];
};

export const databaseFile = (home: string): string => path.join(home, 'arft.db');

const backupName = /^arft-backup-[\dTZ-]+\.db$/;
const keptBackups = 3;
/** Another process may be opening, checking or migrating for this long. */
const waitMs = 20_000;

/**
 * Opens the data folder's database, and makes, checks or migrates it before. One process at a time does that.
 * @throws InputError where the folder cannot be used, or the database is another program's or a newer version's.
 */
export function openDatabase(home: string): Opened {
  const file = databaseFile(home);
  const notes: string[] = [];
  const lock = path.join(home, 'arft.db.opening');
  enter(home, lock);
  try {
    const harm = wantsCheck(file) ? harmOf(file) : undefined;
    rmSync(suspectFile(file), { force: true });
    if (harm !== undefined) notes.push(...replace(home, file, harm));
    const connection = new Connection(file);
    try {
      notes.push(...migrate(home, connection));
      return { connection, notes };
    } catch (error) {
      connection.close();
      throw error;
    }
  } catch (error) {
    throw wordsOf(file, error);
  } finally {
    releaseLock(lock);
  }
}

/** Copies the database while it is in use. @returns the copy. The last three are kept. */
export async function backup(home: string, connection: Connection): Promise<string> {
  const file = newBackup(home);
  try {
    await connection.sqlite.backup(`${file}.part`);
    renameSync(`${file}.part`, file);
  } catch (error) {
    rmSync(`${file}.part`, { force: true });
    throw wordsOf(file, error);
  }
  forgetOldBackups(home);
  return file;
}

function enter(home: string, lock: string): void {
  try {
    mkdirSync(home, { recursive: true });
    for (const until = performance.now() + waitMs; ; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)) {
      const owner = takeLock(lock);
      if (owner === undefined) return;
      if (performance.now() > until) throw new InputError({ thing: databaseFile(home), expected: 'its turn to open the database', found: `process ${owner}, which has been opening it for ${waitMs / 1000} s`, remedy: 'Wait for that process, or end it.' });
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ thing: home, expected: 'a data folder that can be written to', found: (error as Error).message, remedy: 'Mend the permissions of the folder, or set ARFT_HOME to another one.' }, { cause: error });
  }
}

/** A check takes seconds for hundreds of MiB. */
const alwaysCheckedBytes = 64 << 20;

/** A small file always; a large one where its last process did not close it (its WAL is there), or found it damaged. */
const wantsCheck = (file: string): boolean => sizeOf(file) < alwaysCheckedBytes || sizeOf(`${file}-wal`) > 0 || existsSync(suspectFile(file));

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** What is wrong with the file, in words; nothing where it is whole or not there. @throws InputError where it is not for us. */
function harmOf(file: string): string | undefined {
  if (sizeOf(file) === 0) return undefined;
  let connection: Connection | undefined;
  try {
    connection = new Connection(file);
    const version = versionOf(file, connection);
    if (version > migrations.length) throw newer(file, version);
    const rows = connection.sqlite.pragma('quick_check(3)') as readonly { readonly quick_check: string }[];
    return rows[0]?.quick_check === 'ok' ? undefined : rows.map(({ quick_check: line }) => line).join('; ');
  } catch (error) {
    if (isBroken(error)) return (error as Error).message;
    throw error;
  } finally {
    connection?.close();
  }
}

/** How many migrations the file has. */
function versionOf(file: string, { sqlite }: Connection): number {
  const [id, version, tables] = [sqlite.pragma('application_id', { simple: true }), sqlite.pragma('user_version', { simple: true }), sqlite.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get()];
  if (id !== applicationId && tables !== 0) throw new InputError({ thing: file, expected: 'the database of this app', found: 'one of another program', remedy: 'Move the file away, or set ARFT_HOME to another folder.' });
  return version as number;
}

const newer = (file: string, version: number): InputError =>
  new InputError({ thing: file, expected: `version ${migrations.length} or older`, found: `version ${version}, which a newer ARFT Studio made`, remedy: 'Update this app, or set ARFT_HOME to another folder. Nothing was changed.' });

/** Brings the database to this version, with a backup before. */
export function migrate(home: string, connection: Connection, to: readonly string[] = migrations): readonly string[] {
  const { sqlite, file } = connection;
  const before = versionOf(file, connection);
  if (before > to.length) throw newer(file, before);
  if (before === to.length) return [];
  const kept = before === 0 ? undefined : newBackup(home);
  if (kept !== undefined) {
    sqlite.prepare('VACUUM INTO ?').run(kept);
    forgetOldBackups(home);
  }
  for (const [i, sql] of to.entries()) {
    if (i < before) continue;
    connection.write(() => {
      sqlite.exec(sql);
      sqlite.pragma(`application_id = ${applicationId}`);
      sqlite.pragma(`user_version = ${i + 1}`);
    });
  }
  return kept === undefined ? [] : [`The database was brought from version ${before} to ${to.length}; the old one is kept as ${path.basename(kept)}.`];
}

/** Sets a damaged file aside, and puts the newest whole backup in its place. */
function replace(home: string, file: string, harm: string): readonly string[] {
  const aside = `${file}.broken-${stamp()}`;
  for (const ending of ['', '-wal', '-shm']) if (existsSync(file + ending)) renameSync(file + ending, aside + ending);
  const note = `The database was damaged (${harm}); it is set aside as ${path.basename(aside)}.`;
  for (const name of backups(home).toReversed()) {
    const kept = path.join(home, name);
    // Copied by SQLite, so that the backup stays whatever happens next.
    if (!isUsable(kept)) continue;
    const connection = new Connection(kept);
    try {
      connection.sqlite.prepare('VACUUM INTO ?').run(file);
    } finally {
      connection.close();
    }
    return [note, `The backup ${name} was restored: datasets, notes, tags and settings are as they were then. Runs and evaluations are read again from their files.`];
  }
  return [note, 'There is no backup. Runs and evaluations are read again from their files; datasets have to be imported again, and notes, tags and settings are gone.'];
}

function isUsable(file: string): boolean {
  try {
    return harmOf(file) === undefined;
  } catch (error) {
    if (error instanceof InputError) return false; // a newer version's
    throw error;
  }
}

const stamp = (): string => new Date().toISOString().replaceAll(/[:.]/g, '-');

function newBackup(home: string): string {
  for (;;) {
    const file = path.join(home, `arft-backup-${stamp()}.db`);
    if (!existsSync(file)) return file;
  }
}

const backups = (home: string): readonly string[] => readdirSync(home).filter((name) => backupName.test(name)).toSorted();

function forgetOldBackups(home: string): void {
  for (const name of backups(home).slice(0, -keptBackups)) for (const ending of ['', '-wal', '-shm']) rmSync(path.join(home, name + ending), { force: true });
}
