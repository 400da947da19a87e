import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { GraphBuilder } from '../onnx/builder.ts';
import { cast } from '../onnx/expressions.ts';
import { type DataType, dataTypes } from '../onnx/graph.ts';
import type { Runtime } from '../runtime/session.ts';
import { type ArrayOf, type HostTensor, type Tensor, float32, hostTensor, release, unwritten } from '../runtime/tensor.ts';
import type { ModelConfig } from './folder/config.ts';
import { expectedTensors } from './folder/expected-tensors.ts';
import type { Weights } from './folder/weights.ts';
import type { BaseForm } from './graphs/base-matrix.ts';
import type { ExternalSlice } from './graphs/parameters.ts';
import { dequantizeRows } from './quantize/blocks.ts';
import type { QuantizedMatrices } from './quantize/cache.ts';
import type { QuantizationScheme } from './quantize/scheme.ts';

/**
 * The weights of a model as tensors for runs: read once, in the form that the graphs want, kept in memory or, where
 * asked, on the provider's device.
 */
export class TensorStore {
  readonly #weights: Weights;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #runtime: Runtime;
  readonly #quantized: QuantizedMatrices | undefined;
  readonly #scheme: QuantizationScheme | undefined;
  readonly #onDevice: boolean;
  readonly #tiedHead: boolean;
  /** Of matrices that are not quantised. */
  readonly floatType: 'float32' | 'float16';
  /** How the graphs of training take matrices: see `operand`. */
  readonly baseForm: BaseForm;
  readonly #tensors = new Map<string, Promise<Tensor>>();
  readonly #inMemory = new Map<string, HostTensor>();
  /** Operands that were made anew. */
  readonly #made = new WeakSet<Tensor>();

  constructor(options: { config: ModelConfig; weights: Weights; runtime: Runtime; /** float16 on a device alone. */ floatType: 'float32' | 'float16'; quantized: QuantizedMatrices | undefined; scheme: QuantizationScheme | undefined; onDevice: boolean; /** Whether graphs take quantised matrices as inputs, in their blocks. */ blocks: boolean }) {
    this.#weights = options.weights;
    this.#shapes = expectedTensors(options.config);
    this.#tiedHead = options.config.text.tiedHead;
    this.#runtime = options.runtime;
    this.floatType = options.floatType;
    this.#quantized = options.quantized;
    this.#scheme = options.scheme;
    this.#onDevice = options.onDevice;
    this.baseForm = options.scheme && options.blocks ? { kind: 'quantized', scheme: options.scheme } : { kind: 'float', type: options.scheme ? 'float32' : options.floatType };
  }

  /** A part of a weight by its name in the graphs: the checkpoint's, with `.scales` or `.zeroPoints` for those of a quantised matrix. */
  get(part: string): Promise<Tensor> {
    // A tied head is the embedding itself: one tensor, also while it is trained.
    const name = part === 'lm_head.weight' && this.#tiedHead && !this.#quantized?.slice(part) ? 'model.embed_tokens.weight' : part;
    const known = this.#tensors.get(name);
    if (known) return known;
    const made = this.#make(name);
    this.#tensors.set(name, made);
    return made;
  }

  /** Rows of a matrix [count, columns], from memory where it is there (training changes it in place), else from the file. */
  readRows(name: string, rows: readonly number[]): Float32Array {
    const [, columns] = this.#shapes.get(name) as readonly [number, number];
    const known = this.#inMemory.get(name);
    const table = known?.type === 'float32' ? (known.data as Float32Array) : undefined;
    if (!table) return this.readStoredRows(name, rows);
    const found = new Float32Array(rows.length * columns);
    for (const [i, row] of rows.entries()) found.set(table.subarray(row * columns, (row + 1) * columns), i * columns);
    return found;
  }

  /** Rows of a matrix as the folder has it, whatever training has made of it. */
  readStoredRows(name: string, rows: readonly number[]): Float32Array {
    const [, columns] = this.#shapes.get(name) as readonly [number, number];
    const found = new Float32Array(rows.length * columns);
    for (const [i, row] of rows.entries()) this.#weights.readRows(name, row, 1, found.subarray(i * columns, (i + 1) * columns));
    return found;
  }

  /** A weight as the folder has it, whatever training has made of it, read with each call; into `target` where it is given. */
  stored(name: string, target?: Float32Array<ArrayBuffer>): HostTensor<'float32'> {
    return this.#float(name === 'lm_head.weight' && this.#tiedHead ? 'model.embed_tokens.weight' : name, target);
  }

