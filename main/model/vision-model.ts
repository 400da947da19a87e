import { type Program, type Runtime, float32Output } from '../runtime/session.ts';
import { type Tensor, float32, hostTensor, int64 } from '../runtime/tensor.ts';
import type { VisionConfig } from './folder/config.ts';
import { type VisionOptions, visionTower } from './graphs/vision.ts';
import { FeatureCache } from './image/feature-cache.ts';
import type { TensorStore } from './tensor-store.ts';
import type { TowerAdapter } from './tower-adapter.ts';
import { visionRotary, windowLayout } from './windows.ts';

/** An image as the vision tower takes it: grid [1, rows, columns] of patches, pixels [rows·columns, channels·temporal·patch²]. */
export type PatchedImage = { readonly grid: readonly [number, number, number]; readonly pixels: Float32Array };

const closed = -1e9;

type Compiled = { readonly program: Program; readonly parameters: readonly string[] };

export type EncodeOptions = {
  /** Weights in place of the model's own. */
  readonly weights?: (name: string) => Promise<Tensor>;
  /** An adapter in place of the one that was set; null for none. */
  readonly adapter?: TowerAdapter | null;
};

/** The vision tower and patch merger of a Qwen2.5-VL. */
export class VisionModel {
  readonly #config: VisionConfig;
  readonly #runtime: Runtime;
  readonly #store: TensorStore;
  readonly #options: VisionOptions;
  /** By the layers that have an adapter: exchanging one for another on the same layers compiles nothing. */
  readonly #programs = new Map<string, Promise<Compiled>>();
  #adapter: TowerAdapter | undefined;
  /** By the tower without an adapter, and with the one that is set. */
  readonly #base = new FeatureCache();
  readonly #adapted = new FeatureCache();

  private constructor(config: VisionConfig, runtime: Runtime, store: TensorStore, options: VisionOptions) {
    [this.#config, this.#runtime, this.#store, this.#options] = [config, runtime, store, options];
  }

  static async load(config: VisionConfig, runtime: Runtime, store: TensorStore, options: VisionOptions): Promise<VisionModel> {
    const model = new VisionModel(config, runtime, store, options);
    await model.#compiled(undefined);
    return model;
  }

  /** Puts an adapter in place of the one before. */
  setAdapter(adapter: TowerAdapter | undefined): void {
    this.#adapter = adapter;
    this.#adapted.forget();
  }

  /** To be called when the tower's own weights have changed in place. */
  forget(): void {
    this.#base.forget();
    this.#adapted.forget();
  }

  /** Features of an image's merged patches, in reading order: [tokens, text hidden size]; kept, so not to be changed. */
  encode(image: PatchedImage, options: EncodeOptions = {}): Promise<Float32Array> {
    const { weights = (name) => this.#store.get(name), adapter = this.#adapter } = options;
    const run = (): Promise<Float32Array> => this.#encode(image, weights, adapter ?? undefined);
    if (options.weights || (adapter && adapter !== this.#adapter)) return run();
    return (adapter ? this.#adapted : this.#base).of(image, run);
  }

  async #encode(image: PatchedImage, weights: (name: string) => Promise<Tensor>, adapter: TowerAdapter | undefined): Promise<Float32Array> {
    const { feeds, inverse } = visionFeeds(this.#config, image);
    const { program, parameters } = await this.#compiled(adapter);
    for (const name of parameters) feeds[name] = adapter?.feeds.get(name) ?? (await weights(name));
    const features = float32Output(await program.run(feeds), 'features');
    return permuteRows(features.data, inverse, this.#config.outHiddenSize);
  }

  #compiled(adapter: TowerAdapter | undefined): Promise<Compiled> {
    const key = [...(adapter?.modules ?? [])].join();
    const compile = async (): Promise<Compiled> => {
      const { graph, parameters } = visionTower(this.#config, adapter ? { ...this.#options, lora: true, adapted: adapter.modules } : this.#options);
      return { program: await this.#runtime.program(graph), parameters };
    };
    const known = this.#programs.get(key) ?? compile();
    this.#programs.set(key, known);
    return known;
  }
}

/** An image as the tower's graph takes it, and the order of its merged units there (see WindowLayout). */
export function visionFeeds(config: VisionConfig, { grid, pixels }: PatchedImage): { readonly feeds: Record<string, Tensor>; readonly order: Int32Array; readonly inverse: Int32Array } {
  const unit = config.mergeSize ** 2;
  const [, rows, columns] = grid;
  const units = (rows * columns) / unit;
  const layout = windowLayout(grid, config);
  const headDim = config.hiddenSize / config.heads;
  const angles = visionRotary(grid, { mergeSize: config.mergeSize, headDim });
  const patchSize = pixels.length / (rows * columns);
  const inWindowOrder = (data: Float32Array, size: number): Float32Array => permuteRows(data, layout.order, unit * size);
  const { slots, mask, places, windows, longest } = windowSlots(layout.windows, unit);
  const feeds: Record<string, Tensor> = {
    pixels: float32([rows * columns, patchSize], inWindowOrder(pixels, patchSize)),
    cos: float32([rows * columns, headDim / 2], inWindowOrder(angles.cos, headDim / 2)),
    sin: float32([rows * columns, headDim / 2], inWindowOrder(angles.sin, headDim / 2)),
    slots: hostTensor('int64', [windows, longest], slots),
    slot_mask: float32([windows, 1, 1, longest], mask),
    places: int64([units, unit], places),
  };
  return { feeds, order: layout.order, inverse: layout.inverse };
}

/** out[i] = data[order[i]] for rows of `size` numbers. */
export function permuteRows(data: Float32Array, order: ArrayLike<number>, size: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < order.length; i++) {
    const from = (order[i] as number) * size;
    out.set(data.subarray(from, from + size), i * size);
  }
  return out;
}

/** Windows of different lengths (in merged units) laid out as rows of one length (in patches). */
function windowSlots(lengths: readonly number[], unit: number): { slots: BigInt64Array; mask: Float32Array; places: number[]; windows: number; longest: number } {
  const longest = Math.max(...lengths) * unit;
  const slots = new BigInt64Array(lengths.length * longest);
  const mask = new Float32Array(lengths.length * longest).fill(closed);
  const places: number[] = [];
  for (const [w, length] of lengths.entries()) {
    for (let i = 0; i < length * unit; i++) {
      slots[w * longest + i] = BigInt(places.length);
      mask[w * longest + i] = 0;
      places.push(w * longest + i);
    }
  }
  return { slots, mask, places, windows: lengths.length, longest };
}
