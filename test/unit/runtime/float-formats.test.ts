import { describe, expect, test } from 'vitest';
import { bfloat16ToFloat32, firstNonFinite, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from '../../../main/runtime/float-formats.ts';

const widen = (convert: typeof bfloat16ToFloat32, bits: number): number => {
  const target = new Float32Array(1);
  convert(Uint16Array.of(bits), target);
  return target[0]!;
};
const narrow = (convert: typeof float32ToBfloat16, value: number): number => {
  const target = new Uint16Array(1);
  convert(Float32Array.of(value), target);
  return target[0]!;
};
/** A float32 from its bits. */
const f32 = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

// Bits and values from the definitions: sign, 8 or 5 bits of exponent, 7 or 10 of fraction.
const BFLOAT16: readonly [bits: number, value: number][] = [
  [0x0000, 0], [0x8000, -0], [0x3f80, 1], [0xbf80, -1], [0x4049, 3.140625], [0x7f7f, 255 * 2 ** 120], [0x0080, 2 ** -126],
  [0x0001, 2 ** -133], [0x007f, 127 * 2 ** -133], [0x7f80, Infinity], [0xff80, -Infinity], [0x7fc0, NaN],
];
const FLOAT16: readonly [bits: number, value: number][] = [
  [0x0000, 0], [0x8000, -0], [0x3c00, 1], [0xbc00, -1], [0x4248, 3.140625], [0x7bff, 65504], [0x0400, 2 ** -14],
  [0x0001, 2 ** -24], [0x03ff, 1023 * 2 ** -24], [0x8001, -(2 ** -24)], [0x7c00, Infinity], [0xfc00, -Infinity], [0x7e00, NaN],
];

describe('bfloat16', () => {
  test.each(BFLOAT16)('0x%s is %s, both ways', (bits, value) => {
    expect(widen(bfloat16ToFloat32, bits)).toBe(value);
    expect(narrow(float32ToBfloat16, value)).toBe(bits);
  });

  test.each([
    ['below half goes down', f32(0x3f807fff), 0x3f80],
    ['half goes to the even one below', f32(0x3f808000), 0x3f80],
    ['half goes to the even one above', f32(0x3f818000), 0x3f82],
    ['above half goes up', f32(0x3f808001), 0x3f81],
    ['a carry moves to the next exponent', f32(0x3fffffff), 0x4000],
    ['the largest float32 becomes infinity', f32(0x7f7fffff), 0x7f80],
    ['half of the smallest subnormal goes to zero', 2 ** -134, 0x0000],
    ['more than half of it goes up', 2 ** -134 + 2 ** -149, 0x0001],
    ['a subnormal may become normal', f32(0x007fffff), 0x0080],
  ])('rounding: %s', (_, value, bits) => expect(narrow(float32ToBfloat16, value)).toBe(bits));

  test('a NaN whose payload is cut off stays a NaN', () => {
    const target = new Uint16Array(2);
    float32ToBfloat16(new Float32Array(Uint32Array.of(0x7f800001, 0xffffffff).buffer), target);
    expect([...target]).toEqual([0x7fc0, 0xffff]);
  });

  test('every bfloat16 survives both ways', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const wide = new Float32Array(all.length);
    const back = new Uint16Array(all.length);
    bfloat16ToFloat32(all, wide);
    float32ToBfloat16(wide, back);
    const differing = [...all].filter((bits) => back[bits] !== (Number.isNaN(wide[bits]) ? bits | 0x40 : bits));
    expect(differing).toEqual([]);
  });
});

describe('float16', () => {
  test.each(FLOAT16)('0x%s is %s, both ways', (bits, value) => {
    expect(widen(float16ToFloat32, bits)).toBe(value);
    expect(narrow(float32ToFloat16, value)).toBe(bits);
  });

  test.each([
    ['half goes to the even one below', 1 + 2 ** -11, 0x3c00],
    ['half goes to the even one above', 1 + 3 * 2 ** -11, 0x3c02],
    ['above half goes up', 1 + 2 ** -11 + 2 ** -23, 0x3c01],
    ['below the middle to infinity stays finite', 65519.99609375, 0x7bff],
    ['the middle goes to infinity', 65520, 0x7c00],
    ['far beyond is infinity', 1e38, 0x7c00],
    ['half of the smallest subnormal goes to zero', 2 ** -25, 0x0000],
    ['just above half goes up', 2 ** -25 + 2 ** -48, 0x0001],
    ['one and a half of it goes to the even one', 1.5 * 2 ** -24, 0x0002],
    ['a subnormal may become normal', 2 ** -14 - 2 ** -26, 0x0400],
    ['a float32 subnormal is zero, with its sign', -(2 ** -140), 0x8000],
  ])('rounding: %s', (_, value, bits) => expect(narrow(float32ToFloat16, value)).toBe(bits));

  // The runtime's own Float16Array is another implementation; Node has it from version 24 on.
  const Float16 = (globalThis as { Float16Array?: new (source: Iterable<number> | ArrayBuffer) => ArrayLike<number> & { buffer: ArrayBuffer } }).Float16Array;

  test.skipIf(Float16 === undefined)('agrees with Float16Array on every float16', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
    const wide = new Float32Array(all.length);
    float16ToFloat32(all, wide);
    expect(wide).toEqual(Float32Array.from(new Float16!(all.buffer)));
  });

  test.skipIf(Float16 === undefined)('agrees with Float16Array on float32 of all exponents', () => {
    const values = new Float32Array(Uint32Array.from({ length: 200_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1)).buffer).filter((value) => !Number.isNaN(value));
    const ours = new Uint16Array(values.length);
    float32ToFloat16(values, ours);
    expect(ours).toEqual(new Uint16Array(new Float16!(values).buffer));
  });
});

describe('firstNonFinite', () => {
  test.each([
    [[1, -3e38, 0], -1], [[], -1], [[0, NaN, Infinity], 1], [[-Infinity, 1], 0], [[1, 2, f32(0xff800001)], 2],
    [[1, 2, 3, 4, 5, NaN], 5], [[1, 2, 3, 4, 5, 6, 7, 8, -Infinity], 8], [[0, -0, 2 ** -149, 3.4e38, -3.4e38], -1],
  ])('%j → %i', (values, index) => expect(firstNonFinite(Float32Array.from(values))).toBe(index));
});

test('works on parts of a buffer and refuses unequal lengths', () => {
  const target = new Float32Array(8).fill(7);
  bfloat16ToFloat32(Uint16Array.of(9, 0x3f80, 0x4000, 0x4040, 0x4080, 0xbf80, 0).subarray(1), target.subarray(1, 7));
  expect([...target]).toEqual([7, 1, 2, 3, 4, -1, 0, 7]);
  for (const convert of [bfloat16ToFloat32, float16ToFloat32]) expect(() => convert(new Uint16Array(2), new Float32Array(3))).toThrow(RangeError);
  for (const convert of [float32ToBfloat16, float32ToFloat16]) expect(() => convert(new Float32Array(3), new Uint16Array(2))).toThrow(RangeError);
});
