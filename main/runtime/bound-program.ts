import { evaluateDim } from '../onnx/dim.ts';
import { type Graph, type Value, dataTypes } from '../onnx/graph.ts';
import type { CInterface, Handle } from './c-interface.ts';
import type { Feeds } from './compiled.ts';
import { own } from './owned.ts';
import { type SizePlaces, sizesIn } from './size-places.ts';
import { type DeviceTensor, type HostTensor, type Tensor, float32, unwritten } from './tensor.ts';

const arenaAllocator = 1;
const defaultMemory = 0;
const firstDevice = 0;

/** What onnxruntime calls a provider's memory. */
export const memories = { cpu: 'Cpu', cuda: 'Cuda' } as const;
export type Memory = keyof typeof memories;

/** onnxruntime's words for the memory of each, which last as long as the thread. */
const named = new Map<Memory, Handle>();

function memoryOf(c: CInterface, provider: Memory): Handle {
  const known = named.get(provider) ?? c.made('CreateMemoryInfo', memories[provider], arenaAllocator, firstDevice, defaultMemory);
  named.set(provider, known);
  return known;
}

/** Values of onnxruntime's behind tensors that stayed on a device. */
const held = new WeakMap<DeviceTensor, Handle>();

/**
 * What a session runs: its inputs are bound, its outputs made in their sizes and bound. An input that is the same tensor as
 * in the run before, as weights are, stays bound: binding the hundreds that a decoder has takes a tenth of the time of a token.
 */
export class BoundProgram {
  readonly #c: CInterface;
  readonly #session: Handle;
  readonly #binding: Handle;
  readonly #inputs: ReadonlySet<string>;
  readonly #outputs: readonly Value[];
  readonly #staying: ReadonlySet<string>;
  readonly #places: SizePlaces;
  /** Of the process, and of the provider. */
  readonly #memory: Handle;
  readonly #device: Handle;
  /** Inputs that are bound between runs. */
  readonly #bound = new Map<string, Tensor>();
  /** The number of what was bound in the run before. */
  readonly #last = new Map<string, number>();

  constructor(c: CInterface, graph: Graph, { session, binding, places, provider, onDevice }: { readonly session: Handle; readonly binding: Handle; readonly places: SizePlaces; readonly provider: Memory; readonly onDevice: readonly string[] }) {
    this.#c = c;
    this.#session = session;
    this.#binding = binding;
    this.#staying = new Set(onDevice);
    this.#inputs = new Set(graph.inputs.map(({ name }) => name));
    // In this order: values of those that stay come first among those that are asked for.
    this.#outputs = [...graph.outputs].sort((a, b) => Number(this.#staying.has(b.name)) - Number(this.#staying.has(a.name)));
    this.#places = places;
    this.#memory = memoryOf(c, 'cpu');
    this.#device = memoryOf(c, provider);
  }

  /** @throws Error with onnxruntime's words. */
  run(feeds: Feeds): Feeds {
    const c = this.#c;
    // A binding is of no use any more once it was given another name.
    for (const name of Object.keys(feeds)) if (!this.#inputs.has(name)) throw new Error(`there is no input ${name}`);
    for (const name of this.#inputs) if (!feeds[name]) throw new Error(`the input ${name} was not given`);
    const sizes = sizesIn(this.#places, feeds);
    const others = Object.entries(feeds).filter(([name, tensor]) => this.#bound.get(name) !== tensor || isReleased(tensor));
    try {
      for (const [name, tensor] of others) this.#bind('BindInput', name, tensor);
      const outputs = this.#outputs.map(({ name, type, shape }): { readonly name: string; readonly host?: HostTensor; readonly device?: Omit<DeviceTensor, 'release'> } => {
        const dims = shape.map((dim) => evaluateDim(dim, sizes));
        if (this.#staying.has(name)) {
          c.call('BindOutputToDevice', this.#binding, name, this.#device);
          return { name, device: { kind: 'device', type, shape: dims } };
        }
        const host = unwritten(type, dims);
        this.#bind('BindOutput', name, host);
        return { name, host };
      });
      // What was given may still be on its way to a device, and what is wanted here on its way back.
      if (this.#device !== this.#memory) c.call('SynchronizeBoundInputs', this.#binding);
      c.call('RunWithBinding', this.#session, null, this.#binding);
      if (this.#device !== this.#memory) c.call('SynchronizeBoundOutputs', this.#binding);
      const stayed = this.#staying.size > 0 ? this.#stayed() : [];
      this.#letGo(others);
      return Object.fromEntries(outputs.map(({ name, host, device }, i) => [name, host ?? this.#held(device as DeviceTensor, stayed[i] as Handle)]));
    } catch (error) {
      // Some may have been bound and others not.
      c.does('ClearBoundInputs', this.#binding);
      this.#bound.clear();
      this.#last.clear();
      throw error;
    } finally {
      c.does('ClearBoundOutputs', this.#binding);
    }
  }

  /** What was bound for this run alone must not live on in the binding. */
  #letGo(inputs: readonly (readonly [string, Tensor])[]): void {
    for (const [name, tensor] of inputs) {
      const number = numberOf(tensor);
      if (this.#last.get(name) === number) {
        this.#bound.set(name, tensor);
        continue;
      }
      this.#last.set(name, number);
      this.#bound.delete(name);
      this.#bind('BindInput', name, nothing);
    }
  }

  #bind(how: 'BindInput' | 'BindOutput', name: string, tensor: Tensor): void {
    const c = this.#c;
    if (tensor.kind === 'device') {
      const value = held.get(tensor);
      if (!value) throw new Error(`${name}: a device tensor was given to a run after its release, or to another provider’s`);
      return c.call(how, this.#binding, name, value);
    }
    const value = this.#valueOf(tensor);
    try {
      c.call(how, this.#binding, name, value);
    } finally {
      c.does('ReleaseValue', value); // the binding has its own hold on it
    }
  }

  /** The tensor as onnxruntime's, over the same memory. */
  #valueOf({ type, shape, data }: HostTensor): Handle {
    return this.#c.made('CreateTensorWithDataAsOrtValue', this.#memory, data, data.byteLength, BigInt64Array.from(shape, BigInt), shape.length, dataTypes[type].onnx);
  }

  /** Values of the outputs that stay, in their order. */
  #stayed(): readonly Handle[] {
    const c = this.#c;
    const allocator = c.made('GetAllocatorWithDefaultOptions');
    const [array, count]: [[Handle | null], [number]] = [[null], [0]];
    c.call('GetBoundOutputValues', this.#binding, allocator, array, count);
    const values = c.pointersAt(array[0] as Handle, this.#outputs.length);
    c.call('AllocatorFree', allocator, array[0]);
    for (const value of values.slice(this.#staying.size)) c.does('ReleaseValue', value); // those in memory
    return values;
  }

  #held(tensor: Omit<DeviceTensor, 'release'>, value: Handle): DeviceTensor {
    const { release } = own(() => {
      held.delete(device);
      this.#c.does('ReleaseValue', value);
    });
    const device: DeviceTensor = { ...tensor, release };
    held.set(device, value);
    return device;
  }
}

// Tensors have numbers because a WeakRef keeps what it refers to until the end of the job at hand.
const numbers = new WeakMap<Tensor, number>();
let given = 0;

function numberOf(tensor: Tensor): number {
  const number = numbers.get(tensor) ?? (given += 1);
  numbers.set(tensor, number);
  return number;
}

const nothing = float32([1], new Float32Array(1));

const isReleased = (tensor: Tensor): boolean => (tensor.kind === 'device' ? !held.has(tensor) : (tensor.data.buffer as ArrayBuffer).detached);
