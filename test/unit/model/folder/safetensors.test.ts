import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '../../../../main/model/folder/safetensors.ts';
import { writeSafetensors } from '../../../../main/model/folder/safetensors-writer.ts';
import { expectInputError, safetensorsBytes, temporaryFolder } from './make-folder.ts';

function write(bytes: Uint8Array): string {
  const file = path.join(temporaryFolder(), 'some.safetensors');
  writeFileSync(file, bytes);
  return file;
}

describe('openSafetensors', () => {
  // As for a pipe, which would be waited for without an end.
  test.skipIf(process.platform === 'win32')('opens files alone', () => {
    const link = path.join(temporaryFolder(), 'device.safetensors');
    symlinkSync('/dev/zero', link);
    expectInputError(() => openSafetensors(link), { thing: [link], expected: 'a safetensors file', found: 'a pipe, a socket or a device' });
  });

  test('reads a file put together by hand', () => {
    const header = {
      __metadata__: { format: 'pt' },
      b: { dtype: 'BF16', shape: [2, 2], data_offsets: [0, 8] },
      h: { dtype: 'F16', shape: [3], data_offsets: [8, 14] },
      f: { dtype: 'F32', shape: [], data_offsets: [14, 18] },
      i: { dtype: 'I64', shape: [1], data_offsets: [18, 26] },
      empty: { dtype: 'F32', shape: [0, 4], data_offsets: [26, 26] },
      yes: { dtype: 'BOOL', shape: [2], data_offsets: [26, 28] },
    };
    const data = Buffer.from('803f00c0404040c0' + '003c00c00100' + '0000c03f' + 'feffffffffffffff' + '0100', 'hex');
    const file = openSafetensors(write(safetensorsBytes(header, data)));
    expect(file.metadata).toEqual({ format: 'pt' });
    const { start, end } = file.tensors.get('h')!;
    expect(readFileSync(file.path).subarray(start, end).toString('hex')).toBe('003c00c00100');
    expect([...file.readFloat32('b')]).toEqual([1, -2, 3, -3]);
    expect([...file.readFloat32Rows('b', 1, 1)]).toEqual([3, -3]);
    expect([...file.readFloat32('h')]).toEqual([1, -2, 2 ** -24]);
    expect([...file.readFloat32Rows('h', 1, 2)]).toEqual([-2, 2 ** -24]);
    expect([...file.readFloat32('f')]).toEqual([1.5]);
    expect([...file.readFloat32('empty')]).toEqual([]);
    expect([...new BigInt64Array(file.readBytes('i').buffer)]).toEqual([-2n]);
    expect([...file.readBytes('yes')]).toEqual([1, 0]);
    const target = new Float32Array(5).fill(9);
    expect(file.readFloat32Rows('b', 0, 1, target.subarray(1, 3)).buffer).toBe(target.buffer);
    file.readFloat32('f', target.subarray(4));
    expect([...target]).toEqual([9, 1, -2, 9, 1.5]);
    expect(() => file.readFloat32('b', target)).toThrow('4 values do not fit a target of 5');
    expect(() => file.readFloat32Rows('b', 1, 2)).toThrow('rows 1 to 3 of 2');
    expect(() => file.readFloat32('nothing')).toThrow('no tensor nothing');
    expectInputError(() => file.readFloat32('i'), { thing: ['some.safetensors', 'tensor i'], expected: 'BF16, F16 or F32', found: 'I64' });
    file.close();
    expect(() => file.readFloat32('b')).toThrow('after close');
  });

  const one = (entry: object) => ({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...entry } });
  const BROKEN: readonly [name: string, bytes: Uint8Array, thing: string[], expected: string, found: string][] = [
    ['an empty file', Buffer.alloc(0), [], 'at least 8 bytes', '0 bytes'],
    ['a header length beyond the file', safetensorsBytes(one({}), Buffer.alloc(8), 5000n), [], 'a header of 5000 bytes', 'a file of 70 bytes'],
    ['a header length beyond the limit', safetensorsBytes(one({}), Buffer.alloc(8), 2n ** 60n), [], 'at most 100000000 bytes', '1152921504606846976'],
    ['a header that ends too early', safetensorsBytes(one({}), Buffer.alloc(8), 12n), [], 'a JSON object', '{\\"w\\":'],
    ['a header that is a list', safetensorsBytes('[]', Buffer.alloc(0)), [], 'a JSON object', '[]'],
    ['metadata that are no texts', safetensorsBytes({ __metadata__: { a: 1 } }, Buffer.alloc(0)), ['__metadata__'], 'texts', '{"a":1}'],
    ['an entry that is no object', safetensorsBytes({ w: 3 }, Buffer.alloc(0)), ['tensor w'], 'a dtype', 'nothing'],
    ['an unknown dtype', safetensorsBytes(one({ dtype: 'Q4_0' }), Buffer.alloc(8)), ['tensor w'], 'BF16', '"Q4_0"'],
    ['a negative size', safetensorsBytes(one({ shape: [-2] }), Buffer.alloc(8)), ['tensor w'], 'whole numbers', '[-2]'],
    ['a size that is no number', safetensorsBytes(one({ shape: ['2'] }), Buffer.alloc(8)), ['tensor w'], 'whole numbers', '["2"]'],
    ['offsets in reverse', safetensorsBytes(one({ data_offsets: [8, 0] }), Buffer.alloc(8)), ['tensor w'], 'begin ≤ end', '[8,0]'],
    ['a size that is not shape × dtype', safetensorsBytes(one({ shape: [3] }), Buffer.alloc(8)), ['tensor w'], '12 bytes for F32 [3]', '8 bytes'],
    ['a truncated file', safetensorsBytes(one({}), Buffer.alloc(7)), ['tensor w'], 'bytes 62 to 70', 'a file of 69 bytes: it is truncated'],
    ['bytes after the last tensor', safetensorsBytes(one({}), Buffer.alloc(9)), [], 'a file of 70 bytes', '71 bytes'],
    ['overlapping tensors', safetensorsBytes({ ...one({}), x: { dtype: 'F32', shape: [2], data_offsets: [4, 12] } }, Buffer.alloc(12)), ['tensor x'], 'start at 8, where tensor w ends', 'start at 4: they overlap'],
    ['a gap', safetensorsBytes({ ...one({}), x: { dtype: 'F32', shape: [1], data_offsets: [12, 16] } }, Buffer.alloc(16)), ['tensor x'], 'start at 8', 'start at 12: there is a gap'],
    ['a gap after the header', safetensorsBytes(one({ data_offsets: [4, 12] }), Buffer.alloc(12)), ['tensor w'], 'where the header ends', 'start at 4'],
  ];
  test.each(BROKEN)('refuses %s', (_, bytes, thing, expected, found) => {
    const file = write(bytes);
    expectInputError(() => openSafetensors(file), { thing: [file, ...thing], expected, found });
  });

  test('refuses a missing file and a folder', () => {
    const folder = temporaryFolder();
    expectInputError(() => openSafetensors(path.join(folder, 'no.safetensors')), { thing: ['no.safetensors'], expected: 'can be read', found: 'ENOENT' });
    expectInputError(() => openSafetensors(folder), { thing: [folder], expected: 'can be read', found: 'EISDIR' });
  });

  test('names the tensor when the file becomes shorter while it is open', () => {
    const path = write(safetensorsBytes(one({}), Buffer.alloc(8)));
    const file = openSafetensors(path);
    writeFileSync(path, readFileSync(path).subarray(0, 65));
    expectInputError(() => file.readFloat32('w'), { thing: [path, 'tensor w'], expected: 'bytes', found: 'became shorter' });
    file.close();
  });
});

