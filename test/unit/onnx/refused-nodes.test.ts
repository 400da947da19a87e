import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { symbol } from '../../../main/onnx/dim.ts';
import { type Attribute, GraphError, type Value } from '../../../main/onnx/graph.ts';
import type { OperatorName } from '../../../main/onnx/operators/table.ts';

type Attributes = Readonly<Record<string, Attribute>>;

describe('a node that cannot be right is refused when it is added', () => {
  const S = symbol('S');
  const inputs = {
    a: [2, 3], b: [4, 3], row: [3], cube: [2, 3, 4], many: [S, 3], scalar: [], wide: [2, 3, 8], skip: [2, 4, 8], eight: [8], table: [5, 2], flat: [6],
  } as const;
  type Name = keyof typeof inputs | 'int' | 'bool' | 'half' | 'bytes';
  const value = (g: GraphBuilder, name: Name | undefined | readonly number[]): Value | undefined => {
    if (name === undefined) return undefined;
    if (typeof name !== 'string') return g.vector(name);
    if (name === 'int') return g.constant('int64', [1, 1], [0]);
    if (name === 'bool') return g.constant('bool', [2, 3], [0, 0, 0, 0, 0, 0]);
    if (name === 'half') return g.constant('float16', [2, 3], [0, 0, 0, 0, 0, 0]);
    if (name === 'bytes') return g.constant('uint8', [2, 1, 16], Array.from({ length: 32 }, () => 0));
    return g.input(name, 'float32', inputs[name]);
  };
  const bits = { K: 8, N: 2, bits: 4, block_size: 32 };
  const cases: readonly (readonly [OperatorName, readonly (Name | undefined | readonly number[])[], Attributes, RegExp, number?])[] = [
    ['Add', ['a', 'b'], {}, /shapes \[2, 3\] and \[4, 3\] do not broadcast/],
    ['Add', ['a', 'many'], {}, /shapes \[2, 3\] and \[S, 3\] do not broadcast/],
    ['Add', ['a', 'half'], {}, /a is float32, \S+ is float16/],
    ['Mul', ['bool', 'bool'], {}, /is bool, expected numbers/],
    ['Exp', ['int'], {}, /is int64, expected a floating type/],
    ['Where', ['a', 'a', 'a'], {}, /the condition is float32, not bool/],
    ['Cast', ['a'], { to: 99 }, /type number 99 is not in the table/],
    ['Cast', ['a'], { to: 1.5 }, /attribute to is 1.5, expected int/],
    ['MatMul', ['a', 'b'], {}, /inner sizes differ: \[2, 3\] times \[4, 3\]/],
    ['MatMul', ['a', 'row'], {}, /two axes or more, found \[2, 3\] and \[3\]/],
    ['Gemm', ['a', 'b'], {}, /inner sizes differ: \[2, 3\] times \[4, 3\]/],
    ['Gemm', ['a', 'b', 'row'], { transB: 1 }, /shapes \[3\] and \[2, 4\] do not broadcast/],
    ['Gemm', ['a', 'b', 'cube'], { transB: 1 }, /shapes \[2, 3, 4\] and \[2, 4\] do not broadcast/],
    ['Gemm', ['cube', 'b'], {}, /input 0 needs two axes, found \[2, 3, 4\]/],
    ['Reshape', ['a', [5]], { allowzero: 1 }, /\[2, 3\] cannot become \[5\]: \[6\] elements for \[5\]/],
    ['Reshape', ['many', [6]], { allowzero: 1 }, /\[S, 3\] cannot become \[6\]: \[3\*S\] elements for \[6\]/],
    ['Reshape', ['a', [6]], {}, /allowzero is not 1/],
    ['Reshape', ['a', 'flat'], { allowzero: 1 }, /input 1 must be a vector known while building/],
    ['Transpose', ['a'], { perm: [0, 0] }, /perm \[0,0\] for \[2, 3\]/],
    ['Transpose', ['a'], { perm: [0] }, /perm \[0\] for \[2, 3\]/],
    ['Concat', ['a', 'b'], { axis: 1 }, /shapes \[2, 3\] and \[4, 3\] differ outside axis 1/],
    ['Concat', ['a', 'b'], {}, /attribute axis is missing/],
    ['Concat', ['a', 'a'], { axis: 2 }, /axis 2 of a tensor of rank 2/],
    ['Split', ['a', [1, 1]], { axis: 1 }, /sizes \[1, 1\] of axis 1 of \[2, 3\]/, 2],
    ['Split', ['a', [4, -1]], { axis: 1 }, /sizes \[4, -1\] of axis 1 of \[2, 3\]/, 2],
    ['Split', ['a', [1, 2]], { axis: 1 }, /2 sizes for 3 outputs/, 3],
    ['Slice', ['a', [0], [4], [1]], {}, /elements \[0, 4\] of axis 1 of \[2, 3\]/],
    ['Slice', ['a', [-1], [1], [1]], {}, /elements \[-1, 1\] of axis 1/],
    ['Slice', ['a', [2], [1], [1]], {}, /elements \[2, 1\] of axis 1/],
    ['Slice', ['a', [0, 0], [1], [1]], {}, /2 starts and 1 ends for 1 axes/],
    ['Slice', ['a', [0, 0], [1, 1], [1, -1]], {}, /axes \[1, -1\] name one twice/],
    ['Pad', ['a', [1, 1]], {}, /pads \[1, 1\] for \[2, 3\], expected 4 counts/],
    ['Pad', ['a', [0, 0, 0, -1]], {}, /pads \[0, 0, 0, -1\]/],
    ['Expand', ['a', [2, 4]], {}, /\[2, 3\] does not expand to \[2, 4\]/],
    ['Expand', ['a', [3]], {}, /\[2, 3\] does not expand to \[3\]/],
    ['Shape', ['a'], { start: 0, end: 3 }, /axes from 0 to 3 of a tensor of rank 2/],
    ['ReduceSum', ['a', [2]], {}, /axis 2 of a tensor of rank 2/],
    ['ReduceSum', ['a', [-1]], {}, /axes \[-1\] counted from the end/],
    ['ReduceSum', ['a', []], {}, /no axes: leave the list out/],
    ['ReduceSum', ['a', [1, 1]], {}, /axes \[1, 1\] name one twice/],
    ['Softmax', ['a'], { axis: -3 }, /axis -3 of a tensor of rank 2/],
    ['Gather', ['a', 'row'], { axis: 0 }, /indices row are float32, expected int64/],
    ['GatherElements', ['row', 'int'], { axis: 0 }, /indices \[1, 1\] for data \[3\]/],
    ['ScatterElements', ['a', 'int', 'b'], { axis: 0 }, /indices \[1, 1\] and updates \[4, 3\] differ/],
    ['ScatterND', ['a', 'int', 'row'], {}, /updates \[3\], expected \[1, 3\]/],
    ['ScatterND', ['a', 'int', 'row'], { reduction: 'add' }, /no attribute reduction/],
    ['LayerNormalization', ['a', 'row'], { axis: 0 }, /axis 0 of \[2, 3\] is not the last one/],
    ['LayerNormalization', ['a', 'row', 'flat'], {}, /bias \[6\], expected \[3\]/],
    ['SimplifiedLayerNormalization', ['a', 'flat'], {}, /scale \[6\], expected \[3\]/],
    ['SkipSimplifiedLayerNormalization', ['wide', 'skip', 'eight'], {}, /\[2, 3, 8\] plus \[2, 4, 8\]/],
    ['RotaryEmbedding', ['wide', [0], 'table', 'table'], { num_heads: 3 }, /cos \[5, 2\] for 3 heads of \[2, 3, 8\]/],
    ['RotaryEmbedding', ['wide', [0, 1], 'table', 'table'], { num_heads: 2 }, /positions \[2\], expected \[1\] or \[2, 3\]/],
    ['MultiHeadAttention', ['wide', 'skip', 'skip'], { num_heads: 3 }, /3 heads of q \[2, 3, 8\]/],
    ['MultiHeadAttention', ['wide', 'skip', 'cube'], { num_heads: 2 }, /q \[2, 3, 8\], k \[2, 4, 8\], v \[2, 3, 4\] do not belong together/],
    ['MatMulNBits', ['wide', 'bytes', 'row'], bits, /scales \[3\], expected \[2\] or \[2, 1\]/],
    ['MatMulNBits', ['wide', 'bytes', 'row'], { ...bits, K: 16 }, /x \[2, 3, 8\] for K = 16/],
    ['MatMulNBits', ['wide', 'bytes', 'row'], { ...bits, N: 3 }, /weights \[2, 1, 16\], expected \[3, 1, 16\]/],
    ['MatMulNBits', ['wide', 'bytes', 'row'], { ...bits, bits: 3 }, /3 bits, expected 4 or 8/],
    ['MatMulNBits', ['wide', 'bytes', undefined, undefined, undefined, 'row'], bits, /input 2 is left out, but the first 3 are required/],
  ];

  test.each(cases.map(([op, names, attributes, message, outputs = 1]) => ({ op, names, attributes, message, outputs })))('$op of $names $attributes', ({ op, names, attributes, message, outputs }) => {
    const g = new GraphBuilder('broken');
    const given = new Map([...new Set(names)].map((name) => [name, value(g, name)]));
    const add = (): unknown => g.node(op, names.map((name) => given.get(name)), attributes, outputs);
    expect(add).toThrow(GraphError);
    expect(add).toThrow(new RegExp(`^node ${op}_\\d+ \\(${op}\\): `));
    expect(add).toThrow(message);
  });

  test('a value of another graph', () => {
    const [g, other] = [new GraphBuilder('one'), new GraphBuilder('other')];
    g.input('x', 'float32', [2]);
    expect(() => g.op('Neg', [other.input('x', 'float32', [2])])).toThrow('node Neg_1 (Neg): x is a value of another graph');
  });

  test('a second value of a name', () => {
    const g = new GraphBuilder('twice');
    const x = g.input('x', 'float32', [2]);
    expect(() => g.input('x', 'float32', [2])).toThrow('graph twice: two values are named x');
    expect(() => g.output('x', g.op('Neg', [x]))).toThrow('graph twice: two values are named x');
  });

  test('a symbol that no input has', () => {
    const g = new GraphBuilder('lost');
    g.input('x', 'float32', [symbol('S')]);
    expect(() => g.vector([symbol('T')])).toThrow('graph lost: no input has an axis T');
  });
});
