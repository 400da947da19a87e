import type { ModelConfig } from './config.ts';

/** The two matrices of one linear layer W [out, in]: its output grows by scale · B (A x). */
export type LoraMatrices = {
  readonly a: Float32Array; // [rank, in]
  readonly b: Float32Array; // [out, rank]
  readonly rank: number;
  readonly alpha: number;
  /** alpha / rank, or alpha / √rank with rslora (arXiv 2312.03732). */
  readonly scale: number;
};

export type Adapter = {
  /** Of the modules that do not differ. */
  readonly rank: number;
  readonly alpha: number;
  readonly rslora: boolean;
  readonly dropout: number;
  /** Name or folder of the model it was trained on, where known. */
  readonly baseModel?: string;
  /** Names that PEFT's target_modules has to list: see targetModules(). */
  readonly targetModules: readonly string[];
  /** By module: "layers.3.self_attn.q_proj", "visual.blocks.0.attn.qkv". */
  readonly matrices: ReadonlyMap<string, LoraMatrices>;
};

/** Scale of the product of two matrices of this rank. */
export function loraScale(alpha: number, rank: number, rslora: boolean): number {
  return alpha / (rslora ? Math.sqrt(rank) : rank);
}

/** Linear layers of a decoder layer, by module name within it, with their [out, in]. */
export function loraModules(config: ModelConfig): ReadonlyMap<string, readonly [out: number, into: number]> {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config.text;
  return new Map<string, readonly [number, number]>([
    ['self_attn.q_proj', [heads * headDim, hiddenSize]],
    ['self_attn.k_proj', [kvHeads * headDim, hiddenSize]],
    ['self_attn.v_proj', [kvHeads * headDim, hiddenSize]],
    ['self_attn.o_proj', [hiddenSize, heads * headDim]],
    ['mlp.gate_proj', [intermediateSize, hiddenSize]],
    ['mlp.up_proj', [intermediateSize, hiddenSize]],
    ['mlp.down_proj', [hiddenSize, intermediateSize]],
  ]);
}

/** Linear layers of the vision tower by their whole names, with their [out, in]. */
export function towerModules({ vision: { depth, hiddenSize, intermediateSize, mergeSize, outHiddenSize } }: ModelConfig): ReadonlyMap<string, readonly [out: number, into: number]> {
  const merged = hiddenSize * mergeSize ** 2;
  const block = [['attn.qkv', [3 * hiddenSize, hiddenSize]], ['attn.proj', [hiddenSize, hiddenSize]], ['mlp.gate_proj', [intermediateSize, hiddenSize]], ['mlp.up_proj', [intermediateSize, hiddenSize]], ['mlp.down_proj', [hiddenSize, intermediateSize]]] as const;
  return new Map<string, readonly [number, number]>([
    ...Array.from({ length: depth }, (_, i) => block.map(([linear, size]) => [`visual.blocks.${i}.${linear}`, size] as const)).flat(),
    ['visual.merger.mlp.0', [merged, merged]],
    ['visual.merger.mlp.2', [outHiddenSize, merged]],
  ]);
}

/** Everything that can have an adapter, by whole names. */
export function linearModules(config: ModelConfig): ReadonlyMap<string, readonly [out: number, into: number]> {
  const text = Array.from({ length: config.text.layers }, (_, i) => [...loraModules(config)].map(([linear, size]) => [`layers.${i}.${linear}`, size] as const)).flat();
  return new Map([...text, ...towerModules(config)]);
}

/** Whether a module is one of the vision tower. */
export const inTower = (module: string): boolean => module.startsWith('visual.');

/**
 * The shortest list of names that makes PEFT put matrices on exactly these modules: the layers' own names
 * ("q_proj") where every layer has them, else the modules' ("layers.3.self_attn.q_proj"). The vision tower's blocks have
 * linear layers of the same names as the text model's; they are left out by a pattern where none of them is meant.
 */
export function targetModules(modules: Iterable<string>, layers: number): readonly string[] {
  const all = [...modules];
  const towerLeaves = new Set(all.some(inTower) ? ['gate_proj', 'up_proj', 'down_proj'] : []);
  const byLeaf = Map.groupBy(all, (module) => (inTower(module) ? module : module.slice(module.lastIndexOf('.') + 1)));
  return [...byLeaf].flatMap(([leaf, found]) => (found.length === layers && !towerLeaves.has(leaf) ? [leaf] : found)).sort();
}