describe('writeSafetensors', () => {
  test('writes the bytes that the format asks for', () => {
    const file = path.join(temporaryFolder(), 'out.safetensors');
    writeSafetensors(file, [
      { name: 'b', dtype: 'BF16', shape: [3], values: () => [Float32Array.of(1, -2), Float32Array.of(3)] },
      { name: 'f', dtype: 'F32', shape: [1, 1], values: () => [Float32Array.of(1.5)] },
      { name: 'h', dtype: 'F16', shape: [1], values: () => [Float32Array.of(-2)] },
    ], { format: 'pt' });
    const bytes = readFileSync(file);
    const header = '{"__metadata__":{"format":"pt"},"f":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[4,10]},"h":{"dtype":"F16","shape":[1],"data_offsets":[10,12]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(bytes.readBigUInt64LE(0)).toBe(BigInt(padded.length));
    expect(bytes.toString('utf8', 8, 8 + padded.length)).toBe(padded);
    expect(bytes.subarray(8 + padded.length).toString('hex')).toBe('0000c03f' + '803f00c04040' + '00c0');
    expect(readdirSync(path.dirname(file))).toEqual(['out.safetensors']);
  });

  test('a tensor longer than a chunk is read back as it was', () => {
    const file = path.join(temporaryFolder(), 'long.safetensors');
    const rows = 5000;
    const values = Float32Array.from({ length: rows * 1000 }, (_, i) => i % 251); // exact in every format; more than two chunks
    writeSafetensors(file, (['BF16', 'F16', 'F32'] as const).map((dtype) => ({ name: dtype, dtype, shape: [rows, 1000], values: () => [values] })));
    const opened = openSafetensors(file);
    for (const dtype of ['BF16', 'F16', 'F32']) {
      expect(Buffer.compare(Buffer.from(opened.readFloat32(dtype).buffer), Buffer.from(values.buffer))).toBe(0);
      expect(opened.readFloat32Rows(dtype, 4999, 1)).toEqual(values.subarray(4_999_000));
    }
    opened.close();
  });

  test('leaves the old file when a tensor fails, and no temporary file', () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'out.safetensors');
    writeFileSync(file, 'old');
    const short = { name: 'w', dtype: 'F32' as const, shape: [3], values: () => [Float32Array.of(1, 2)] };
    expect(() => writeSafetensors(file, [short])).toThrow('tensor w: 2 values for the shape [3]');
    expect(() => writeSafetensors(file, [short, short])).toThrow('two tensors are named w');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['out.safetensors']);
  });

  test('names the file when the folder is missing', () => {
    const file = path.join(temporaryFolder(), 'none', 'out.safetensors');
    expectInputError(() => writeSafetensors(file, []), { thing: [file], expected: 'can be written', found: 'ENOENT' });
  });
});