  /** A part of a weight for runs of training: matrices in `baseForm`, vectors as float32; on the device where they lie there. `done` is to be told of it afterwards. */
  async operand(part: string): Promise<Tensor> {
    const tensor = await this.get(part);
    return tensor.kind === 'device' || this.baseForm.kind === 'quantized' ? tensor : this.float32(part);
  }

  /** Operands are not needed any more: those that were made of blocks for this go. */
  done(operands: readonly Tensor[]): void {
    release(operands.filter((tensor) => this.#made.delete(tensor)));
  }

  /** A weight as float32 in memory, made anew from its blocks with each call where it is quantised. */
  async float32(name: string): Promise<HostTensor<'float32'>> {
    const tensor = await this.get(name);
    if (tensor.kind === 'host' && tensor.type === 'float32') return tensor as HostTensor<'float32'>;
    if (tensor.kind !== 'host' || !this.#scheme) throw new Error(`${name} is not in memory`);
    const [rows, columns] = this.#shapes.get(name === 'lm_head.weight' && this.#tiedHead ? 'model.embed_tokens.weight' : name) as [number, number];
    const part = async (suffix: string): Promise<ArrayOf[DataType]> => ((await this.get(name + suffix)) as HostTensor).data;
    const packed = {
      weights: tensor.data as Uint8Array,
      scales: (await part('.scales')) as Float32Array,
      zeroPoints: this.#scheme.symmetric ? new Uint8Array(0) : ((await part('.zeroPoints')) as Uint8Array),
    };
    const made = unwritten('float32', [rows, columns]);
    dequantizeRows(packed, rows, columns, this.#scheme, made.data);
    this.#made.add(made);
    return made;
  }

  release(): void {
    for (const tensor of this.#tensors.values()) void tensor.then((t) => t.kind === 'device' && t.release());
    this.#tensors.clear();
    this.#inMemory.clear();
  }

  async #make(part: string): Promise<Tensor> {
    const slice = this.#quantized?.slice(part);
    const tensor = slice ? readExternal(this.#quantized?.folder as string, slice) : this.#float(part);
    if (!this.#onDevice) {
      this.#inMemory.set(part, tensor);
      return tensor;
    }
    const half = this.floatType === 'float16' && tensor.type === 'float32' && tensor.shape.length > 1;
    return toDevice(this.#runtime, tensor, half ? 'float16' : tensor.type);
  }

  #float(name: string, target?: Float32Array<ArrayBuffer>): HostTensor<'float32'> {
    const shape = this.#shapes.get(name) ?? [];
    const data = this.#weights.readFloat32(name, target);
    // A convolution over whole patches is a product with its kernels as rows.
    const rows = shape[0] ?? 1;
    const flat = shape.length > 2 ? [rows, data.length / rows] : shape;
    return float32(flat, data);
  }
}

function readExternal(folder: string, { location, offset, length, type, shape }: ExternalSlice): HostTensor {
  const bytes = new Uint8Array(length);
  const file = openSync(path.join(folder, location), 'r');
  try {
    for (let at = 0; at < length; ) {
      const count = readSync(file, bytes, at, Math.min(length - at, 2 ** 30), offset + at);
      if (count === 0) throw new Error(`${location} ends before byte ${offset + length}`);
      at += count;
    }
  } finally {
    closeSync(file);
  }
  return hostTensor(type, shape, viewAs(type, bytes));
}

function viewAs(type: DataType, bytes: Uint8Array): ArrayOf[DataType] {
  if (type === 'uint8') return bytes;
  if (type === 'float32') return new Float32Array(bytes.buffer, 0, bytes.byteLength / dataTypes.float32.bytes);
  throw new Error(`quantised weights hold uint8 and float32, not ${type}`);
}

/**
 * Moves a tensor to the provider's device by a graph that passes it on, as another type where asked: onnxruntime-node
 * cannot take half-precision arrays from JavaScript.
 */
export async function toDevice(runtime: Runtime, tensor: HostTensor, type: DataType): Promise<Tensor> {
  const g = new GraphBuilder('to device');
  g.output('y', cast(g, g.input('x', tensor.type, tensor.shape), type));
  const program = await runtime.program(g.build(), { onDevice: ['y'] });
  return (await program.run({ x: tensor }))['y'] as Tensor;
}
