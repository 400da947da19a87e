import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../../../main/model/image/decode.ts';
import { InputError } from '../../../../main/records/input-error.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two pixels: left, right. */
const raw = (channels: 1 | 2 | 3 | 4, ...values: readonly number[]) => sharp(Uint8Array.from(values), { raw: { width: 2, height: 1, channels } });
const pixels = async (bytes: Uint8Array) => {
  const { width, height, data } = await decodeImage(bytes, 'test image');
  return { size: [width, height], data: [...data] };
};

describe('decodes to RGB', () => {
  test('colour', async () => {
    expect(await pixels(await raw(3, 255, 0, 10, 1, 2, 3).png().toBuffer())).toEqual({ size: [2, 1], data: [255, 0, 10, 1, 2, 3] });
  });

  test('transparency is dropped without blending', async () => {
    expect((await pixels(await raw(4, 200, 100, 50, 0, 9, 8, 7, 128).png().toBuffer())).data).toEqual([200, 100, 50, 9, 8, 7]);
  });

  test('grey, and grey with transparency', async () => {
    expect((await pixels(await raw(1, 17, 230).toColourspace('b-w').png().toBuffer())).data).toEqual([17, 17, 17, 230, 230, 230]);
    expect((await pixels(await raw(2, 17, 0, 230, 255).toColourspace('b-w').png().toBuffer())).data).toEqual([17, 17, 17, 230, 230, 230]);
  });

  test('a palette', async () => {
    expect((await pixels(await raw(3, 255, 0, 0, 0, 0, 255).png({ palette: true }).toBuffer())).data).toEqual([255, 0, 0, 0, 0, 255]);
  });

  test('16 bits of grey and of colour, scaled', async () => {
    const grey = sharp(Uint16Array.of(0, 0x8080), { raw: { width: 2, height: 1, channels: 1 } }).toColourspace('grey16').png();
    expect((await pixels(await grey.toBuffer())).data).toEqual([0, 0, 0, 128, 128, 128]);
    const colour = sharp(Uint16Array.of(0xffff, 0, 0x4040, 0x0101, 0x0202, 0x0303), { raw: { width: 2, height: 1, channels: 3 } }).toColourspace('rgb16').png();
    expect((await pixels(await colour.toBuffer())).data).toEqual([255, 0, 64, 1, 2, 3]);
  });

  test('CMYK, by its complement', async () => {
    // Pillow 13: Image.frombytes('CMYK', (2, 1), bytes([10, 200, 30, 40, 255, 0, 128, 77])) as TIFF, and its convert('RGB').
    const tiff = 'SUkqAAgAAAAKAAABBAABAAAAAgAAAAEBBAABAAAAAQAAAAIBAwAEAAAAhgAAAAMBAwABAAAAAQAAAAYBAwABAAAABQAAABEBBAABAAAAjgAAABUBAwABAAAABAAAABYBBAABAAAAAQAAABcBBAABAAAACAAAABwBAwABAAAAAQAAAAAAAAAIAAgACAAIAArIHij/AIBN';
    expect(await pixels(Buffer.from(tiff, 'base64'))).toEqual({ size: [2, 1], data: [207, 46, 190, 0, 178, 89] });
  });

  test('a colour profile is passed over', async () => {
    const stored = [234, 51, 34, 91, 197, 65]; // what sharp makes of red and green in P3
    expect((await pixels(await raw(3, 255, 0, 0, 10, 200, 30).withIccProfile('p3').png().toBuffer())).data).toEqual(stored);
  });

  test.each([
    [1, [1, 2]], [2, [2, 1]], [3, [2, 1]], [4, [1, 2]],
    [5, [1, 2]], [6, [1, 2]], [7, [2, 1]], [8, [2, 1]],
  ])('upright by EXIF orientation %i', async (orientation, order) => {
    // A left pixel 1 and a right pixel 2, wide enough for JPEG's blocks.
    const wide = Buffer.concat(Array.from({ length: 16 }, () => Buffer.from([...new Array<number>(16).fill(30), ...new Array<number>(16).fill(220)])));
    const bytes = await sharp(wide, { raw: { width: 32, height: 16, channels: 1 } }).jpeg({ quality: 100 }).withMetadata({ orientation }).toBuffer();
    const { size, data } = await pixels(bytes);
    expect(size).toEqual(orientation >= 5 ? [16, 32] : [32, 16]);
    const [first, last] = [data[0] as number, data.at(-1) as number];
    // Orientations 4, 5, 6 keep or turn the dark side to the start; 2, 3, 7, 8 to the end.
    expect(first < last ? [1, 2] : [2, 1]).toEqual(order);
  });

  // Made and read (Image.open, convert('RGB')) with Pillow 13.
  test.each([
    ['an own palette', '47494638396102000200810000c81e280adc3c0708095a5bfa21fe036162630021f90401000003002c00000000020002008101020304050646505a646e7802041cc35105003b', [100, 110, 120, 4, 5, 6, 100, 110, 120, 70, 80, 90]],
    ['a frame smaller than the picture', '47494638396102000200810000c81e280adc3c0708095a5bfa21f90401000002002c01000100010001008101020304050646505a646e7802024c01003b', [70, 80, 90, 70, 80, 90, 70, 80, 90, 4, 5, 6]],
    ['nothing transparent, and such a frame', '47494638396102000200810000c81e280adc3c0708095a5bfa2c01000100010001000002024c01003b', [200, 30, 40, 200, 30, 40, 200, 30, 40, 10, 220, 60]],
  ])('a transparent place of a GIF has its palette’s colour: %s', async (_, hex, data) => {
    expect(await pixels(Buffer.from(hex, 'hex'))).toEqual({ size: [2, 2], data });
  });

  test('an animation’s first frame, and one pixel', async () => {
    expect((await pixels(await raw(3, 9, 9, 9, 200, 200, 200).gif().toBuffer())).size).toEqual([2, 1]);
    expect((await pixels(await sharp({ create: { width: 1, height: 1, channels: 3, background: '#010203' } }).png().toBuffer())).data).toEqual([1, 2, 3]);
  });
});

