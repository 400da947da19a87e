import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { expect, onTestFinished, test } from 'vitest';
import { ImageStore } from '../../../main/data/image-store.ts';
import { noteOutside } from '../../../main/data/outside-places.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import { HashSearch } from '../../../main/store/images/hash-search.ts';
import { UnusedImages } from '../../../main/store/images/unused-images.ts';
import { openStore } from '../../../main/store/store.ts';
import { told } from './records.ts';
import { newHome, newRun, opened, sampleOf } from './fixture.ts';

const hourMs = 3_600_000;
const hexOf = (reference: string): string => reference.slice('sha256:'.length);
const fileOf = (home: string, reference: string): string => path.join(home, 'images', hexOf(reference).slice(0, 2), hexOf(reference));

function age(home: string, reference: string, hours: number): void {
  const used = new Date(Date.now() - hours * hourMs);
  utimesSync(fileOf(home, reference), used, used);
}

/** A picture in the image store that was not used for two days. */
async function picture(home: string, bytes: Uint8Array = randomBytes(50)): Promise<string> {
  const reference = await new ImageStore(path.join(home, 'images')).put(bytes);
  age(home, reference, 48);
  return reference;
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function otherFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-outside-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that is at work, as far as its number tells. */
function atWork(): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onTestFinished(() => void child.kill());
  return child.pid as number;
}

/** What names a picture, and so keeps it. */
const namers: Readonly<Record<string, (home: string, reference: string) => unknown>> = {
  'a dataset': (home, reference) => {
    const { datasets } = opened(home);
    datasets.add(datasets.create('d').id, sampleOf(0, { images: [reference] }));
  },
  'a step of a chain': (home, reference) => {
    const { datasets } = opened(home);
    datasets.add(datasets.create('d').id, sampleOf(0, { chain: [{ kind: 'code', thought: '', context: '', solution: '', image: reference }] as never }));
  },
  'a dataset in the bin': async (home, reference) => {
    const { datasets, bin } = opened(home);
    const { id } = datasets.create('d');
    datasets.add(id, sampleOf(0, { images: [reference] }));
    await bin.remove({ kind: 'dataset', dataset: id });
  },
  'a sample in the bin': async (home, reference) => {
    const { datasets, bin } = opened(home);
    const { id } = datasets.create('d');
    await bin.remove({ kind: 'samples', dataset: id, ordinals: [datasets.add(id, sampleOf(0, { images: [reference] }))] });
  },
  'a change that can be undone': (home, reference) => {
    const { datasets, annotations } = opened(home);
    const { id: dataset } = datasets.create('d');
    const ordinal = datasets.add(dataset, sampleOf(0, { images: [reference] }));
    annotations.change({ dataset, ordinal }, { author: 'a', what: 'image' }, ({ sample, annotation }) => ({ sample: { ...sample, images: [] }, annotation }));
    expect(datasets.sample(dataset, ordinal).sample.images).toEqual([]);
  },
  'a change that was undone': (home, reference) => {
    const { datasets, annotations } = opened(home);
    const { id: dataset } = datasets.create('d');
    const ordinal = datasets.add(dataset, sampleOf(0));
    annotations.change({ dataset, ordinal }, { author: 'a', what: 'image' }, ({ sample, annotation }) => ({ sample: { ...sample, images: [reference] }, annotation }));
    annotations.undo(dataset);
    expect(datasets.sample(dataset, ordinal).sample.images).toEqual([]);
  },
  'a copy of the database': async (home, reference) => {
    const { datasets, bin, backup } = opened(home);
    const { id } = datasets.create('d');
    datasets.add(id, sampleOf(0, { images: [reference] }));
    await backup();
    await bin.remove({ kind: 'dataset', dataset: id });
    await bin.empty();
  },
  'settings': (home, reference) => opened(home).settings.set('demo', { examples: [{ asked: `#/playground?images=${encodeURIComponent(reference)}` }] }),
  'the log of a run': (home, reference) => newRun(home, 'r').log.append({ ...told({ step: 0 }), asked: { images: [reference] } } as never),
  'a run in the bin': async (home, reference) => {
    newRun(home, 'r').log.append({ ...told({ step: 0 }), asked: { images: [reference] } } as never);
    const store = opened(home);
    await store.indexer.look();
    await store.bin.remove({ kind: 'run', name: 'r' });
  },
  'a run whose folder is a link': (home, reference) => {
    const folder = otherFolder();
    write(path.join(folder, 'log.jsonl'), JSON.stringify({ image: reference }));
    mkdirSync(path.join(home, 'runs'), { recursive: true });
    symlinkSync(folder, path.join(home, 'runs/linked'));
  },
  'an evaluation': (home, reference) => write(path.join(home, 'evaluations/e/items.jsonl'), `${'x'.repeat(2 ** 20 - 40)}${JSON.stringify({ image: reference })}\n`),
  'a question of the playground that was removed': (home, reference) => write(path.join(home, 'playground/a.json.removed'), JSON.stringify({ images: [reference] })),
  'samples in the data folder': (home, reference) => write(path.join(home, 'exports/d/d.jsonl'), JSON.stringify({ images: [reference] })),
  'the samples of a run, elsewhere': (home, reference) => {
    const file = path.join(otherFolder(), 'train.jsonl');
    write(file, JSON.stringify({ images: [reference] }));
    write(path.join(home, 'runs/r/config.json'), JSON.stringify(runConfig.parse({ data: { train: ['mini:1', file] } })));
  },
  'the samples of a run that waits': (home, reference) => {
    const folder = otherFolder();
    write(path.join(folder, 'train.jsonl'), JSON.stringify({ images: [reference] }));
    opened(home).queue.add(runConfig.parse({ data: { train: folder } }));
  },
  'samples that were written elsewhere': async (home, reference) => {
    const file = path.join(otherFolder(), 'samples.jsonl');
    write(file, JSON.stringify({ images: [reference] }));
    await noteOutside(home, file);
  },
};

