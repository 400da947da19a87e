import { arenaBytes } from '../../onnx/arena.ts';
import type { Bindings } from '../../onnx/dim.ts';
import type { Program } from '../../runtime/session.ts';
import type { TokenTree } from '../graphs/train-attention.ts';
import type { TrainGraph } from '../graphs/train-layers.ts';
import type { LoadedModel } from '../load.ts';

export type LayerProgram = TrainGraph & { readonly program: Program };

type Entry = { readonly tree: string; readonly graph: TrainGraph['graph']; readonly compiled: Promise<LayerProgram>; /** With the largest sizes so far. */ bytes: number; sizes: string };

/**
 * The compiled layers of each shape of tree. onnxruntime leaves every program the most memory that it ever used, whatever
 * the sizes at hand are, so the programs of trees that were not seen for longest are released when all together hold more
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

  /** The program of a graph that `write` writes, which `key` and the tree determine; outputs of which `onDevice` is true stay where they are. */
  async get(tree: TokenTree, key: string, sizes: Bindings, write: () => TrainGraph, onDevice: (output: string) => boolean = () => false): Promise<LayerProgram> {
    const shape = JSON.stringify(tree);
    const name = `${shape} ${key}`;
    const known = this.#entries.get(name);
    if (known) {
      this.#entries.delete(name);
      this.#entries.set(name, known);
      if (grow(known, sizes)) await this.#makeRoom(shape);
      return known.compiled;
    }
    const written = write();
    const staying = written.graph.outputs.map(({ name }) => name).filter(onDevice);
    const compile = async (): Promise<LayerProgram> => ({ ...written, program: await this.#model.runtime.program(written.graph, { memoryPattern: false, ...(staying.length > 0 && { onDevice: staying }) }) });
    const entry: Entry = { tree: shape, graph: written.graph, compiled: compile(), bytes: 0, sizes: '' };
    grow(entry, sizes);
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

/** Counts the memory of a run with these sizes. @returns whether the program will hold more than before. */
function grow(entry: Entry, sizes: Bindings): boolean {
  const text = JSON.stringify(sizes);
  if (text === entry.sizes) return false; // the layers of a pass, one after another
  entry.sizes = text;
  const [before, now] = [entry.bytes, arenaBytes(entry.graph, sizes)];
  entry.bytes = Math.max(before, now);
  return now > before;
}
