import { type Dim, equalDims, equalShapes, shapeText } from '../dim.ts';
import { type OperatorTable, broadcast, floatingType, intAttribute, required, requireShape, sameType } from './operator.ts';

/** Matrix products. */
export const linear = {
  /**
   * Batches broadcast. onnxruntime 1.30 gets two empty cases wrong on the CPU: with an inner size of 0 and a factor that
   * comes from a Transpose, only a batch's first product is set to 0 and the others are left as the memory was; and a
   * batch of 1 is not repeated where a tensor is empty.
   */
  MatMul: {
    domain: '',
    inputs: [2, 2],
    attributes: {},
    infer: (c) => {
      const a = required(c, 0).shape;
      const b = required(c, 1).shape;
      if (a.length < 2 || b.length < 2) c.fail(`both inputs need two axes or more, found ${shapeText(a)} and ${shapeText(b)}`);
      if (!equalDims(a.at(-1) as Dim, b.at(-2) as Dim)) c.fail(`inner sizes differ: ${shapeText(a)} times ${shapeText(b)}`);
      return [{ type: floatingType(c, 0, 1), shape: [...broadcast(c, a.slice(0, -2), b.slice(0, -2)), a.at(-2) as Dim, b.at(-1) as Dim] }];
    },
  },
  /** alpha·a·b (+ beta·c), each matrix transposed where asked. */
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
      if (bias && !equalShapes(broadcast(c, bias.shape, [m, n]), [m, n])) c.fail(`bias ${shapeText(bias.shape)} for ${shapeText([m, n])}`);
      return [{ type: floatingType(c, 0, 1, ...(bias ? [2] : [])), shape: [m, n] }];
    },
  },
  /** x·Wᵀ with W [N, K] stored in 4 or 8 bits, a scale (and zero point) for each block of K, plus a bias [N]. */
  MatMulNBits: {
    domain: 'com.microsoft',
    inputs: [3, 6],
    attributes: { K: 'int', N: 'int', bits: 'int', block_size: 'int', accuracy_level: 'int' },
    infer: (c) => {
      const { shape } = required(c, 0);
      const [k, n, bits, block] = [intAttribute(c, 'K'), intAttribute(c, 'N'), intAttribute(c, 'bits'), intAttribute(c, 'block_size')];
      const blocks = Math.ceil(k / block);
      const zeroPointBytes = Math.ceil((blocks * bits) / 8);
      if (bits !== 4 && bits !== 8) c.fail(`${bits} bits, expected 4 or 8`);
      if (shape.at(-1) !== k) c.fail(`x ${shapeText(shape)} for K = ${k}`);
      requireShape(c, 'weights', 1, [n, blocks, (block * bits) / 8]);
      requireShape(c, 'scales', 2, [n * blocks], [n, blocks]);
      if (c.inputs[3]) requireShape(c, 'zero points', 3, [n * zeroPointBytes], [n, zeroPointBytes]);
      if (c.inputs[4]) c.fail('input 4, an order of groups, is not supported');
      if (c.inputs[5]) requireShape(c, 'bias', 5, [n]);
      for (const i of [1, 3]) if (c.inputs[i] && required(c, i).type !== 'uint8') c.fail(`${required(c, i).name} is ${required(c, i).type}, expected uint8`);
      return [{ type: sameType(c, 0, 2, ...(c.inputs[5] ? [5] : [])), shape: [...shape.slice(0, -1), n] }];
    },
  },
} as const satisfies OperatorTable;
