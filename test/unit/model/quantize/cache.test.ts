import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { quantizeRows } from '../../../../main/model/quantize/blocks.ts';
import { type QuantizeOptions, quantizedMatrices } from '../../../../main/model/quantize/cache.ts';
import type { MatrixSource, VectorSource } from '../../../../main/model/quantize/layout.ts';
import { type QuantizationScheme, schemes } from '../../../../main/model/quantize/scheme.ts';
import { normal, randomNumbers } from './random-matrix.ts';

const work = mkdtempSync(path.join(os.tmpdir(), 'arft-cache-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const freshRoot = (): string => mkdtempSync(path.join(work, 'root-'));

const matrix = (name: string, rows: number, columns: number, seed: number): MatrixSource & { readonly values: Float32Array } => {
  const values = randomNumbers(rows * columns, seed, normal);
  return { name, rows, columns, values, read: (first, count) => values.subarray(first * columns, (first + count) * columns) };
};
const matrices = [matrix('a.weight', 5, 96, 1), matrix('b.weight', 300, 70, 2)];
const norm: VectorSource = { name: 'norm.weight', size: 3, read: () => Float32Array.of(1, 2, 3) };
const optionsFor = (root: string, more: Partial<QuantizeOptions> = {}): QuantizeOptions => ({ root, scheme: schemes['int4-asymmetric']!, matrices, vectors: [norm], identity: ['a model'], ...more });

const unreadable: readonly MatrixSource[] = matrices.map(({ name, rows, columns }) => ({ name, rows, columns, read: () => { throw new Error('the model was read'); } }));

/** The bytes of a part, from the file itself. */
function partBytes(folder: string, slice: { readonly location: string; readonly offset: number; readonly length: number } | undefined): Uint8Array {
  return Uint8Array.from(readFileSync(path.join(folder, slice!.location)).subarray(slice!.offset, slice!.offset + slice!.length));
}
const bytesOf = (array: Uint8Array | Float32Array): Uint8Array => Uint8Array.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));

describe('a copy', () => {
  test.each(['int4', 'int4-asymmetric', 'int8-block128-asymmetric'])('%s: holds every part at a multiple of 4096 bytes, as quantizeRows makes it', async (name) => {
    const scheme = schemes[name] as QuantizationScheme;
    const { folder, slice } = await quantizedMatrices(optionsFor(freshRoot(), { scheme }));
    for (const { name, rows, columns, values } of matrices) {
      const made = quantizeRows(values, rows, columns, scheme);
      const expected = { [name]: made.weights, [`${name}.scales`]: made.scales, ...(!scheme.symmetric && { [`${name}.zeroPoints`]: made.zeroPoints }) };
      for (const [part, array] of Object.entries(expected)) {
        expect(slice(part)!.offset % 4096).toBe(0);
        expect(slice(part)!.shape.reduce((a, b) => a * b)).toBe(array.length);
        expect(partBytes(folder, slice(part))).toEqual(bytesOf(array));
      }
    }
    expect(partBytes(folder, slice('norm.weight'))).toEqual(bytesOf(Float32Array.of(1, 2, 3)));
    expect(slice('c.weight')).toBeUndefined();
  });

  test('is described by its manifest', async () => {
    const before = Date.now();
    const { folder, slice } = await quantizedMatrices(optionsFor(freshRoot()));
    const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    const file = readFileSync(path.join(folder, 'weights.bin'));
    expect(manifest).toMatchObject({ scheme: 'int4-asymmetric', bytes: file.length, sha256: createHash('sha256').update(file).digest('hex') });
    expect(Date.parse(manifest.made)).toBeGreaterThanOrEqual(before);
    expect(manifest.parts['b.weight.zeroPoints']).toEqual(slice('b.weight.zeroPoints'));
  });

  test('is made once: opened again it needs no model', async () => {
    const root = freshRoot();
    const done: string[] = [];
    const first = await quantizedMatrices(optionsFor(root, { onProgress: (n, total) => done.push(`${n}/${total}`) }));
    expect(done).toEqual(['1/2', '2/2']);
    const again = await quantizedMatrices(optionsFor(root, { matrices: unreadable, onProgress: () => done.push('again') }));
    expect(again.folder).toBe(first.folder);
    expect(again.slice('b.weight')).toEqual(first.slice('b.weight'));
    expect(done).toHaveLength(2);
  });

  test('is another one for another scheme or model', async () => {
    const root = freshRoot();
    for (const more of [{}, { scheme: schemes['int4']! }, { identity: ['another model'] }]) await quantizedMatrices(optionsFor(root, more));
    expect(readdirSync(root)).toHaveLength(3);
  });

  test('of a large matrix is made from slices of at most 64 MiB, each row once', async () => {
    const columns = 4096;
    const rows = 5000; // 78 MiB
    const slices: [number, number][] = [];
    const read: MatrixSource['read'] = (first, count, target) => {
      slices.push([first, count]);
      for (let row = 0; row < count; row++) target!.fill(first + row + 1, row * columns, (row + 1) * columns);
      return target!;
    };
    const { folder, slice } = await quantizedMatrices(optionsFor(freshRoot(), { scheme: schemes['int8-block128']!, matrices: [{ name: 'm', rows, columns, read }] }));
    expect(slices).toEqual([[0, 4096], [4096, 904]]);
    const scales = new Float32Array(partBytes(folder, slice('m.scales')).buffer);
    expect(scales).toEqual(Float32Array.from({ length: rows * 32 }, (_, i) => (Math.floor(i / 32) + 1) / -128));
  });
});