test.each(Object.keys(namers))('a picture that %s names stays', async (name) => {
  const home = newHome();
  const [named, unnamed] = [await picture(home), await picture(home)];
  await namers[name]?.(home, named);
  const images = new UnusedImages(home);
  expect(await images.count()).toEqual({ files: 1, bytes: 50, recent: { files: 0, bytes: 0 }, missing: [] });
  expect(await images.remove()).toEqual({ files: 1, bytes: 50 });
  expect([named, unnamed].map((each) => existsSync(fileOf(home, each)))).toEqual([true, false]);
  expect(existsSync(path.join(home, 'images/removing'))).toBe(false);
});

test('in a folder where nothing was done there is nothing', async () => {
  const home = newHome();
  expect(await new UnusedImages(home).count()).toEqual({ files: 0, bytes: 0, recent: { files: 0, bytes: 0 }, missing: [] });
  expect(await new UnusedImages(home).remove()).toEqual({ files: 0, bytes: 0 });
});

test('the databases are looked into and left as they are; a copy that is damaged names nothing', async () => {
  const home = newHome();
  const store = openStore(home);
  const copy = await store.backup();
  await store.close();
  write(path.join(home, 'arft-backup-2026-01-01T00-00-00-000Z.db'), 'x'.repeat(8192));
  const before = readdirSync(home);
  const reference = await picture(home);
  const bytes = readFileSync(copy);
  expect(await new UnusedImages(home).count()).toMatchObject({ files: 1 });
  expect(readdirSync(home).filter((name) => name !== 'images')).toEqual(before);
  expect(readFileSync(copy).equals(bytes)).toBe(true);
  expect(existsSync(fileOf(home, reference))).toBe(true);
});

test.each([
  ['put', (store: ImageStore, _: string, bytes: Uint8Array) => store.put(bytes)],
  ['read', (store: ImageStore, reference: string) => store.read(reference)],
  ['looked for', (store: ImageStore, reference: string) => store.has(reference)],
] as const)('a picture that was %s within a day stays, named or not', async (_, use) => {
  const home = newHome();
  const bytes = randomBytes(50);
  const reference = await picture(home, bytes);
  await use(new ImageStore(path.join(home, 'images')), reference, bytes);
  const images = new UnusedImages(home);
  expect(await images.count()).toEqual({ files: 0, bytes: 0, recent: { files: 1, bytes: 50 }, missing: [] });
  expect(await images.remove()).toEqual({ files: 0, bytes: 0 });
  expect(existsSync(fileOf(home, reference))).toBe(true);
});

test('while a run or an evaluation is at work, what was used since it began stays: it may have to name it yet', async () => {
  const home = newHome();
  const [during, before] = [await picture(home), await picture(home)];
  age(home, before, 80);
  const lock = path.join(newRun(home, 'r').folder, 'pid');
  writeFileSync(lock, String(atWork()));
  const began = new Date(Date.now() - 60 * hourMs);
  utimesSync(lock, began, began);
  expect(await new UnusedImages(home).remove()).toEqual({ files: 1, bytes: 50 });
  expect([during, before].map((each) => existsSync(fileOf(home, each)))).toEqual([true, false]);
  rmSync(lock);
  expect(await new UnusedImages(home).remove()).toEqual({ files: 1, bytes: 50 });
});

test('pictures that are put, read and removed at once are never lost to who uses them', async () => {
  const home = newHome();
  const store = new ImageStore(path.join(home, 'images'));
  const bytes = Array.from({ length: 60 }, () => randomBytes(50));
  const references = await Promise.all(bytes.map((each) => picture(home, each)));
  const [{ files }] = await Promise.all([new UnusedImages(home).remove(), ...bytes.map(async (each, i) => {
    await new Promise((resolve) => setTimeout(resolve, i));
    await store.put(each);
  })]);
  expect(files).toBeLessThanOrEqual(60);
  for (const [i, reference] of references.entries()) expect(Buffer.from(await store.read(reference))).toEqual(bytes[i]);
});

