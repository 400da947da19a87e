import { type HostTensor, type Tensor, float32 } from '../runtime/tensor.ts';
import type { Runtime } from '../runtime/session.ts';
import { type Adapter, type LoraMatrices, loraModules } from './folder/adapter.ts';
import type { ModelConfig } from './folder/config.ts';
import { toDevice } from './tensor-store.ts';

/** The matrices that an adapter gives the decoder's graphs, in memory and, where a runtime keeps them, on its device. */
export class DecoderAdapter {
  readonly #config: ModelConfig;
  #feeds: ReadonlyMap<string, HostTensor> = new Map();
  /** Each since a run first needed it. */
  #onDevice = new Map<string, Promise<Tensor>>();
  /** Of adapters before; a run may still have them. */
  #retired: Promise<Tensor>[] = [];
  #runs = 0;

  constructor(config: ModelConfig) {
    this.#config = config;
  }

  /** Puts an adapter in place of the one before; undefined or a scale of 0 is the base model. */
  set(adapter: Adapter | undefined, scale: number): void {
    const modules = [...loraModules(this.#config)];
    this.#feeds = new Map(Array.from({ length: this.#config.text.layers }, (_, i) => modules.flatMap(([module, sizes]) => matricesOf(`layers.${i}.${module}`, sizes, adapter?.matrices.get(`layers.${i}.${module}`), scale))).flat());
    void this.retire();
  }

  /** Whether a parameter, by its name in the checkpoint, is the adapter's. */
  has(name: string): boolean {
    return this.#feeds.has(name);
  }

  /** A parameter of the adapter; undefined for one of the model. */
  feed(name: string, device: Runtime | undefined): Tensor | Promise<Tensor> | undefined {
    const matrix = this.#feeds.get(name);
    if (!matrix || !device) return matrix;
    const known = this.#onDevice.get(name) ?? toDevice(device, matrix, matrix.type);
    this.#onDevice.set(name, known);
    return known;
  }

  /** A run of the model, until whose end nothing is taken from a device. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    this.#runs += 1;
    try {
      return await run();
    } finally {
      this.#runs -= 1;
      if (this.#retired.length > 0) await this.#releaseRetired();
    }
  }

  /** Gives back what is on a device, when no run has it any more. */
  retire(): Promise<void> {
    this.#retired.push(...this.#onDevice.values());
    this.#onDevice = new Map();
    return this.#releaseRetired();
  }

  async #releaseRetired(): Promise<void> {
    if (this.#runs > 0) return;
    for (const moved of await Promise.allSettled(this.#retired.splice(0))) if (moved.status === 'fulfilled' && moved.value.kind === 'device') moved.value.release();
  }
}

/** A [rank, in] and scale·α/r·B [out, rank] of one module; a rank of one zero where the adapter leaves the module alone. */
function matricesOf(module: string, [outputs, inputs]: readonly [out: number, into: number], found: LoraMatrices | undefined, scale: number): readonly (readonly [string, HostTensor])[] {
  const rank = found?.rank ?? 1;
  const a = found?.a ?? new Float32Array(inputs);
  const b = found ? found.b.map((value) => value * found.scale * scale) : new Float32Array(outputs);
  return [[`model.${module}.lora_A`, float32([rank, inputs], a)], [`model.${module}.lora_B`, float32([outputs, rank], b)]];
}