describe('a damaged copy is told and made anew', () => {
  const harms: Readonly<Record<string, readonly [harm: (folder: string) => void, told: string]>> = {
    'one bit of weights.bin': [(folder) => flipBit(path.join(folder, 'weights.bin')), 'another SHA-256'],
    'weights.bin cut short': [(folder) => truncateSync(path.join(folder, 'weights.bin'), 100), 'has 100 bytes instead of'],
    'no weights.bin': [(folder) => rmSync(path.join(folder, 'weights.bin')), 'has no bytes instead of'],
    'weights.bin a folder': [(folder) => folderInstead(path.join(folder, 'weights.bin')), 'weights.bin'],
    'manifest cut short': [(folder) => truncateSync(path.join(folder, 'manifest.json'), 200), 'manifest cannot be read'],
    'no manifest': [(folder) => rmSync(path.join(folder, 'manifest.json')), 'manifest cannot be read'],
    'an offset changed in the manifest': [(folder) => moveFirstPart(path.join(folder, 'manifest.json')), 'lists other tensors'],
    'an empty folder': [(folder) => readdirSync(folder).forEach((file) => rmSync(path.join(folder, file))), 'manifest cannot be read'],
  };

  test.each(Object.entries(harms))('%s', async (_, [harm, told]) => {
    const root = freshRoot();
    const { folder } = await quantizedMatrices(optionsFor(root));
    const whole = readFileSync(path.join(folder, 'weights.bin'));
    harm(folder);
    const notes: string[] = [];
    const again = await quantizedMatrices(optionsFor(root, { onNote: (note) => notes.push(note) }));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(folder);
    expect(notes[0]).toContain(told);
    expect(again.folder).toBe(folder);
    expect(readFileSync(path.join(folder, 'weights.bin')).equals(whole)).toBe(true);
    expect(readdirSync(root)).toEqual([path.basename(folder)]);
    await quantizedMatrices(optionsFor(root, { matrices: unreadable, onNote: (note) => notes.push(note) }));
    expect(notes).toHaveLength(1);
  });

  function flipBit(file: string): void {
    const bytes = readFileSync(file);
    bytes[4096 + 17]! ^= 4;
    writeFileSync(file, bytes);
  }

  function folderInstead(file: string): void {
    rmSync(file);
    mkdirSync(file);
  }

  function moveFirstPart(file: string): void {
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    manifest.parts['a.weight'].offset += 4096;
    writeFileSync(file, JSON.stringify(manifest));
  }
});

