import { type Dim, equalDims, shapeText } from '../dim.ts';
import { type OperatorTable, broadcast, intAttribute, required, sameType } from './operator.ts';

/** Matrix products. */
export const linear = {
  MatMul: {
    domain: '',
    inputs: [2, 2],
    attributes: {},
    infer: (c) => {
      const a = required(c, 0).shape;
      const b = required(c, 1).shape;
      if (a.length < 2 || b.length < 2) c.fail(`both inputs need two axes or more, found ${shapeText(a)} and ${shapeText(b)}`);
      if (!equalDims(a.at(-1) as Dim, b.at(-2) as Dim)) c.fail(`inner sizes differ: ${shapeText(a)} times ${shapeText(b)}`);
      return [{ type: sameType(c, 0, 1), shape: [...broadcast(c, a.slice(0, -2), b.slice(0, -2)), a.at(-2) as Dim, b.at(-1) as Dim] }];
    },
  },
  /** a·b (+ c), each matrix transposed where asked. */
  Gemm: {
    domain: '',
    inputs: [2, 3],
    attributes: { transA: 'int', transB: 'int', alpha: 'float', beta: 'float' },
    infer: (c) => {
      const turned = (i: number, attribute: string): readonly Dim[] => {
        const { shape } = required(c, i);
        if (shape.length !== 2) c.fail(`input ${i} needs two axes, found ${shapeText(shape)}`);
        return intAttribute(c, attribute, 0) ? [...shape].reverse() : shape;
      };
      const [m, inner] = turned(0, 'transA') as [Dim, Dim];
      const [rows, n] = turned(1, 'transB') as [Dim, Dim];
      if (!equalDims(inner, rows)) c.fail(`inner sizes differ: ${shapeText([m, inner])} times ${shapeText([rows, n])}`);
      const bias = c.inputs[2];
      if (bias && shapeText(broadcast(c, bias.shape, [m, n])) !== shapeText([m, n])) c.fail(`bias ${shapeText(bias.shape)} for ${shapeText([m, n])}`);
      return [{ type: sameType(c, 0, 1), shape: [m, n] }];
    },
  },
  /** x·Wᵀ with W [N, K] stored in 4 or 8 bits, a scale (and zero point) for each block of K. */
  MatMulNBits: {
    domain: 'com.microsoft',
    inputs: [3, 6],
    attributes: { K: 'int', N: 'int', bits: 'int', block_size: 'int', accuracy_level: 'int' },
    infer: (c) => {
      const { shape, type } = required(c, 0);
      const [k, n, bits, block] = [intAttribute(c, 'K'), intAttribute(c, 'N'), intAttribute(c, 'bits'), intAttribute(c, 'block_size')];
      const blocks = Math.ceil(k / block);
      const packed = [n, blocks, (block * bits) / 8];
      if (shape.at(-1) !== k) c.fail(`x ${shapeText(shape)} for K = ${k}`);
      if (!equalShape(required(c, 1).shape, packed)) c.fail(`weights ${shapeText(required(c, 1).shape)}, expected ${shapeText(packed)}`);
      return [{ type, shape: [...shape.slice(0, -1), n] }];
    },
  },
} as const satisfies OperatorTable;

const equalShape = (a: readonly Dim[], b: readonly number[]): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);
