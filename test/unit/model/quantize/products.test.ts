import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Parameters } from '../../../../main/model/graphs/parameters.ts';
import { dequantizeRows, quantizeRows } from '../../../../main/model/quantize/blocks.ts';
import { quantizedMatrices } from '../../../../main/model/quantize/cache.ts';
import { schemes } from '../../../../main/model/quantize/scheme.ts';
import { GraphBuilder } from '../../../../main/onnx/builder.ts';
import { Runtime, float32Output } from '../../../../main/runtime/session.ts';
import { float32 } from '../../../../main/runtime/tensor.ts';
import { normal, randomNumbers } from './random-matrix.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'arft-products-'));
const runtime = new Runtime({ provider: 'cpu', threads: 1 });
afterAll(async () => {
  await runtime.release();
  rmSync(root, { recursive: true, force: true });
});

const [rows, outputs] = [3, 7];

// 160 is five blocks of 32 (an odd count of zero points), but not a multiple of 64 or 128: the last block is padded.
test.each(Object.keys(schemes).flatMap((name) => [[name, 160], [name, 384]] as const))('%s, %d inputs: onnxruntime multiplies with what dequantizeRows gives', async (name, inputs) => {
  const scheme = schemes[name]!;
  const x = randomNumbers(rows * inputs, 1, normal);
  const matrix = randomNumbers(outputs * inputs, 2, normal);
  const quantized = await quantizedMatrices({
    root,
    scheme,
    identity: [name, String(inputs)],
    matrices: [{ name: 'm.weight', rows: outputs, columns: inputs, read: () => matrix }],
    vectors: [],
  });
  const g = new GraphBuilder('product');
  const parameters = new Parameters(g, { form: { kind: 'quantized', scheme, accuracy: 1 }, placement: { kind: 'initializers', slice: quantized.slice }, lora: false });
  g.output('y', parameters.linear(g.input('x', 'float32', [rows, inputs]), 'm', { inputs, outputs, bias: false, adaptable: false }));
  const program = await runtime.program(g.build(), { weightsFolder: quantized.folder });
  const y = float32Output(await program.run({ x: float32([rows, inputs], x) }), 'y').data;

  const w = dequantizeRows(quantizeRows(matrix, outputs, inputs, scheme), outputs, inputs, scheme);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outputs; o++) {
      const products = Array.from({ length: inputs }, (_, k) => x[row * inputs + k]! * w[o * inputs + k]!);
      const size = Math.sqrt(products.reduce((sum, p) => sum + p * p, 0));
      expect(Math.abs(y[row * outputs + o]! - products.reduce((sum, p) => sum + p, 0)) / size).toBeLessThan(1e-4);
    }
  }
});
