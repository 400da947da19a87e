import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ImageStore } from '../../../main/data/image-store.ts';
import { InputError } from '../../../main/records/input-error.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'arft-images-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const picture = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#c02040' } }).png().toBuffer();
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const allFiles = (): string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [path.relative(folder, path.join(entry.parentPath, entry.name))] : []));

describe('image store', () => {
  test('files lie by their hash, and are read as they were', async () => {
    const store = new ImageStore(folder);
    const bytes = await picture(4, 4);
    const reference = await store.put(bytes);
    const hex = hashOf(bytes);
    expect(reference).toBe(`sha256:${hex}`);
    expect(allFiles()).toEqual([path.join(hex.slice(0, 2), hex)]);
    expect(Buffer.from(await store.read(reference))).toEqual(bytes);
    expect(await store.has(reference)).toBe(true);
    expect(await store.has(`sha256:${'0'.repeat(64)}`)).toBe(false);
  });

  test('a file where the store should be is told as such', async () => {
    const place = path.join(folder, 'images');
    writeFileSync(place, '');
    await expect(new ImageStore(place).put(await picture(3, 3))).rejects.toThrow(InputError);
  });

  test('the same bytes put at once by many leave one file and no parts', async () => {
    const bytes = await picture(5, 5);
    const references = await Promise.all(Array.from({ length: 20 }, () => new ImageStore(folder).put(bytes)));
    expect(new Set(references).size).toBe(1);
    expect(allFiles()).toHaveLength(1);
  });

  test('what a process left unwritten is removed by the next; what others write is not', async () => {
    const unfinished = path.join(folder, 'unfinished');
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    const made = (file: string, hours: number): string => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), '');
      utimesSync(path.join(folder, file), hoursAgo(hours), hoursAgo(hours));
      return file;
    };
    // The number of a process that is gone may be given again: none writes for a day.
    for (const [name, hours] of [[`${gone}.old`, 1], [`${process.pid}.given-again`, 25]] as const) made(`unfinished/${name}`, hours);
    const kept = [made(`unfinished/${gone}.new`, 0), made(`unfinished/${process.pid}.old`, 1)];
    // As earlier versions named them.
    const hex = '5a'.repeat(32);
    const part = (place: string, pid: number): string => `${place}.${pid}.0c8f2a9e-3f55-4a3c-8d5e-0123456789ab.part`;
    for (const place of [`5a/${hex}`, `thumbnails/128/5a/${hex}.webp`]) {
      made(part(place, gone), 1);
      kept.push(made(part(place, process.pid), 1), made(place, 1));
    }
    const bytes = await picture(5, 5);
    await new ImageStore(folder).put(bytes);
    const own = `${hashOf(bytes).slice(0, 2)}/${hashOf(bytes)}`;
    await vi.waitFor(() => expect(allFiles().toSorted()).toEqual([...kept, own].toSorted()));
    expect(readdirSync(unfinished)).toHaveLength(2);
  });

  test('bytes that are there already are not written again', async () => {
    const store = new ImageStore(folder);
    const bytes = await picture(6, 6);
    await store.put(bytes);
    const file = path.join(folder, allFiles()[0] as string);
    const before = statSync(file).ino;
    await store.put(bytes);
    expect(statSync(file).ino).toBe(before);
  });

  test('a damaged file is found when read, and replaced when put', async () => {
    const store = new ImageStore(folder);
    const bytes = await picture(7, 7);
    const reference = await store.put(bytes);
    const file = path.join(folder, allFiles()[0] as string);
    const damaged = Buffer.from(bytes);
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    writeFileSync(file, damaged);
    await expect(store.read(reference)).rejects.toThrow(/with the hash/);
    await store.put(bytes);
    expect(Buffer.from(await store.read(reference))).toEqual(bytes);
  });

  test('a path is read as it is', async () => {
    const file = path.join(folder, 'a.png');
    writeFileSync(file, await picture(3, 3));
    const store = new ImageStore(path.join(folder, 'store'));
    expect(Buffer.from(await store.read(file))).toEqual(readFileSync(file));
    expect(await store.has(file)).toBe(true);
    expect(await store.has(path.join(folder, 'b.png'))).toBe(false);
  });

  test.each([
    ['an unknown hash', `sha256:${'1'.repeat(64)}`, /its file in/],
    ['too few digits', 'sha256:12', /64 hexadecimal digits/],
    ['a way out of the folder', `sha256:${'../'.repeat(21)}x`, /64 hexadecimal digits/],
    ['a missing file', '/nowhere/at/all.png', /a file that can be read/],
  ])('%s is an InputError', async (_, reference, message) => {
    const failure = await new ImageStore(folder).read(reference).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).message).toMatch(message);
  });

  test('no bytes are no image', async () => {
    await expect(new ImageStore(folder).put(new Uint8Array())).rejects.toBeInstanceOf(InputError);
  });

  test('a thumbnail fits into its square, is made once, and is the same for path and reference', async () => {
    const store = new ImageStore(folder);
    const bytes = await picture(200, 100);
    const reference = await store.put(bytes);
    const small = await store.thumbnail(reference, 64);
    const { width, height, format } = await sharp(small).metadata();
    expect([width, height, format]).toEqual([64, 32, 'webp']);
    // Without its image only a kept thumbnail can be answered.
    rmSync(path.join(folder, reference.slice(7, 9), reference.slice(7)));
    expect(Buffer.from(await store.thumbnail(reference, 64))).toEqual(Buffer.from(small));
    const file = path.join(folder, 'a.png');
    writeFileSync(file, bytes);
    expect(Buffer.from(await store.thumbnail(file, 64))).toEqual(Buffer.from(small));
  });

  test('a small image is not enlarged; what is no image is an InputError', async () => {
    const store = new ImageStore(folder);
    expect((await sharp(await store.thumbnail(await store.put(await picture(10, 8)), 64)).metadata()).width).toBe(10);
    await expect(store.thumbnail(await store.put(Buffer.from('no image')), 64)).rejects.toBeInstanceOf(InputError);
  });
});
