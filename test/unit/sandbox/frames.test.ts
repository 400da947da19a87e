import { describe, expect, test } from 'vitest';
import { FrameError, FrameReader, encodeFrame } from '../../../main/sandbox/frames.ts';

/** A reply, put together by hand. */
function reply(header: string, payload: string, { magic = 'ARP1', headerBytes = Buffer.byteLength(header), payloadBytes = Buffer.byteLength(payload) } = {}): Buffer {
  const lengths = Buffer.alloc(12);
  lengths.writeUInt32LE(headerBytes, 0);
  lengths.writeBigUInt64LE(BigInt(payloadBytes), 4);
  return Buffer.concat([Buffer.from(magic), lengths, Buffer.from(header), Buffer.from(payload)]);
}

describe('replies', () => {
  const bytes = Buffer.concat([reply('{"a":1}', 'payload'), reply('{"b":2}', ''), reply('[]', 'x')]);
  const whole = [[{ a: 1 }, 'payload'], [{ b: 2 }, ''], [[], 'x']];

  test.each([1, 2, 3, 7, 16, 17, 23, 1000])('in pieces of %i bytes', (size) => {
    const reader = new FrameReader(100);
    const frames = [];
    for (let at = 0; at < bytes.length; at += size) frames.push(...reader.push(bytes.subarray(at, at + size)));
    expect(frames.map(({ header, payload }) => [header, Buffer.from(payload).toString()])).toEqual(whole);
  });

  test.each<[string, Buffer, RegExp]>([
    ['another magic', reply('{}', '', { magic: 'ARQ1' }), /begins with "ARQ1"/],
    ['a header without end', reply('{}', '', { headerBytes: 0xffffffff }), /header of 4294967295 bytes/],
    ['no header', reply('', ''), /header of 0 bytes/],
    ['a payload beyond the limit', reply('{}', '', { payloadBytes: 101 }), /at most 100/],
    ['a header that is no JSON', reply('{]', ''), /no JSON/],
    ['an HTTP server', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), /begins with "HTTP"/],
  ])('refuses %s', (_, wrong, message) => {
    const push = (): unknown => new FrameReader(100).push(wrong);
    expect(push).toThrow(FrameError);
    expect(push).toThrow(message);
  });
});

test('a request: magic, lengths, header, payload', () => {
  const bytes = Buffer.concat(encodeFrame({ op: 'put', key: 'ü' }, new Uint8Array([1, 2, 3])));
  const header = Buffer.from('{"op":"put","key":"ü"}');
  expect(bytes.toString('latin1', 0, 4)).toBe('ARQ1');
  expect(bytes.readUInt32LE(4)).toBe(header.length);
  expect(bytes.readBigUInt64LE(8)).toBe(3n);
  expect(bytes.subarray(16, 16 + header.length)).toEqual(header);
  expect([...bytes.subarray(16 + header.length)]).toEqual([1, 2, 3]);
});
