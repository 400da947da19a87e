import { byteSize } from './builder.ts';
import type { Bindings } from './dim.ts';
import type { Graph, Node } from './graph.ts';

// What onnxruntime's CPU provider holds after runs. It runs nodes in an order of its own, lets some outputs take the
// place of an input, and takes memory from an arena that keeps what it has: all three decide how much that is.

/**
 * The order in which onnxruntime runs a graph's nodes: depth first from the nodes that no other needs, the last of them
 * first, and of a node's inputs the one that is made last first. An intermediate value may so live far longer than in the
 * order of the graph.
 */
export function executionOrder({ nodes }: Pick<Graph, 'nodes'>): readonly Node[] {
  const maker = new Map(nodes.flatMap(({ outputs }, i) => outputs.map((name) => [name, i] as const)));
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const stack = [...nodes.entries()].flatMap(([i, { outputs }]) => (outputs.some((name) => used.has(name)) ? [] : [{ i, ready: false }]));
  const seen = new Set<number>();
  const order: Node[] = [];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { i, ready } = top;
    const node = nodes[i] as Node;
    if (ready) order.push(node);
    else if (!seen.has(i)) {
      seen.add(i);
      stack.push({ i, ready: true });
      const makers = node.inputs.flatMap((name) => maker.get(name) ?? []).sort((a, b) => a - b);
      for (const j of makers) if (!seen.has(j)) stack.push({ i: j, ready: false });
    }
  }
  return order;
}

/** Outputs that are their first input under another shape. */
const aliases: ReadonlySet<string> = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze']);
/** Operators that write over an input of the same size which nobody needs any more. */
const inPlace: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Exp', 'Sqrt', 'Sigmoid', 'Tanh']);

/** A graph, and the sizes with which it runs. */
export type ArenaRun = { readonly graph: Graph; readonly bindings: Bindings };

/** Bytes of the process's memory that runs one after another leave with the arena of their programs, without inputs and initializers. */
export function arenaBytes(runs: readonly ArenaRun[]): number {
  const arena = new Arena();
  for (const run of runs) runIn(arena, run);
  return arena.touched;
}

function runIn(arena: Arena, { graph, bindings }: ArenaRun): void {
  const sizes = new Map<string, number>();
  const size = (name: string): number => {
    const bytes = sizes.get(name) ?? byteSize(graph.values.get(name) ?? missing(name), bindings);
    sizes.set(name, bytes);
    return bytes;
  };
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const uses = new Map<string, number>();
  for (const { inputs } of graph.nodes) for (const name of inputs) uses.set(name, (uses.get(name) ?? 0) + 1);

  const blocks = new Map<string, Block>();
  /** Whose block a value lies in, and how many uses of that block are still to come. */
  const owners = new Map<string, string>();
  const toCome = new Map<string, number>();
  const ownerOf = (name: string): string => owners.get(name) ?? name;
  const done = (owner: string): void => {
    const block = blocks.get(owner);
    if (!block || toCome.get(owner) !== 0) return;
    arena.free(block);
    blocks.delete(owner);
  };
  for (const { op, inputs, outputs: made } of executionOrder(graph)) {
    for (const name of made) {
      if (name === '') continue;
      const [first] = inputs.map(ownerOf);
      const dying = (owner: string): boolean => blocks.has(owner) && size(owner) === size(name) && toCome.get(owner) === inputs.filter((input) => ownerOf(input) === owner).length;
      const shared = outputs.has(name) ? undefined : aliases.has(op) ? first : inPlace.has(op) ? inputs.map(ownerOf).find(dying) : undefined;
      const owner = shared ?? name;
      owners.set(name, owner);
      if (shared === undefined) blocks.set(name, arena.take(size(name)));
      toCome.set(owner, (toCome.get(owner) ?? 0) + (outputs.has(name) ? Infinity : (uses.get(name) ?? 0)));
    }
    for (const name of inputs) {
      const owner = ownerOf(name);
      toCome.set(owner, (toCome.get(owner) ?? Infinity) - 1);
      done(owner);
    }
    for (const name of made) done(ownerOf(name));
  }
  // Outputs are copied for the caller.
  for (const block of blocks.values()) arena.free(block);
}

const missing = (name: string): never => {
  throw new Error(`no value ${name}`);
};

type Block = { readonly region: number; readonly at: number; size: number; free: boolean };

const unit = 256;
const firstRegion = 2 ** 20;
/** A larger rest of a block is always cut off. */
const largestRest = 128 * 2 ** 20;
const bins = 20;
const binOf = (size: number): number => Math.min(bins, Math.floor(Math.log2(Math.max(1, Math.floor(size / unit)))));

/** onnxruntime's allocator (BFCArena, growing by powers of two): best fit, neighbours joined, nothing given back. */
class Arena {
  readonly #blocks: Block[] = [];
  /** Bytes of each region that were written to: the system gives memory only then. */
  readonly #touched: number[] = [];
  #nextRegion = firstRegion;

  get touched(): number {
    return this.#touched.reduce((sum, bytes) => sum + bytes, 0);
  }

  take(bytes: number): Block {
    const size = Math.max(unit, Math.ceil(bytes / unit) * unit);
    const block = this.#best(size) ?? this.#grow(size);
    if (block.size >= 2 * size || block.size - size >= largestRest) {
      this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, { region: block.region, at: block.at + size, size: block.size - size, free: true });
      block.size = size;
    }
    block.free = false;
    this.#touched[block.region] = Math.max(this.#touched[block.region] as number, block.at + bytes);
    return block;
  }

  free(block: Block): void {
    block.free = true;
    const i = this.#blocks.indexOf(block);
    const [before, after] = [this.#blocks[i - 1], this.#blocks[i + 1]];
    if (after?.free && after.region === block.region) {
      block.size += after.size;
      this.#blocks.splice(i + 1, 1);
    }
    if (before?.free && before.region === block.region) {
      before.size += block.size;
      this.#blocks.splice(i, 1);
    }
  }

  #best(size: number): Block | undefined {
    const rank = (a: Block, b: Block): number => binOf(a.size) - binOf(b.size) || a.size - b.size || a.region - b.region || a.at - b.at;
    return this.#blocks.reduce<Block | undefined>((best, block) => (block.free && block.size >= size && (!best || rank(block, best) < 0) ? block : best), undefined);
  }

  #grow(size: number): Block {
    let grown = false;
    while (size > this.#nextRegion) {
      this.#nextRegion *= 2;
      grown = true;
    }
    const block: Block = { region: this.#touched.length, at: 0, size: this.#nextRegion, free: true };
    if (!grown) this.#nextRegion *= 2;
    this.#touched.push(0);
    this.#blocks.push(block);
    return block;
  }
}
