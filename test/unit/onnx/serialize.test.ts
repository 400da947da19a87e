import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../main/onnx/builder.ts';
import { multiplyDims, symbol } from '../../../main/onnx/dim.ts';
import type { Graph, Value } from '../../../main/onnx/graph.ts';
import { ProtobufWriter } from '../../../main/onnx/protobuf.ts';
import { serializeModel } from '../../../main/onnx/serialize.ts';
import { float32 } from '../../../main/runtime/tensor.ts';
import { numbersOf, runtime } from './run-graph.ts';

const bytesOf = (numbers: Float32Array | BigInt64Array): Uint8Array => new Uint8Array(numbers.buffer);

const base64 = (graph: Graph): string => Buffer.from(serializeModel(graph)).toString('base64');

/** Attributes of kind int, float and ints, another domain, weights inside, a symbolic size. */
function inline(): Graph {
  const g = new GraphBuilder('golden');
  const x = g.input('x', 'float32', [symbol('S'), 3]);
  const w = g.initializer('w', 'float32', [2, 3], { kind: 'inline', bytes: bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5)) });
  const b = g.initializer('b', 'float32', [2], { kind: 'inline', bytes: bytesOf(Float32Array.of(-1, 1)) });
  const h = g.op('Gemm', [x, w, b], { alpha: 0.5, transB: 1 });
  g.output('y', g.op('Transpose', [g.op('QuickGelu', [h], { alpha: 1 })], { perm: [1, 0] }));
  return g.build();
}

/** A negative attribute, one of kind string, outputs that are left out, weights in a file, a name beyond ASCII. */
function external(): Graph {
  const g = new GraphBuilder('external');
  const x = g.input('x', 'float32', [multiplyDims(2, symbol('S')), 4]);
  const at = g.initializer('at', 'int64', [1, 4], { kind: 'inline', bytes: bytesOf(BigInt64Array.of(0n, 1n, -1n, 0n)) });
  const w = g.initializer('gewicht·w', 'float32', [1, 4], { kind: 'external', location: 'weights/w.bin', offset: 4096, length: 16 });
  const scale = g.initializer('scale', 'float32', [4], { kind: 'inline', bytes: bytesOf(Float32Array.of(1, 1, 1, 1)) });
  const z = g.op('ScatterElements', [g.op('Softmax', [x], { axis: -1 }), at, w], { axis: 0, reduction: 'add' });
  const [normal, , , sum] = g.node('SkipSimplifiedLayerNormalization', [z, x, scale], { epsilon: 1e-6 }, 4);
  g.output('y', normal as Value);
  g.output('sum', sum as Value);
  return g.build();
}

describe('a model file is, byte for byte, what the onnx package 1.23 for Python writes', () => {
  // helper.make_model(…).SerializeToString(deterministic=True), in base64.
  test('with weights inside', () => {
    expect(base64(inline())).toBe(
      'CAoSBGFyZnQ6tQIKPwoBeAoBdwoBYhIGR2VtbV8xGgZHZW1tXzEiBEdlbW0qDwoFYWxwaGEVAAAAP6ABASoNCgZ0cmFuc0IYAaABAgpNCgZHZW1tXzESC1F1aWNrR2VsdV8yGgtRdWlja0dlbHVfMiIJUXVpY2tHZWx1Kg8KBWFscGhhFQAAgD+gAQE6DWNvbS5taWNyb3NvZnQKNwoLUXVpY2tHZWx1XzISAXkaC1RyYW5zcG9zZV8zIglUcmFuc3Bvc2UqDQoEcGVybUABQACgAQcSBmdvbGRlbiojCAIIAxABQgF3ShgAAAAAAACAPwAAAEAAAEBAAACAQAAAoEAqEQgCEAFCAWJKCAAAgL8AAIA/WhQKAXgSDwoNCAESCQoDEgFTCgIIA2IUCgF5Eg8KDQgBEgkKAggCCgMSAVNCBAoAEBVCEQoNY29tLm1pY3Jvc29mdBAB',
    );
  });

  test('with weights in a file', () => {
    expect(base64(external())).toBe(
      'CAoSBGFyZnQ6tAQKOAoBeBIJU29mdG1heF8xGglTb2Z0bWF4XzEiB1NvZnRtYXgqFAoEYXhpcxj///////////8BoAECCnQKCVNvZnRtYXhfMQoCYXQKCmdld2ljaHTCt3cSEVNjYXR0ZXJFbGVtZW50c18yGhFTY2F0dGVyRWxlbWVudHNfMiIPU2NhdHRlckVsZW1lbnRzKgsKBGF4aXMYAKABAioTCglyZWR1Y3Rpb24iA2FkZKABAwqRAQoRU2NhdHRlckVsZW1lbnRzXzIKAXgKBXNjYWxlEgF5EgASABIDc3VtGiJTa2lwU2ltcGxpZmllZExheWVyTm9ybWFsaXphdGlvbl8zIiBTa2lwU2ltcGxpZmllZExheWVyTm9ybWFsaXphdGlvbioRCgdlcHNpbG9uFb03hjWgAQE6DWNvbS5taWNyb3NvZnQSCGV4dGVybmFsKiwIAQgEEAdCAmF0SiAAAAAAAAAAAAEAAAAAAAAA//////////8AAAAAAAAAACpNCAEIBBABQgpnZXdpY2h0wrd3ahkKCGxvY2F0aW9uEg13ZWlnaHRzL3cuYmluag4KBm9mZnNldBIENDA5NmoMCgZsZW5ndGgSAjE2cAEqHQgEEAFCBXNjYWxlShAAAIA/AACAPwAAgD8AAIA/WhYKAXgSEQoPCAESCwoFEgMyKlMKAggEYhYKAXkSEQoPCAESCwoFEgMyKlMKAggEYhgKA3N1bRIRCg8IARILCgUSAzIqUwoCCARCBAoAEBVCEQoNY29tLm1pY3Jvc29mdBAB',
    );
  });
});

test('onnxruntime computes what the file says', async () => {
  const program = await runtime.program(inline());
  const { y } = await program.run({ x: float32([1, 3], Float32Array.of(1, 1, 1)) });
  // 0.5·(0 + 1 + 2) − 1 and 0.5·(3 + 4 + 5) + 1, each times its sigmoid.
  const silu = (x: number): number => x / (1 + Math.exp(-x));
  expect(y?.shape).toEqual([2, 1]);
  for (const [i, expected] of [silu(0.5), silu(7)].entries()) expect(numbersOf(y as never)[i]).toBeCloseTo(expected, 6);
});

test('whole numbers are base-128 digits, negative ones in 64 bits', () => {
  // The examples of the protocol buffers' encoding guide, and the ends of the range.
  const written = (number: number): readonly number[] => [...new ProtobufWriter().int(1, number).finish()];
  expect(written(0)).toEqual([0x08, 0x00]);
  expect(written(127)).toEqual([0x08, 0x7f]);
  expect(written(128)).toEqual([0x08, 0x80, 0x01]);
  expect(written(150)).toEqual([0x08, 0x96, 0x01]);
  expect(written(-1)).toEqual([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
  expect(written(2 ** 40)).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
  expect([...new ProtobufWriter().string(2, 'testing').finish()]).toEqual([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
  expect([...new ProtobufWriter().message(3, new ProtobufWriter().int(1, 150)).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
});
