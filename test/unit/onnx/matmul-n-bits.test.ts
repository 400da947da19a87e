import { describe, expect, test } from 'vitest';
import { hostTensor } from '../../../main/runtime/tensor.ts';
import { RandomInputs } from './random-inputs.ts';
import { numbersOf, runGraph } from './run-graph.ts';

type Case = { readonly bits: 4 | 8; readonly block: number; readonly zeroPoints: boolean; readonly accuracy: 1 | 4; readonly k: number; readonly rows: number };

const n = 24;

/** Unsigned numbers of 4 bits, the lower half of each byte first, each row of them filled up to whole bytes; or of 8 bits. */
function packed(values: readonly (readonly number[])[], bits: 4 | 8): Uint8Array {
  if (bits === 8) return Uint8Array.from(values.flat());
  return Uint8Array.from(values.flatMap((row) => Array.from({ length: Math.ceil(row.length / 2) }, (_, i) => (row[2 * i] as number) | ((row[2 * i + 1] ?? 0) << 4))));
}

/** Both sides of x·Wᵀ + bias: onnxruntime's from the packed weights, and from the weights as numbers in double precision. */
async function bothSides({ bits, block, zeroPoints, accuracy, k, rows }: Case) {
  const random = new RandomInputs(bits * block + k);
  const blocks = Math.ceil(k / block);
  const levels = 2 ** bits - 1;
  const table = (columns: number): readonly (readonly number[])[] => Array.from({ length: n }, () => Array.from({ length: columns }, () => random.int(0, levels)));
  const quantised = table(blocks * block);
  const zeros = zeroPoints ? table(blocks) : Array.from({ length: n }, () => Array.from({ length: blocks }, () => 2 ** (bits - 1)));
  const scales = random.float32([n, blocks], 'positive');
  const x = random.float32([rows, k]);
  const bias = random.float32([n]);
  const { y } = await runGraph((g) => {
    const weight = g.constant('uint8', [n, blocks, (block * bits) / 8], [...packed(quantised, bits)]);
    const zero = g.constant('uint8', [n * Math.ceil((blocks * bits) / 8)], [...packed(zeros, bits)]);
    const scale = g.constant('float32', [n * blocks], [...scales.data]);
    const inputs = [g.input('x', 'float32', [rows, k]), weight, scale, zeroPoints ? zero : undefined, undefined, g.input('bias', 'float32', [n])];
    return { y: g.op('MatMulNBits', inputs, { K: k, N: n, bits, block_size: block, accuracy_level: accuracy }) };
  }, { x, bias: hostTensor('float32', [n], bias.data) });

  const weights = quantised.map((row, i) => row.slice(0, k).map((q, j) => (q - (zeros[i]?.[Math.floor(j / block)] as number)) * (scales.data[i * blocks + Math.floor(j / block)] as number)));
  const inputs = Array.from({ length: rows }, (_, r) => [...x.data.subarray(r * k, (r + 1) * k)]);
  const expected = inputs.flatMap((row) => weights.map((w, i) => w.reduce((sum, each, j) => sum + each * (row[j] as number), bias.data[i] as number)));
  // With activations rounded to 8 bits in blocks each is off by at most half a step, the block's largest over 127.
  const rounding = inputs.flatMap((row) => weights.map((w) => w.reduce((sum, each, j) => {
    const first = Math.floor(j / block) * block;
    return sum + Math.abs(each) * Math.max(...row.slice(first, first + block).map(Math.abs)) / 127 / 2;
  }, 0)));
  return { found: numbersOf(y), expected, rounding };
}

const cases: readonly Case[] = ([4, 8] as const).flatMap((bits) =>
  [false, true].flatMap((zeroPoints) =>
    ([1, 4] as const).flatMap((accuracy) => [
      { bits, zeroPoints, accuracy, block: 32, k: 128, rows: 1 },
      { bits, zeroPoints, accuracy, block: 32, k: 96, rows: 7 },
      { bits, zeroPoints, accuracy, block: 32, k: 80, rows: 3 },
      { bits, zeroPoints, accuracy, block: 128, k: 256, rows: 5 },
    ]),
  ),
);

describe('MatMulNBits is the product with the dequantised weights', () => {
  test.each(cases)('$bits bits, blocks of $block, zero points $zeroPoints, accuracy level $accuracy, [$rows, $k]', async (each) => {
    const { found, expected, rounding } = await bothSides(each);
    expect(found.length).toBe(each.rows * n);
    const scale = Math.max(...expected.map(Math.abs));
    for (const [i, y] of found.entries()) {
      const bound = 1e-5 * scale + (each.accuracy === 4 ? (rounding[i] as number) : 0);
      expect(Math.abs(y - (expected[i] as number))).toBeLessThan(bound);
    }
  });
});
