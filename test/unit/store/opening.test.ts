import { closeSync, mkdirSync, openSync, readdirSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { InputError } from '../../../main/records/input-error.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import { Connection } from '../../../main/store/connection.ts';
import { writeSample } from '../../../main/store/datasets/write-samples.ts';
import { applicationId, migrations } from '../../../main/store/migrations.ts';
import { databaseFile, migrate } from '../../../main/store/open-database.ts';
import { openStore } from '../../../main/store/store.ts';
import { newHome, newRun, opened, sampleOf, tellStep } from './fixture.ts';

const backups = (home: string): readonly string[] => readdirSync(home).filter((name) => name.startsWith('arft-backup-'));

/** A database as the first `version` migrations made it, with a run that was noted and one that waits. */
function olderFile(home: string, version: number): void {
  const connection = new Connection(databaseFile(home));
  migrate(home, connection, migrations.slice(0, version));
  connection.run("INSERT INTO run(name, config, title, steps, status) VALUES ('old', '{}', 'old', 5, 'finished')");
  connection.run("INSERT INTO run_note(name, config_hash, note) VALUES ('old', '', 'kept')");
  connection.run("INSERT INTO queue(place, config, added_at) VALUES (1, '{}', '2026-01-01T00:00:00Z')");
  connection.close();
}

test.each(migrations.slice(1).map((_, i) => i + 1))('a database of version %i is brought to this one, with a copy of the old', (version) => {
  const home = newHome();
  olderFile(home, version);
  const store = opened(home);
  expect(store.notes.join()).toContain(`from version ${version} to ${migrations.length}`);
  expect(store.runs.get('old')).toMatchObject({ note: 'kept', steps: 5 });
  expect(store.queue.list()).toHaveLength(1);
  store.datasets.create('new');
  expect(store.evaluations.list().total).toBe(0);
  const [kept] = backups(home);
  const copy = new Database(path.join(home, kept ?? ''), { readonly: true });
  expect([copy.pragma('user_version', { simple: true }), copy.prepare('SELECT note FROM run_note').pluck().get()]).toEqual([version, 'kept']);
  copy.close();
  expect(opened(home).notes).toEqual([]);
});

test('samples of version 4 can be annotated, and are what they were', () => {
  const home = newHome();
  const connection = new Connection(databaseFile(home));
  migrate(home, connection, migrations.slice(0, 4));
  connection.run("INSERT INTO dataset(id, name, source, format, created_at, edited_at, next_ordinal) VALUES (1, 'd', '', 'samples', '', '', 3)");
  for (let i = 0; i < 3; i++) writeSample(connection, 1, i, sampleOf(i));
  connection.close();
  const store = opened(home);
  expect([store.annotations.counts(1), store.datasets.page(1, { filter: { annotation: 'new' } }).total]).toEqual([{ new: 3, draft: 0, submitted: 0, accepted: 0, returned: 0 }, 3]);
  store.annotations.change({ dataset: 1, ordinal: 1 }, { author: 'ann', what: 'question' }, ({ sample, annotation }) => ({ sample: { ...sample, question: 'x' }, annotation: { ...annotation, state: 'draft' } }));
  expect([store.datasets.sample(1, 1).sample.question, store.annotations.undo(1), store.datasets.sample(1, 1).sample]).toEqual(['x', { ordinal: 1, what: 'question' }, sampleOf(1)]);
});

test('a database of a newer version is refused, and left as it is', () => {
  const home = newHome();
  const sqlite = new Database(databaseFile(home));
  sqlite.exec(`CREATE TABLE later(x); PRAGMA application_id = ${applicationId}; PRAGMA user_version = 99`);
  sqlite.close();
  expect(() => openStore(home)).toThrow(/version 99.*newer ARFT Studio.*Update this app/);
  const again = new Database(databaseFile(home), { readonly: true });
  expect([again.pragma('user_version', { simple: true }), again.prepare('SELECT count(*) FROM later').pluck().get()]).toEqual([99, 0]);
  again.close();
  expect(backups(home)).toEqual([]);
});

test('the database of another program is not touched', () => {
  const home = newHome();
  const sqlite = new Database(databaseFile(home));
  sqlite.exec('CREATE TABLE theirs(x)');
  sqlite.close();
  expect(() => openStore(home)).toThrow(/another program/);
});

test('an empty file is a new database', () => {
  const home = newHome();
  writeFileSync(databaseFile(home), '');
  expect(opened(home).notes).toEqual([]);
});

const damages: Readonly<Record<string, (file: string) => void>> = {
  'no database at all': (file) => writeFileSync(file, 'x'.repeat(9000)),
  'a hole in its pages': (file) => {
    const descriptor = openSync(file, 'r+');
    for (let at = 4096; at < statSync(file).size; at += 4096) writeSync(descriptor, Buffer.alloc(2000, 0xa5), 0, 2000, at);
    closeSync(descriptor);
  },
  'cut in half': (file) => truncateSync(file, Math.floor(statSync(file).size / 2 / 4096) * 4096),
};

test.each(Object.keys(damages))('a damaged file (%s) is set aside; the backup is restored, and runs are read again', async (damage) => {
  const home = newHome();
  const run = newRun(home, 'r');
  tellStep(run, 0);
  const store = openStore(home);
  await store.indexer.look();
  const { id } = store.datasets.create('mine');
  for (let i = 0; i < 200; i++) store.datasets.add(id, sampleOf(i, { question: `${i} ${'long '.repeat(50)}` }));
  store.runs.annotate('r', { note: 'mine' });
  await store.backup();
  tellStep(run, 1);
  await store.indexer.look();
  await store.close();
  damages[damage]?.(databaseFile(home));

  const again = opened(home);
  expect(again.notes.join(' ')).toMatch(/damaged .*set aside.*backup .* was restored/);
  expect(readdirSync(home).some((name) => name.includes('.broken-'))).toBe(true);
  expect([again.datasets.get(id).samples, again.runs.get('r')]).toMatchObject([200, { note: 'mine', step: 1 }]);
  await again.indexer.look();
  expect(again.runs.get('r').step).toBe(2);
  expect(backups(home)).toHaveLength(1);
});

test('a large file that was closed well is not checked; once it is found damaged, it is', async () => {
  const home = newHome();
  const file = databaseFile(home);
  const store = openStore(home);
  store.settings.set('large', 'x'.repeat(70 << 20));
  store.queue.add(runConfig.parse({ name: 'waits' }));
  await store.close();
  const sqlite = new Database(file, { readonly: true });
  const root = sqlite.prepare<[], number>("SELECT rootpage FROM sqlite_schema WHERE name = 'queue'").pluck().get() ?? 0;
  sqlite.close();
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, (root - 1) * 4096);
  closeSync(descriptor);

  const unchecked = openStore(home);
  expect(unchecked.notes).toEqual([]);
  expect(() => unchecked.queue.list()).toThrow(/a damaged one.*Start the app again/);
  await unchecked.close();
  expect(opened(home).notes.join()).toMatch(/set aside/);
  expect(opened(home).notes).toEqual([]);
});

