import { arenaBytes } from '../../onnx/arena.ts';
import type { Bindings } from '../../onnx/dim.ts';
import { providerTraits } from '../../runtime/provider.ts';
import type { Program } from '../../runtime/session.ts';
import type { TokenTree } from '../graphs/train-attention.ts';
import type { TrainGraph } from '../graphs/train-layers.ts';
import type { LoadedModel } from '../load.ts';

export type LayerProgram = TrainGraph & { readonly program: Program };

/** Bytes that a compiled program holds for each node of its graph, beside the memory in which it runs (measured: 12.5 MiB for 2,975 nodes). */
export const nodeBytes = 4500;

type Entry = { readonly tree: string; readonly compiled: Promise<LayerProgram>; readonly bytes: number };

/**
 * The compiled layers of each shape of tree. The programs of trees that were not seen for longest are released when all together hold more
 * than a budget.
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

  /** The program of a graph that `write` writes, which `key` and the tree determine, first for these sizes; outputs of which `onDevice` is true stay where they are. */
  async get(tree: TokenTree, key: string, sizes: Bindings, write: () => TrainGraph, onDevice: (output: string) => boolean = () => false): Promise<LayerProgram> {
    const shape = JSON.stringify(tree);
    const name = `${shape} ${key}`;
    const known = this.#entries.get(name);
    if (known) {
      this.#entries.delete(name);
      this.#entries.set(name, known);
      return known.compiled;
    }
    const written = write();
    const staying = written.graph.outputs.map(({ name }) => name).filter(onDevice);
    const compile = async (): Promise<LayerProgram> => ({ ...written, program: await this.#model.runtime.program(written.graph, { memoryPattern: false, ...(staying.length > 0 && { onDevice: staying }) }) });
    const memory = providerTraits[this.#model.runtime.settings.provider].oneMemory ? 0 : arenaBytes([{ graph: written.graph, bindings: sizes }]);
    const entry: Entry = { tree: shape, compiled: compile(), bytes: memory + nodeBytes * written.graph.nodes.length };
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
