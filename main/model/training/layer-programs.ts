import { arenaBytes } from '../../onnx/arena.ts';
import type { Bindings } from '../../onnx/dim.ts';
import { providerTraits } from '../../runtime/provider.ts';
import type { Program } from '../../runtime/session.ts';
import type { TokenTree } from '../graphs/train-attention.ts';
import type { TrainGraph } from '../graphs/train-layers.ts';
import type { LoadedModel } from '../load.ts';

export type LayerProgram = TrainGraph & { readonly program: Program };

type Entry = { readonly tree: string; readonly bytes: number; readonly compiled: Promise<LayerProgram> };

/**
 * The compiled layers of each shape of tree. onnxruntime leaves every program the memory that it once used, so the
 * programs of trees that were not seen for longest are released when all together hold more than a budget.
 */
export class LayerPrograms {
  readonly #model: LoadedModel;
  readonly #budget: number;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();

  /** `budget` in bytes; the programs of the tree at hand may exceed it. */
  constructor(model: LoadedModel, budget: number) {
    this.#model = model;
    this.#budget = budget;
  }

  /** The program of a graph that `write` writes, which `key` and the tree determine. */
  async get(tree: TokenTree, key: string, sizes: Bindings, write: () => TrainGraph): Promise<LayerProgram> {
    const shape = JSON.stringify(tree);
    const name = `${shape} ${key}`;
    const known = this.#entries.get(name);
    if (known) {
      this.#entries.delete(name);
      this.#entries.set(name, known);
      return known.compiled;
    }
    const written = write();
    // Activations that are kept for the way back need not leave the device.
    const { deviceTensors } = providerTraits[this.#model.runtime.settings.provider];
    const compile = async (): Promise<LayerProgram> => ({ ...written, program: await this.#model.runtime.program(written.graph, { memoryPattern: false, ...(deviceTensors && { onDevice: written.graph.outputs.flatMap(({ name }) => (name.startsWith('kept.') ? [name] : [])) }) }) });
    const entry = { tree: shape, bytes: arenaBytes(written.graph, sizes), compiled: compile() };
    this.#entries.set(name, entry);
    await this.#makeRoom(shape);
    return entry.compiled;
  }

  /** Programs that are held. */
  get size(): number {
    return this.#entries.size;
  }

  async #makeRoom(tree: string): Promise<void> {
    let held = [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [name, entry] of this.#entries) {
      if (held <= this.#budget) return;
      if (entry.tree === tree) continue;
      this.#entries.delete(name);
      held -= entry.bytes;
      await (await entry.compiled).program.release();
    }
  }
}
