import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type MatrixForm, Parameters, type Placement } from '../../main/model/graphs/parameters.ts';
import { randomValues } from '../../main/model/folder/random-values.ts';
import { dequantizeRows, quantizeRows } from '../../main/model/quantize/blocks.ts';
import { type QuantizedMatrices, quantizedMatrices } from '../../main/model/quantize/cache.ts';
import { type QuantizationScheme, schemes } from '../../main/model/quantize/scheme.ts';
import { GraphBuilder } from '../../main/onnx/builder.ts';
import { add, multiply, rmsNorm, silu } from '../../main/onnx/expressions.ts';
import { Runtime, float32Output } from '../../main/runtime/session.ts';
import { float32 } from '../../main/runtime/tensor.ts';

// Two layers of x + down(silu(gate(n)) · up(n)), n = rms norm of x, as wide as a 3B model, then a head that gives logits.
const [hidden, intermediate, vocabulary, tokens, layers] = [2048, 5504, 1024, 16, 2];
const matrices = [
  ...Array.from({ length: layers }, (_, i) => [
    { module: `layers.${i}.gate`, inputs: hidden, outputs: intermediate },
    { module: `layers.${i}.up`, inputs: hidden, outputs: intermediate },
    { module: `layers.${i}.down`, inputs: intermediate, outputs: hidden },
  ]).flat(),
  { module: 'head', inputs: hidden, outputs: vocabulary },
];

const draw = (name: string, shape: readonly number[]): Float32Array => {
  const values = new Float32Array(shape.reduce((a, b) => a * b));
  let done = 0;
  for (const piece of randomValues(name, shape, 1)) {
    values.set(piece, done);
    done += piece.length;
  }
  return values;
};
const weights = new Map(matrices.map(({ module, inputs, outputs }) => [`${module}.weight`, draw(module, [outputs, inputs])]));
const norms = new Map([...Array.from({ length: layers }, (_, i) => `layers.${i}.norm`), 'norm'].map((name) => [name, draw(`${name}.weight`, [hidden])]));
const x = draw('x', [tokens, hidden]).map((value) => value * Math.sqrt(hidden));

const work = mkdtempSync(path.join(os.tmpdir(), 'arft-stack-'));
const runtime = new Runtime({ provider: 'cpu', threads: 2 });
afterAll(async () => {
  await runtime.release();
  rmSync(work, { recursive: true, force: true });
});

/** Logits [tokens, vocabulary] of the stack with its matrices in a form; floats are fed, quantised matrices lie in the folder. */
async function logitsOf(form: MatrixForm, placement: Placement, floats: ReadonlyMap<string, Float32Array>, weightsFolder?: string): Promise<Float32Array> {
  const g = new GraphBuilder('stack');
  const parameters = new Parameters(g, { form, placement, lora: false });
  const linear = (value: ReturnType<typeof silu>, wanted: string) => {
    const { module, inputs, outputs } = matrices.find(({ module }) => module === wanted)!;
    return parameters.linear(value, module, { inputs, outputs, bias: false, adaptable: false });
  };
  let stream = g.input('x', 'float32', [tokens, hidden]);
  for (let i = 0; i < layers; i++) {
    const normal = rmsNorm(g, stream, parameters.vector(`layers.${i}.norm`, hidden), 1e-6);
    stream = add(g, stream, linear(multiply(g, silu(g, linear(normal, `layers.${i}.gate`)), linear(normal, `layers.${i}.up`)), `layers.${i}.down`));
  }
  g.output('logits', linear(rmsNorm(g, stream, parameters.vector('norm', hidden), 1e-6), 'head'));
  const program = await runtime.program(g.build(), { ...(weightsFolder !== undefined && { weightsFolder }) });
  const shapes = new Map(matrices.map(({ module, inputs, outputs }) => [`${module}.weight`, [outputs, inputs]]));
  const feeds = Object.fromEntries(parameters.names.map((name) => [name, float32(shapes.get(name) ?? [hidden], norms.get(name) ?? floats.get(name)!)]));
  return float32Output(await program.run({ ...feeds, x: float32([tokens, hidden], x) }), 'logits').data;
}

const float: MatrixForm = { kind: 'float', type: 'float32' };
const unquantized = logitsOf(float, { kind: 'inputs' }, weights);

const quantize = (scheme: QuantizationScheme): Promise<QuantizedMatrices> =>
  quantizedMatrices({
    root: work,
    scheme,
    identity: [],
    matrices: matrices.map(({ module, inputs, outputs }) => {
      const name = `${module}.weight`;
      return { name, rows: outputs, columns: inputs, read: (first, count) => weights.get(name)!.subarray(first * inputs, (first + count) * inputs) };
    }),
    vectors: [],
  });

const dequantized = (scheme: QuantizationScheme): ReadonlyMap<string, Float32Array> =>
  new Map(matrices.map(({ module, inputs, outputs }) => {
    const name = `${module}.weight`;
    return [name, dequantizeRows(quantizeRows(weights.get(name)!, outputs, inputs, scheme), outputs, inputs, scheme)];
  }));

const rms = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
const worst = (a: Float32Array, b: Float32Array): number => a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i]!)), 0);

describe.each(['int4', 'int4-block64', 'int4-block128', 'int4-asymmetric', 'int4-block128-asymmetric'])('%s', (name) => {
  test('the logits are those of the dequantised weights; rounding activations to int8 adds a small part of the error of the quantisation', async () => {
    const scheme = schemes[name]!;
    const { folder, slice } = await quantize(scheme);
    const run = (accuracy: 1 | 4) => logitsOf({ kind: 'quantized', scheme, accuracy }, { kind: 'initializers', slice }, new Map(), folder);
    const exact = await run(1);
    expect(worst(exact, await logitsOf(float, { kind: 'inputs' }, dequantized(scheme)))).toBeLessThan(1e-3);

    const error = rms(exact, await unquantized);
    const spread = rms(await unquantized, new Float32Array(exact.length));
    expect(spread).toBeGreaterThan(0.5);
    expect(error / spread).toBeGreaterThan(0.02);
    const added = rms(await run(4), exact);
    expect(added).toBeGreaterThan(0);
    expect(added / error).toBeLessThan(0.15);
  });
});