describe('two at once', () => {
  test('both end well, and one copy stays', async () => {
    const root = freshRoot();
    const made = await Promise.all([quantizedMatrices(optionsFor(root)), quantizedMatrices(optionsFor(root)), quantizedMatrices(optionsFor(root))]);
    expect(readdirSync(root)).toEqual([path.basename(made[0].folder)]);
    expect(new Set(made.map(({ folder }) => folder)).size).toBe(1);
    await quantizedMatrices(optionsFor(root, { matrices: unreadable }));
  });

  test('a good copy that another put in place of a damaged one is not removed', async () => {
    const root = freshRoot();
    const { folder } = await quantizedMatrices(optionsFor(root));
    const good = path.join(work, 'good');
    cpSync(folder, good, { recursive: true });
    truncateSync(path.join(folder, 'weights.bin'), 100);
    const notes: string[] = [];
    await quantizedMatrices(optionsFor(root, {
      onNote: (note) => {
        notes.push(note);
        rmSync(folder, { recursive: true });
        cpSync(good, folder, { recursive: true });
        writeFileSync(path.join(folder, 'theirs'), '');
      },
    }));
    expect(notes).toHaveLength(1);
    expect(existsSync(path.join(folder, 'theirs'))).toBe(true);
    expect(readdirSync(root)).toEqual([path.basename(folder)]);
  });
});

describe('what does not end leaves nothing', () => {
  test('a cancel while making', async () => {
    const root = freshRoot();
    const controller = new AbortController();
    const making = quantizedMatrices(optionsFor(root, { signal: controller.signal, onProgress: () => controller.abort() }));
    await expect(making).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(readdirSync(root)).toEqual([]);
  });

  test('a cancel while checking keeps the copy', async () => {
    const root = freshRoot();
    const { folder } = await quantizedMatrices(optionsFor(root));
    await expect(quantizedMatrices(optionsFor(root, { signal: AbortSignal.abort() }))).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(readdirSync(root)).toEqual([path.basename(folder)]);
    await quantizedMatrices(optionsFor(root, { matrices: unreadable }));
  });

  test('a matrix that cannot be read', async () => {
    const root = freshRoot();
    await expect(quantizedMatrices(optionsFor(root, { matrices: [matrices[0]!, unreadable[1]!] }))).rejects.toThrow('the model was read');
    expect(readdirSync(root)).toEqual([]);
  });

  test('a weight that is not a number', async () => {
    const root = freshRoot();
    const bad: MatrixSource = { name: 'm', rows: 2, columns: 32, read: () => new Float32Array(64).fill(NaN, 40, 41) };
    await expect(quantizedMatrices(optionsFor(root, { matrices: [bad] }))).rejects.toThrow('row 1, column 8 is NaN');
    expect(readdirSync(root)).toEqual([]);
  });

  test('a vector of another size than it says', async () => {
    const root = freshRoot();
    await expect(quantizedMatrices(optionsFor(root, { vectors: [{ ...norm, size: 4 }] }))).rejects.toThrow('norm.weight has 12 bytes, not 16');
    expect(readdirSync(root)).toEqual([]);
  });

  test('a crash: what lay untouched for a day is removed, what is being written is not', async () => {
    const root = freshRoot();
    const [old, fresh] = ['0.old.tmp', '1.fresh.tmp'].map((name) => path.join(root, name)) as [string, string];
    for (const folder of [old, fresh]) {
      mkdirSync(folder);
      writeFileSync(path.join(folder, 'weights.bin'), '');
      utimesSync(folder, 0, 0);
    }
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    utimesSync(path.join(old, 'weights.bin'), twoDaysAgo, twoDaysAgo);
    const { folder } = await quantizedMatrices(optionsFor(root));
    expect(readdirSync(root).sort()).toEqual(['1.fresh.tmp', path.basename(folder)].sort());
    expect(statSync(fresh).isDirectory()).toBe(true);
  });
});
