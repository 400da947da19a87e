import type { HostTensor } from '../../runtime/tensor.ts';
import type { TensorStore } from '../tensor-store.ts';

/** Where a pass takes the model's weights from. */
export type WeightSource = Pick<TensorStore, 'operand' | 'done' | 'readRows'>;

/**
 * The weights that a fully trained model began with, for its reference policy. They are not held: each is read from the
 * model's folder when a pass needs it, into the memory of the layer before, so that the layers of one run, the head and for
 * the time of its images the vision tower are there at once. The rest is the system's file cache, which it may take back.
 */
export class ReferenceWeights implements WeightSource {
  readonly #store: TensorStore;
  readonly #layersPerRun: number;
  /** Text weights by their name within a run of layers; those of a run take the place of the run's before. */
  readonly #places = new Map<string, { readonly name: string; readonly tensor: HostTensor<'float32'> }>();

  constructor(store: TensorStore, layersPerRun: number) {
    [this.#store, this.#layersPerRun] = [store, layersPerRun];
  }

  async operand(name: string): Promise<HostTensor<'float32'>> {
    const place = name.replace(/^model\.layers\.(\d+)\./, (_, layer: string) => `model.layers.${Number(layer) % this.#layersPerRun}.`);
    const known = this.#places.get(place);
    if (known?.name === name) return known.tensor;
    const tensor = this.#store.stored(name, known?.tensor.data as Float32Array<ArrayBuffer> | undefined);
    this.#places.set(place, { name, tensor });
    return tensor;
  }

  /** Their memory is for the next ones. */
  done(): void {}

  readRows(name: string, rows: readonly number[]): Float32Array {
    return this.#store.readStoredRows(name, rows);
  }

  /** Lets go what was read. */
  release(): void {
    this.#places.clear();
  }
}
