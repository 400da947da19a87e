import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, symbol } from '../../onnx/dim.ts';
import { add, cast, matmul, transposeMatrix } from '../../onnx/expressions.ts';
import type { DataType, Value } from '../../onnx/graph.ts';
import type { QuantizationScheme } from '../quantize/scheme.ts';

/** How the matrices of a model are held: as floats, or in blocks of 4 or 8 bits. Vectors are always float32. */
export type MatrixForm =
  | { readonly kind: 'float'; readonly type: 'float32' | 'float16' }
  | {
      readonly kind: 'quantized';
      readonly scheme: QuantizationScheme;
      /** 1: products in float32. 4: activations rounded to int8 in blocks, as llama.cpp does; four times as fast on a CPU. */
      readonly accuracy: 1 | 4;
    };

/** A part of a file of weights. */
export type ExternalSlice = { readonly location: string; readonly offset: number; readonly length: number; readonly type: DataType; readonly shape: readonly number[] };

/** Whether weights are inputs of the graph, or belong to it and lie in a file; what the file lacks is an input all the same. */
export type Placement = { readonly kind: 'inputs' } | { readonly kind: 'initializers'; readonly slice: (name: string) => ExternalSlice | undefined };

export type ParameterOptions = {
  readonly form: MatrixForm;
  readonly placement: Placement;
  readonly lora: boolean;
  /** Products with float16 matrices in float32: for a graph that is differentiated, since small gradients vanish in half precision. */
  readonly exactProducts?: true;
  /** Elements of the adapters' inputs are left out; which stay are inputs `MODULE.dropout` [rows, inputs]. */
  readonly dropout?: boolean;
};

/** Declares a graph's weights as it needs them, and writes the products with them. */
export class Parameters {
  readonly #g: GraphBuilder;
  readonly #options: ParameterOptions;
  readonly #names: string[] = [];
  readonly #masks: Value[] = [];

  constructor(g: GraphBuilder, options: ParameterOptions) {
    this.#g = g;
    this.#options = options;
  }

  /** Names of the tensors to feed with each run, in the order of their declaration. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Which elements of the adapters' inputs stay, where some are left out. */
  get masks(): readonly Value[] {
    return this.#masks;
  }

  /** A norm's weight or a bias [size]. */
  vector(name: string, size: number): Value {
    return this.#declare(name, 'float32', [size]);
  }

  /**
   * x·Wᵀ + bias for x [rows, inputs] and W [outputs, inputs], plus the adapter's x·Aᵀ·Bᵀ where adapters are on:
   * A [r, inputs] and B [outputs, r] are inputs named after the module, B already multiplied by α/r.
   */
  linear(x: Value, module: string, size: { readonly inputs: number; readonly outputs: number; readonly bias: boolean; readonly adaptable: boolean }): Value {
    const bias = size.bias ? this.vector(`${module}.bias`, size.outputs) : undefined;
    const y = this.#product(x, `${module}.weight`, size.inputs, size.outputs, bias);
    if (!this.#options.lora || !size.adaptable) return y;
    const rank: Dim = symbol(`r.${module}`); // each module may have a rank of its own
    const a = this.#input(`${module}.lora_A`, 'float32', [rank, size.inputs]);
    const b = this.#input(`${module}.lora_B`, 'float32', [size.outputs, rank]);
    const low = matmul(this.#g, this.#options.dropout ? dropped(this.#g, x, module, this.#masks) : x, transposeMatrix(this.#g, a));
    return add(this.#g, y, matmul(this.#g, low, transposeMatrix(this.#g, b)));
  }

  #product(x: Value, name: string, inputs: number, outputs: number, bias: Value | undefined): Value {
    const g = this.#g;
    const { form } = this.#options;
    if (form.kind === 'quantized') {
      const { bits, block, symmetric } = form.scheme;
      const blocks = Math.ceil(inputs / block);
      const weight = this.#declare(name, 'uint8', [outputs, blocks, (block * bits) / 8]);
      const scales = this.#declare(`${name}.scales`, 'float32', [outputs * blocks]);
      const zeroPoints = symmetric ? undefined : this.#declare(`${name}.zeroPoints`, 'uint8', [outputs * Math.ceil((blocks * bits) / 8)]);
      const operands = [x, weight, scales, zeroPoints, undefined, bias];
      while (operands.at(-1) === undefined) operands.pop();
      return g.op('MatMulNBits', operands, { K: inputs, N: outputs, bits, block_size: block, accuracy_level: form.accuracy });
    }
    const weight = this.#declare(name, form.type, [outputs, inputs]);
    if (form.type === 'float32' || this.#options.exactProducts) return g.op('Gemm', [x, cast(g, weight, 'float32'), bias], { transB: 1 });
    // Half precision for the product alone: what flows between layers would overflow it.
    const y = cast(g, g.op('Gemm', [cast(g, x, 'float16'), weight], { transB: 1 }), 'float32');
    return bias ? add(g, y, bias) : y;
  }

  #declare(name: string, type: DataType, shape: readonly number[]): Value {
    const { placement } = this.#options;
    const slice = placement.kind === 'initializers' ? placement.slice(name) : undefined;
    if (!slice) return this.#input(name, type, shape);
    const { location, offset, length } = slice;
    return this.#g.initializer(name, type, shape, { kind: 'external', location, offset, length });
  }

  #input(name: string, type: DataType, shape: readonly Dim[]): Value {
    this.#names.push(name);
    return this.#g.input(name, type, shape);
  }
}

/** x without the elements that the input `MODULE.dropout`, which is added to `masks`, leaves out. */
export function dropped(g: GraphBuilder, x: Value, module: string, masks: Value[]): Value {
  const mask = g.input(`${module}.dropout`, 'bool', x.shape);
  masks.push(mask);
  return g.op('Where', [mask, x, g.scalar('float32', 0)]);
}
