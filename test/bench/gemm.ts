import os from 'node:os';
import { GraphBuilder } from '../../main/onnx/builder.ts';
import { Runtime } from '../../main/runtime/session.ts';
import { float32 } from '../../main/runtime/tensor.ts';
import { type Benchmark, secondsOf, wholeNumber } from './benchmark.ts';

/** GFLOP/s of the fastest of some float32 products of two square matrices. */
export async function gemmPeak(size = 2048, runs = 7): Promise<number> {
  const g = new GraphBuilder('gemm');
  // A sum keeps the product from being copied into JavaScript.
  const product = g.op('MatMul', [g.input('a', 'float32', [size, size]), g.input('b', 'float32', [size, size])]);
  g.output('y', g.op('ReduceMax', [product, g.vector([0, 1])], { keepdims: 0 }));
  const runtime = new Runtime({ provider: 'cpu', threads: os.availableParallelism() });
  const program = await runtime.program(g.build());
  const matrix = float32([size, size], new Float32Array(size * size).map((_, i) => ((i * 7919) % 1000) / 1000 - 0.5));
  const seconds = await secondsOf(runs, 2, () => program.run({ a: matrix, b: matrix }));
  await runtime.release();
  return (2 * size ** 3) / Math.min(...seconds) / 1e9;
}

export const gemm: Benchmark = {
  name: 'gemm',
  summary: 'float32 matrix product of onnxruntime on the CPU: the peak that others are compared with',
  options: { size: { type: 'string', default: '2048' } },
  run: async ({ size }, { figure }) => figure(`float32 product of two ${size} × ${size} matrices`, await gemmPeak(wholeNumber(size, 'size')), 'GFLOP/s'),
};