test('a damaged file without a backup: runs are read again, and it is said what is lost', async () => {
  const home = newHome();
  const run = newRun(home, 'r');
  tellStep(run, 0);
  await openStore(home).close();
  writeFileSync(databaseFile(home), Buffer.alloc(8192, 1));
  const store = opened(home);
  expect(store.notes.join(' ')).toMatch(/no backup.*datasets have to be imported again/);
  await store.indexer.look();
  expect(store.runs.get('r').step).toBe(1);
});

test('the last three backups are kept', async () => {
  const home = newHome();
  const store = opened(home);
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.push(path.basename(await store.backup()));
  expect(backups(home)).toEqual(made.slice(-3));
});

test('a data folder that cannot be: in words', () => {
  const home = newHome();
  writeFileSync(path.join(home, 'file'), '');
  expect(() => openStore(path.join(home, 'file'))).toThrow(InputError);
  mkdirSync(databaseFile(home));
  expect(() => openStore(home)).toThrow(/cannot.*|permissions/);
});

test('a full disk: in words, and what was there stays', () => {
  const home = newHome();
  const connection = new Connection(databaseFile(home));
  migrate(home, connection);
  connection.run("INSERT INTO setting VALUES ('a', '1')");
  connection.sqlite.pragma(`max_page_count = ${String(connection.sqlite.pragma('page_count', { simple: true }))}`); // SQLite then answers as on a full disk
  expect(() => connection.write(() => {
    for (let i = 0; i < 1000; i++) connection.run('INSERT INTO setting VALUES (?, ?)', `k${i}`, 'x'.repeat(1000));
  })).toThrow(/a full disk.*Free some space/);
  expect(connection.rows('SELECT key FROM setting')).toEqual([{ key: 'a' }]);
  connection.close();
});

test('a folder on a read-only file system: in words', (context) => {
  if (process.platform !== 'linux') context.skip('Linux has one at hand');
  expect(() => openStore('/sys/arft')).toThrow(/can be written to/);
});