test('a run that is removed or brought back while it is looked keeps its pictures; where runs never rest, nothing is removed', async () => {
  const home = newHome();
  const reference = await picture(home);
  newRun(home, 'r').log.append({ ...told({ step: 0 }), asked: { images: [reference] } } as never);
  const [kept, gone] = [path.join(home, 'runs/r'), path.join(home, 'bin/1/r')];
  mkdirSync(path.dirname(gone), { recursive: true });
  for (let ms = 0; ms < 12; ms++) {
    const removing = new UnusedImages(home).remove();
    await new Promise((resolve) => setTimeout(resolve, ms / 2));
    if (existsSync(kept)) renameSync(kept, gone);
    else renameSync(gone, kept);
    expect((await removing).files).toBe(0);
  }
  await picture(home);
  // Slower than a turn of the loop, in which one takes another name.
  write(path.join(home, 'logs/long.log'), 'x'.repeat(8 << 20));
  mkdirSync(path.join(home, 'runs/name-0'));
  let [names, rest] = [0, false];
  const rename = (): void => {
    if (rest) return;
    renameSync(path.join(home, `runs/name-${names}`), path.join(home, `runs/name-${names + 1}`));
    names += 1;
    setImmediate(rename);
  };
  rename();
  await expect(new UnusedImages(home).remove().finally(() => (rest = true))).rejects.toThrow(/runs and evaluations that stay where they are/);
});

test('its thumbnails go with it; its name in capitals, in part or in another hash is none', async () => {
  const home = newHome();
  const gone = await picture(home, await sharp({ create: { width: 90, height: 30, channels: 3, background: 'teal' } }).png().toBuffer());
  const store = new ImageStore(path.join(home, 'images'));
  await store.thumbnail(gone, 64);
  age(home, gone, 48);
  write(path.join(home, 'logs/a.log'), `${hexOf(gone).slice(1)} ${gone.slice(0, -1)} ${createHash('sha256').update('other').digest('hex')}`);
  const thumbnail = path.join(home, 'images/thumbnails/64', hexOf(gone).slice(0, 2), `${hexOf(gone)}.webp`);
  expect(existsSync(thumbnail)).toBe(true);
  await new UnusedImages(home).remove();
  expect(existsSync(thumbnail)).toBe(false);
  await expect(store.read(gone)).rejects.toThrow(/its file in/);
});

test('where a file that names pictures is not there, what only it may name is removed only when that is wished', async () => {
  const home = newHome();
  const reference = await picture(home);
  const file = path.join(otherFolder(), 'samples.jsonl');
  write(file, JSON.stringify({ images: [reference] }));
  await noteOutside(home, file);
  await noteOutside(home, file);
  expect(readFileSync(path.join(home, 'images/named-outside.jsonl'), 'utf8')).toBe(`${JSON.stringify({ place: file })}\n`);
  renameSync(file, `${file}.away`);
  const images = new UnusedImages(home);
  expect(await images.count()).toMatchObject({ files: 1, missing: [file] });
  await expect(images.remove()).rejects.toThrow(`${file}: expected the file or folder that names pictures, found none there`);
  renameSync(`${file}.away`, file);
  expect(await images.remove({ missingToo: true })).toEqual({ files: 0, bytes: 0 });
  rmSync(file);
  expect(await images.remove({ missingToo: true })).toEqual({ files: 1, bytes: 50 });
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('nothing is removed where a file cannot be read', async () => {
  const home = newHome();
  const reference = await picture(home);
  write(path.join(home, 'evaluations/e/items.jsonl'), '');
  chmodSync(path.join(home, 'evaluations/e/items.jsonl'), 0);
  await expect(new UnusedImages(home).remove()).rejects.toThrow(/no permission/);
  expect(existsSync(fileOf(home, reference))).toBe(true);
});

test('one process removes at a time; one that is stopped removes nothing more', async () => {
  const home = newHome();
  const reference = await picture(home);
  const owner = atWork();
  write(path.join(home, 'images/removing'), String(owner));
  await expect(new UnusedImages(home).remove()).rejects.toThrow(`no other process that removes pictures, found process ${owner}`);
  rmSync(path.join(home, 'images/removing'));
  await expect(new UnusedImages(home).remove({}, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(existsSync(fileOf(home, reference))).toBe(true);
  expect(await new UnusedImages(home).remove()).toEqual({ files: 1, bytes: 50 });
});

test('a hash is found wherever a file is read in two pieces, and within longer rows of digits', async () => {
  const folder = otherFolder();
  const hash = createHash('sha256').update('a').digest('hex');
  for (let before = 2 ** 20 - 70; before <= 2 ** 20 + 6; before++) {
    const search = new HashSearch([hash]);
    writeFileSync(path.join(folder, 'f'), `${' '.repeat(before)}${hash}`);
    await search.file(path.join(folder, 'f'));
    expect(search.unnamed.size, String(before)).toBe(0);
  }
  const search = new HashSearch([hash]);
  search.text(`3a${hash}ff`);
  expect(search.unnamed.size).toBe(0);
});