/** A PNG header that claims a size, without the pixels. */
function hugePng(width: number, height: number): Uint8Array {
  const chunk = (type: string, body: Buffer): Buffer => {
    const content = Buffer.concat([Buffer.from(type), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(content));
    return Buffer.concat([length, content, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', Buffer.from('789c030000000001', 'hex')), chunk('IEND', Buffer.alloc(0))]);
}

describe('refuses, naming the file', () => {
  const refused = async (file: string, message: RegExp): Promise<void> => {
    const failure = await decodeImage(file, file).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).expectation.thing).toBe(file);
    expect((failure as Error).message).toMatch(message);
  };
  const written = (name: string, bytes: Uint8Array): string => {
    const file = path.join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };

  test('a bomb, before it is decoded', () => refused(written('bomb.png', hugePng(60_000, 60_000)), /at most 100 megapixels, found 60000 × 60000, 3600 megapixels/));
  test('a file that is not there', () => refused(path.join(folder, 'none.png'), /an image file that can be read, found no such file or folder \(ENOENT\)\./));
  test('an empty file', () => refused(written('empty.png', new Uint8Array(0)), /empty file/));
  test('a text', () => refused(written('text.png', Buffer.from('not an image')), /can be decoded/));
  test('a folder', () => refused(folder, /found a folder where a file should be/));
  test.skipIf(process.platform === 'win32')('a pipe', () => {
    const pipe = path.join(folder, 'pipe.png');
    execFileSync('mkfifo', [pipe]);
    return refused(pipe, /found a pipe/);
  });
  test.skipIf(process.platform === 'win32')('a file that this user may not read', async () => {
    const file = written('locked.png', await raw(3, 1, 2, 3, 4, 5, 6).png().toBuffer());
    chmodSync(file, 0);
    chmodSync(folder, 0o755);
    const superuser = process.geteuid?.() === 0; // who may read everything
    if (superuser) process.seteuid?.('nobody');
    await refused(file, /found no permission \(EACCES\)/).finally(() => superuser && process.seteuid?.(0));
  });
  test('the beginning of a PNG, with a sentence that ends', async () => {
    const whole = await sharp({ create: { width: 28, height: 28, channels: 3, background: '#37f' } }).png().toBuffer();
    await refused(written('begun.png', whole.subarray(0, 60)), /found Input file has corrupt header\. Save the image again/);
  });

  test('a truncated JPEG', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const whole = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } }).jpeg().toBuffer();
    await refused(written('cut.jpg', whole.subarray(0, whole.length / 2)), /can be decoded/);
  });
  test('a file beyond the limit of bytes', async () => {
    const file = written('large.png', await raw(3, 1, 2, 3, 4, 5, 6).png().toBuffer());
    await expect(decodeImage(file, file, { maxPixels: 10, maxBytes: 20 })).rejects.toThrow(/MiB/);
  });
});
