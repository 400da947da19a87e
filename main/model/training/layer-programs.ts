import { arenaBytes } from '../../onnx/arena.ts';
import type { Bindings } from '../../onnx/dim.ts';
import type { Program } from '../../runtime/session.ts';
import type { TokenTree } from '../graphs/train-attention.ts';
import type { TrainGraph } from '../graphs/train-layers.ts';
import type { LoadedModel } from '../load.ts';

const mebibyte = 1024 ** 2;

/**
 * Bytes beyond which a program gives its memory back after each run. A layer has up to eight programs, and an arena keeps
 * for each what it needed most: with long prompts a multiple of what one needs at a time. Smaller ones have arenas, which cause fewer
 * faults of pages and leave no gaps; so have all where the system's allocator was not measured.
 */
const mostInArena = process.platform === 'linux' ? 160 * mebibyte : Infinity;

/** What the system’s allocator holds, beside the largest, of what the other programs gave back: gaps in its heaps (measured: a third of it to all). */
const gaps = 0.65;

/** Bytes that programs hold together, from what each needs: arenas side by side, the others one after another. */
export function heldTogether(needs: readonly number[]): number {
  const sum = (bytes: readonly number[]): number => bytes.reduce((total, each) => total + each, 0);
  const passing = needs.filter((bytes) => bytes > mostInArena);
  const largest = Math.max(0, ...passing);
  return sum(needs) - sum(passing) + largest + gaps * (sum(passing) - largest);
}

export type LayerProgram = TrainGraph & { readonly program: Program };

type Entry = { readonly tree: string; readonly graph: TrainGraph['graph']; readonly compiled: Promise<LayerProgram>; /** Whether it keeps what it needed. */ readonly arena: boolean; /** With the largest sizes so far. */ bytes: number; sizes: string };

/**
 * The compiled layers of each shape of tree. onnxruntime leaves a program with an arena the most memory that it ever used,
 * whatever the sizes at hand are, so the programs of trees that were not seen for longest are released when all together hold more
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
    const arena = this.#model.runtime.settings.provider !== 'cpu' || arenaBytes(written.graph, sizes) <= mostInArena;
    const compile = async (): Promise<LayerProgram> => ({ ...written, program: await this.#model.runtime.program(written.graph, { memoryPattern: false, ...(!arena && { arena }), ...(staying.length > 0 && { onDevice: staying }) }) });
    const entry: Entry = { tree: shape, graph: written.graph, compiled: compile(), arena, bytes: 0, sizes: '' };
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
    let held = [...this.#entries.values()].reduce((sum, { arena, bytes }) => sum + (arena ? bytes : 0), 0);
    for (const [name, entry] of this.#entries) {
      if (held <= this.#budget) return;
      if (entry.tree === tree || !entry.arena) continue;
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
