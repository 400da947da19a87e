import { describe, expect, test } from 'vitest';
import { type Dim, addDims, dimText, elementCount, equalDims, equalShapes, evaluateDim, isSurelyNegative, multiplyDims, shapeText, subtractDims, symbol, symbolsOf } from '../../../main/onnx/dim.ts';

const [B, S, R] = [symbol('B'), symbol('S'), symbol('R')];

describe('dimensions', () => {
  test('add up, and fall back to a number when the symbols cancel', () => {
    expect(dimText(addDims(S, 1, S, 2))).toBe('3 + 2*S');
    expect(addDims(S, 5, subtractDims(2, S))).toBe(7);
    expect(addDims()).toBe(0);
    expect(subtractDims(S, S)).toBe(0);
    expect(dimText(subtractDims(S, R))).toBe('-1*R + S');
  });

  test('multiply as polynomials', () => {
    expect(dimText(multiplyDims(addDims(B, 1), addDims(B, -1)))).toBe('-1 + B*B');
    expect(dimText(multiplyDims(addDims(R, S), addDims(R, S)))).toBe('R*R + 2*R*S + S*S');
    expect(dimText(multiplyDims(2, S, 3, B))).toBe('6*B*S');
    expect(multiplyDims(S, 0)).toBe(0);
    expect(multiplyDims()).toBe(1);
  });

  test('are equal whatever the order of writing', () => {
    expect(equalDims(multiplyDims(S, B), multiplyDims(B, S))).toBe(true);
    expect(equalDims(multiplyDims(B, addDims(R, S)), addDims(multiplyDims(S, B), multiplyDims(B, R)))).toBe(true);
    expect(equalDims(S, R)).toBe(false);
    expect(equalDims(addDims(S, 1), S)).toBe(false);
    expect(equalShapes([B, 3], [B, 3])).toBe(true);
    expect(equalShapes([B, 3], [B])).toBe(false);
    expect(equalShapes([], [])).toBe(true);
  });

  test('have a value once their symbols do', () => {
    const dim = addDims(multiplyDims(B, S), multiplyDims(-2, R), 3);
    expect(evaluateDim(dim, { B: 4, S: 5, R: 6 })).toBe(11);
    expect(evaluateDim(multiplyDims(S, S, S), { S: 3 })).toBe(27);
    expect(evaluateDim(7, {})).toBe(7);
    expect(() => evaluateDim(dim, { B: 4, S: 5 })).toThrow('dimension 3 + B*S + -2*R: no value for R; given: {"B":4,"S":5}');
  });

  test('name their symbols', () => {
    expect(symbolsOf(addDims(multiplyDims(S, B), B, 4))).toEqual(['B', 'S']);
    expect(symbolsOf(4)).toEqual([]);
    for (const name of ['', 'a*b', 'a + b', 'a b']) expect(() => symbol(name)).toThrow('cannot be named');
  });

  test('count elements', () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([2, 0, S])).toBe(0);
    expect(shapeText([elementCount([B, S, 8])])).toBe('[8*B*S]');
  });

  test('are surely negative only where no sizes could make them 0 or more', () => {
    const cases: readonly (readonly [Dim, boolean])[] = [
      [-1, true], [0, false], [1, false], [S, false], [subtractDims(0, S), false], [subtractDims(-1, S), true], [subtractDims(3, S), false], [addDims(S, -1), false],
    ];
    for (const [dim, negative] of cases) expect(isSurelyNegative(dim)).toBe(negative);
  });
});
