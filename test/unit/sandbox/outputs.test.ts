import { describe, expect, test } from 'vitest';
import { parseOutputs } from '../../../main/sandbox/outputs.ts';

const limits = { outputs: 3, outputPixels: 100 };

function output(name: string, width: number, height: number, { bytes = width * height * 3, magic = 'RGB8', nameBytes = Buffer.byteLength(name) } = {}): Buffer {
  const fields = Buffer.alloc(12);
  [nameBytes, width, height].forEach((value, i) => fields.writeUInt32LE(value, i * 4));
  return Buffer.concat([Buffer.from(magic), fields, Buffer.from(name), Buffer.alloc(bytes, 7)]);
}

const names = (bytes: Buffer): readonly string[] => {
  const parsed = parseOutputs(bytes, limits);
  if ('malformed' in parsed) throw new Error(parsed.malformed);
  return parsed.map(({ name, image }) => `${name} ${image.width}×${image.height} ${image.data.length}`);
};

test('none, one, several; exactly at the limits', () => {
  expect(names(Buffer.alloc(0))).toEqual([]);
  expect(names(Buffer.concat([output('a.png', 2, 3), output('b', 10, 10), output('c', 1, 100)]))).toEqual(['a.png 2×3 18', 'b 10×10 300', 'c 1×100 300']);
});

test('bytes that lie anywhere in a larger buffer', () => {
  const padded = Buffer.concat([Buffer.alloc(5), output('a', 1, 2)]);
  expect(parseOutputs(padded.subarray(5), limits)).toEqual([{ name: 'a', image: { width: 1, height: 2, data: new Uint8Array(6).fill(7) } }]);
});

test.each([
  ['../../etc/passwd.png', '______etc_passwd.png'],
  ['/etc/x.png', '_etc_x.png'],
  ['C:\\x.png', 'C__x.png'],
  ['a\nb\u001B[31m\u202E.png', 'a_b_[31m_.png'],
  ['图像.png', '图像.png'],
])('the name %j becomes %j', (name, shown) => {
  expect(names(output(name, 1, 1))).toEqual([`${shown} 1×1 3`]);
});

describe('refused as a whole', () => {
  test.each<[string, Buffer]>([
    ['a magic of another', output('a', 1, 1, { magic: 'RGBA' })],
    ['too few bytes of pixels', output('a', 2, 2, { bytes: 11 })],
    ['a byte too many', output('a', 2, 2, { bytes: 13 })],
    ['no width', output('a', 0, 5)],
    ['more pixels than may be', output('a', 101, 1)],
    ['a product beyond 32 bits', output('a', 0xffffffff, 0xffffffff, { bytes: 3 })],
    ['a product that wraps to one pixel in 32 bits', output('a', 65_537, 65_535, { bytes: 3 })],
    ['a name that is longer than everything', output('a', 1, 1, { nameBytes: 0xffffffff })],
    ['a name of 256 bytes', output('x'.repeat(256), 1, 1)],
    ['no name', output('', 1, 1)],
    ['a header cut off', output('a', 1, 1).subarray(0, 15)],
    ['more outputs than may be', Buffer.concat(Array.from({ length: 4 }, () => output('a', 1, 1)))],
    ['a good one before a bad one', Buffer.concat([output('a', 1, 1), Buffer.from('x')])],
  ])('%s', (_, bytes) => {
    expect(parseOutputs(bytes, limits)).toHaveProperty('malformed');
  });
});
