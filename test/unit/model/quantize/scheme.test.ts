import { expect, test } from 'vitest';
import { parseScheme, quantizedSizes, schemeText, schemes } from '../../../../main/model/quantize/scheme.ts';
import { InputError } from '../../../../main/records/input-error.ts';

test.each([
  ['int4', { bits: 4, block: 32, symmetric: true }],
  ['int4-block64', { bits: 4, block: 64, symmetric: true }],
  ['int4-asymmetric', { bits: 4, block: 32, symmetric: false }],
  ['int4-block128-asymmetric', { bits: 4, block: 128, symmetric: false }],
  ['int8', { bits: 8, block: 32, symmetric: true }],
  ['int8-block64-asymmetric', { bits: 8, block: 64, symmetric: false }],
])('%s', (text, scheme) => {
  expect(parseScheme(text)).toEqual(scheme);
});

test('there are twelve schemes, each with a spelling of its own', () => {
  expect(Object.keys(schemes)).toHaveLength(12);
  for (const [text, scheme] of Object.entries(schemes)) expect(schemeText(scheme)).toBe(text);
});

// The last three are properties that every JavaScript object has.
test.each(['int3', 'INT4', 'int4-block32', 'int4-asymmetric-block64', '', 'constructor', 'toString', '__proto__'])('%j is refused with all spellings', (text) => {
  const error = (() => {
    try {
      return parseScheme(text);
    } catch (thrown) {
      return thrown;
    }
  })() as InputError;
  expect(error).toBeInstanceOf(InputError);
  expect(error.expectation.found).toBe(text);
  for (const spelling of Object.keys(schemes)) expect(error.expectation.expected).toContain(spelling);
});

test('sizes of a matrix [3, 200], whose last block is not full', () => {
  // 200 columns are seven blocks of 32 or two of 128; seven zero points of 4 bits take four bytes.
  expect(quantizedSizes({ bits: 4, block: 32, symmetric: true }, 3, 200)).toEqual({ blocks: 7, blockBytes: 16, weightBytes: 336, scales: 21, zeroPointBytes: 0 });
  expect(quantizedSizes({ bits: 4, block: 32, symmetric: false }, 3, 200)).toMatchObject({ zeroPointBytes: 12 });
  expect(quantizedSizes({ bits: 8, block: 128, symmetric: false }, 3, 200)).toEqual({ blocks: 2, blockBytes: 128, weightBytes: 768, scales: 6, zeroPointBytes: 6 });
});
