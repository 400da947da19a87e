import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, symbol } from '../../onnx/dim.ts';
import { multiply } from '../../onnx/expressions.ts';
import type { DataType, Value } from '../../onnx/graph.ts';
import { type BaseForm, baseMatrix, product } from './base-matrix.ts';
import { dropped } from './parameters.ts';

/** What is trained: an adapter's matrices on some modules of a layer, or all weights. */
export type Trained =
  | {
      readonly kind: 'lora';
      /** For each layer of the graph its adapted modules: "self_attn.q_proj". */
      readonly modules: readonly (readonly string[])[];
      /** Whether elements of the adapters' inputs are left out at random; which ones are inputs of the graph. */
      readonly dropout: boolean;
      /**
       * Whether an adapter's product is added to float32 weights, and not to the result: where there are more tokens than
       * a token has numbers that is less work. Not with dropout, which the weights do not see.
       */
      readonly merged: boolean;
    }
  | { readonly kind: 'full' };

/** Declares the weights of layers as inputs, and writes the products with them for a graph that is differentiated. */
export class TrainParameters {
  readonly #g: GraphBuilder;
  readonly #trained: Trained;
  readonly #form: BaseForm;
  readonly #weights: Value[] = [];
  readonly #adapters: Value[] = [];
  readonly #masks: Value[] = [];
  #scale: Value | undefined;

  /** `form`: of the matrices; whole weights are trained as float32. */
  constructor(g: GraphBuilder, trained: Trained, form: BaseForm) {
    this.#g = g;
    this.#trained = trained;
    this.#form = form;
  }

  /** Base weights to feed, named as baseMatrix names them, layers counted from the graph's first. */
  get weights(): readonly Value[] {
    return this.#weights;
  }

  /** `MODULE.lora_A` [r, in] and `MODULE.lora_B` [out, r]. */
  get adapters(): readonly Value[] {
    return this.#adapters;
  }

  /** `MODULE.PART.dropout` [rows, in]: whether an element stays. */
  get masks(): readonly Value[] {
    return this.#masks;
  }

  get trained(): readonly Value[] {
    return this.#trained.kind === 'full' ? this.#weights : this.#adapters;
  }

  vector(name: string, size: number): Value {
    return this.#weight(name, 'float32', [size]);
  }

  /**
   * What multiplies x [rows, inputs] by a matrix W [outputs, inputs]: x·Wᵀ + bias; where the module is adapted, plus
   * scale·(x·Aᵀ)·Bᵀ with the scalar input `lora_scale`, which includes 1 / (1 − dropout). Each call has rows of its own, and its dropout a mask named by `part`.
   */
  matrix(layer: number, module: string, size: MatrixSize): Matrix {
    const g = this.#g;
    const name = `model.layers.${layer}.${module}`;
    const pieces = baseMatrix(g, (...input) => this.#weight(...input), `${name}.weight`, [size.outputs, size.inputs], this.#form).pieces();
    const bias = size.bias ? this.vector(`${name}.bias`, size.outputs) : undefined;
    if (this.#trained.kind === 'full' || !this.#trained.modules[layer]?.includes(module)) return (x) => product(g, x, pieces, bias);
    const { merged, dropout } = this.#trained;
    const rank: Dim = symbol('r');
    const a = this.#adapter(`${name}.lora_A`, [rank, size.inputs]);
    const b = this.#adapter(`${name}.lora_B`, [size.outputs, rank]);
    const scale = (this.#scale ??= g.input('lora_scale', 'float32', []));
    if (merged && !dropout && this.#form.kind === 'float' && this.#form.type === 'float32') return mergedMatrix(g, { weight: pieces[0] as Value, bias, a, b, scale });
    return (x, part = 0) => {
      const y = product(g, x, pieces, bias);
      const low = g.op('Gemm', [dropout ? dropped(g, x, `${name}.${part}`, this.#masks) : x, a], { transB: 1 });
      return g.op('Gemm', [multiply(g, low, scale), b, y], { transB: 1 });
    };
  }

  #weight(name: string, type: DataType, shape: readonly number[]): Value {
    const value = this.#g.input(name, type, shape);
    this.#weights.push(value);
    return value;
  }

  #adapter(name: string, shape: readonly Dim[]): Value {
    const value = this.#g.input(name, 'float32', shape);
    this.#adapters.push(value);
    return value;
  }
}

/** Multiplies rows by a matrix; `part` tells stretches of rows apart. */
export type Matrix = (x: Value, part?: number) => Value;

type MatrixSize = { readonly inputs: number; readonly outputs: number; readonly bias: boolean };

type AdaptedMatrix = { readonly weight: Value; readonly bias: Value | undefined; readonly a: Value; readonly b: Value; readonly scale: Value };

/**
 * x·(W + scale·B·A)ᵀ + bias. The gradients of A and B go through the tokens, not through that of W, which nobody needs:
 * dA = scale·(dy·B)ᵀ·x and dB = scale·dyᵀ·(x·Aᵀ).
 */
function mergedMatrix(g: GraphBuilder, { weight, bias, a, b, scale }: AdaptedMatrix): (x: Value) => Value {
  const merged = g.op('Gemm', [multiply(g, b, scale), a, weight]);
  return (x) =>
    g.differentiate(g.op('Gemm', [x, merged, bias], { transB: 1 }), [x, a, b], (dy) => {
      const low = multiply(g, g.op('Gemm', [x, a], { transB: 1 }), scale);
      const dLow = multiply(g, g.op('Gemm', [dy, b]), scale);
      return [g.op('Gemm', [dy, merged]), g.op('Gemm', [dLow, x], { transA: 1 }), g.op('Gemm', [dy, low], { transA: 1 })];
    });
}
