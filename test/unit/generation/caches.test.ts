import { describe, expect, test } from 'vitest';
import { BatchCache } from '../../../main/generation/batch-cache.ts';
import { type Added, type CacheShape, type RowCache, emptyRow, extendRow, prefixOf } from '../../../main/generation/key-value-cache.ts';
import { causalMask, closed, decodeMask } from '../../../main/generation/masks.ts';
import { SlotCache } from '../../../main/generation/slot-cache.ts';
import { float32 } from '../../../main/runtime/tensor.ts';

const shape: CacheShape = { layers: 2, kvHeads: 2, headDim: 3 };

/** A number that says where it came from: layer, kv head, row, token, dimension. */
const mark = (layer: number, head: number, row: number, token: number, dim: number): number => (((layer * 10 + head) * 10 + row) * 100 + token) * 10 + dim;

/** New keys of `rows` for tokens [first, first + count); values are the negatives. */
function added(rows: readonly number[], first: readonly number[], count: number): Added {
  const make = (sign: number) =>
    Array.from({ length: shape.layers }, (_, layer) => {
      const data: number[] = [];
      for (let head = 0; head < shape.kvHeads; head++) {
        for (const [b, row] of rows.entries()) for (let t = 0; t < count; t++) for (let d = 0; d < shape.headDim; d++) data.push(sign * mark(layer, head, row, (first[b] as number) + t, d));
      }
      return float32([shape.kvHeads, rows.length, count, shape.headDim], Float32Array.from(data));
    });
  return { keys: make(1), values: make(-1) };
}

function expectRow(cache: RowCache, row: number, length: number): void {
  expect(cache.length).toBe(length);
  for (let layer = 0; layer < shape.layers; layer++) {
    const expected: number[] = [];
    for (let head = 0; head < shape.kvHeads; head++) for (let t = 0; t < length; t++) for (let d = 0; d < shape.headDim; d++) expected.push(mark(layer, head, row, t, d));
    expect([...(cache.keys[layer] as Float32Array)]).toEqual(expected);
    expect([...(cache.values[layer] as Float32Array)]).toEqual(expected.map((x) => -x));
  }
}

describe('the prefix', () => {
  test('is a row that grew by runs, its keys transposed', () => {
    const row = extendRow(shape, extendRow(shape, emptyRow(shape), added([0], [0], 2)), added([0], [2], 3));
    const prefix = prefixOf(shape, row);
    expect(prefix.length).toBe(5);
    expect(prefix.keys[1]?.shape).toEqual([2, 3, 5]);
    expect(prefix.values[1]?.shape).toEqual([2, 5, 3]);
    for (let layer = 0; layer < 2; layer++) for (let head = 0; head < 2; head++) for (let t = 0; t < 5; t++) for (let d = 0; d < 3; d++) {
      expect(prefix.keys[layer]?.data[(head * 3 + d) * 5 + t]).toBe(mark(layer, head, 0, t, d));
      expect(prefix.values[layer]?.data[(head * 5 + t) * 3 + d]).toBe(-mark(layer, head, 0, t, d));
    }
  });
});

describe('the batch', () => {
  const rowOf = (row: number, length: number): RowCache => extendRow(shape, emptyRow(shape), added([row], [0], length));

  test('takes rows of different lengths, gives them back', () => {
    const batch = new BatchCache(shape, [rowOf(0, 3), rowOf(1, 0), rowOf(2, 5)]);
    expectRow(batch.row(0), 0, 3);
    expectRow(batch.row(1), 1, 0);
    expectRow(batch.row(2), 2, 5);
  });

  test('grows beyond its room, loses rows in the middle, and no token is lost', () => {
    const batch = new BatchCache(shape, [rowOf(0, 3), rowOf(1, 0), rowOf(2, 5)]);
    for (let step = 0; step < 70; step++) batch.append(added([0, 1, 2], [3 + step, step, 5 + step], 1));
    expectRow(batch.row(1), 1, 70);
    batch.keep([0, 2]);
    for (let step = 70; step < 140; step++) batch.append(added([0, 2], [3 + step, 5 + step], 1));
    expectRow(batch.row(0), 0, 143);
    expectRow(batch.row(1), 2, 145);
    expect(batch.lengths).toEqual([143, 145]);
    expect(batch.capacity).toBeGreaterThanOrEqual(145);
  });
});

describe('who is where', () => {
  const rowOf = (row: number, length: number): RowCache => extendRow(shape, emptyRow(shape), added([row], [0], length));

  test('rows of a batch are the same as they grow and as others leave', () => {
    const batch = new BatchCache(shape, [rowOf(0, 63), rowOf(0, 63), rowOf(2, 5)]);
    const [first, second, third] = batch.tenants;
    expect(new Set(batch.tenants).size).toBe(3);
    batch.append(added([0, 0, 2], [63, 63, 5], 1));
    expect([batch.capacity, batch.lengths[0]]).toEqual([64, 64]);
    batch.reserve();
    expect(batch.capacity).toBe(128);
    expect(batch.tenants).toEqual([first, second, third]);
    batch.keep([0, 2]);
    expect(batch.tenants).toEqual([first, third]);
    batch.append(added([0, 2], [64, 6], 1));
    expectRow(batch.row(0), 0, 65);
  });

  test('a place has another tenant when a row is put there, and the others stay who they are', () => {
    const slots = new SlotCache(shape, 3);
    slots.put(1, rowOf(1, 4));
    slots.put(2, rowOf(2, 10));
    const before = [...slots.tenants];
    slots.put(0, rowOf(0, 100)); // more than there was room for
    expect(slots.capacity).toBe(128);
    expect(slots.tenants.slice(1)).toEqual(before.slice(1));
    const [, , two] = slots.tenants;
    expectRow(slots.take(1), 1, 4);
    slots.put(1, rowOf(1, 4));
    expect(slots.tenants[1]).not.toBe(before[1]);
    expect(slots.tenants[2]).toBe(two);
    slots.append([0, 1], added([0, 1, 2], [100, 4, 10], 1));
    expectRow(slots.take(0), 0, 101);
    expectRow(slots.take(2), 2, 10);
  });
});

describe('masks', () => {
  test('causal: own past in use, unused room closed, new tokens up to oneself', () => {
    const o = 0;
    const x = closed;
    // Two of three places in use, two new tokens.
    expect([...causalMask(2, 2, 3)]).toEqual(Array.from(Float32Array.of(o, x, o, o, x, o, o, o, o, x)));
  });

  test('decode: each row sees its own length and the new token', () => {
    const o = 0;
    const x = closed;
    expect([...decodeMask([0, 2], 2)]).toEqual(Array.from(Float32Array.of(o, x, x, o, o, o)));
  });
});
