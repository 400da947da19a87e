import type { GraphBuilder } from '../../onnx/builder.ts';
import { add, cast, concat, expand, multiply, reshape, slice, subtract } from '../../onnx/expressions.ts';
import type { DataType, Value } from '../../onnx/graph.ts';
import { type QuantizationScheme, quantizedSizes } from '../quantize/scheme.ts';

/** How the graphs of training are given the matrices of the base model. */
export type BaseForm = { readonly kind: 'float'; readonly type: 'float32' | 'float16' } | { readonly kind: 'quantized'; readonly scheme: QuantizationScheme };

/** Numbers of a matrix that become float32 in one tensor: 128 MiB, which every WebGPU device lets a program bind. */
export const pieceNumbers = 2 ** 25;

type Declare = (name: string, type: DataType, shape: readonly number[]) => Value;

/** A matrix whose rows can be had as float32, piece after piece, each of at most so many numbers. */
export type BaseMatrix = { pieces(most?: number): readonly Value[] };

/**
 * A matrix [rows, columns] from the inputs that its form needs: named as in a checkpoint, with `.scales` and
 * `.zeroPoints` where it is quantised. What is not float32 becomes so on the device, in the graph: the products of
 * training see many tokens, so that this is little work beside them, and gradients need no product of their own.
 */
export function baseMatrix(g: GraphBuilder, declare: Declare, name: string, [rows, columns]: readonly [number, number], form: BaseForm): BaseMatrix {
  const cut = (most: number): readonly (readonly [number, number])[] => {
    const each = Math.max(1, Math.floor(most / columns));
    return Array.from({ length: Math.ceil(rows / each) }, (_, i) => [i * each, Math.min(rows, (i + 1) * each)]);
  };
  if (form.kind === 'float') {
    const given = declare(name, form.type, [rows, columns]);
    if (form.type === 'float32') return { pieces: () => [given] };
    return { pieces: (most = pieceNumbers) => cut(most).map(([start, end]) => cast(g, end - start === rows ? given : slice(g, given, 0, start, end), 'float32')) };
  }
  const { scheme } = form;
  const { blocks, blockBytes, scales, zeroPointBytes } = quantizedSizes(scheme, rows, columns);
  const packed: Packed = {
    weights: reshape(g, declare(name, 'uint8', [rows, blocks, blockBytes]), [rows, blocks * blockBytes]),
    scales: reshape(g, declare(`${name}.scales`, 'float32', [scales]), [rows, blocks]),
    zeroPoints: scheme.symmetric ? undefined : reshape(g, declare(`${name}.zeroPoints`, 'uint8', [zeroPointBytes]), [rows, zeroPointBytes / rows]),
  };
  const piece = ([start, end]: readonly [number, number]): Value => {
    const whole = dequantized(g, packed, g.constant('int32', [end - start], Array.from({ length: end - start }, (_, i) => start + i)), scheme);
    // Rows are filled up to whole blocks.
    return blocks * scheme.block === columns ? whole : slice(g, whole, 1, 0, columns);
  };
  return { pieces: (most = pieceNumbers) => cut(most).map(piece) };
}

type Packed = { readonly weights: Value; readonly scales: Value; readonly zeroPoints: Value | undefined };

/** Rows of a quantised matrix as float32 [count, blocks·block]. */
function dequantized(g: GraphBuilder, { weights, scales, zeroPoints }: Packed, indices: Value, { bits, block }: QuantizationScheme): Value {
  const rowsOf = (data: Value, scale: Value, size: number, zero?: Value): Value =>
    g.op('GatherBlockQuantized', [data, indices, scale, zero], { bits, block_size: size, gather_axis: 0, quantize_axis: 1 });
  const [rows, blocks] = scales.shape as [number, number];
  if (!zeroPoints || bits === 8 || blocks % 2 === 0) return rowsOf(weights, scales, block, zeroPoints);
  // WebGPU's GatherBlockQuantized (onnxruntime 1.30) takes no half-filled byte of zero points: first without them, and
  // then less (zero − 8)·scale, for which they are a matrix in blocks of their own.
  const count = indices.shape[0] as number;
  const ones = expand(g, g.scalar('float32', 1), [rows, Math.ceil((blocks + 1) / smallestBlock)]);
  const zeros = slice(g, rowsOf(zeroPoints, ones, smallestBlock), 1, 0, blocks);
  const shift = multiply(g, zeros, g.op('Gather', [scales, indices], { axis: 0 }));
  const plain = reshape(g, rowsOf(weights, scales, block), [count, blocks, block]);
  return reshape(g, subtract(g, plain, reshape(g, shift, [count, blocks, 1])), [count, blocks * block]);
}

const smallestBlock = 16;

/** x·Wᵀ + bias for x [tokens, inputs] and W [outputs, inputs] in pieces of its rows. */
export function product(g: GraphBuilder, x: Value, pieces: readonly Value[], bias?: Value): Value {
  const [whole] = pieces;
  if (whole && pieces.length === 1) return g.op('Gemm', [x, whole, bias], { transB: 1 });
  const y = concat(g, pieces.map((piece) => g.op('Gemm', [x, piece], { transB: 1 })), 1);
  return bias ? add(g, y, bias) : y;
}

/** The gradient of x in such a product, from dy [tokens, outputs]. */
export function productGradient(g: GraphBuilder, dy: Value, pieces: readonly Value[]): Value {
  let start = 0;
  // Slices, since WebGPU splits a tensor into few parts only: a program may bind so many buffers.
  const parts = pieces.map(({ shape }) => {
    const end = start + (shape[0] as number);
    const part = pieces.length === 1 ? dy : slice(g, dy, 1, start, end);
    start = end;
    return part;
  });
  // The sum so far comes last in the graph, and so first when it runs (see main/onnx/arena.ts): one piece is there at a time.
  return parts.slice(1).reduce((sum, part, i) => g.op('Gemm', [part, pieces[i + 1], sum]), g.op('Gemm', [parts[0], pieces[0]]));
}
