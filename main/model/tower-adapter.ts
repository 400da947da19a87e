import { type Tensor, float32 } from '../runtime/tensor.ts';
import { type Adapter, inTower } from './folder/adapter.ts';

/** An adapter's matrices on the vision tower as its graph takes them, B already multiplied by the scale. */
export type TowerAdapter = { readonly modules: ReadonlySet<string>; readonly feeds: ReadonlyMap<string, Tensor> };

/** The tower's part of an adapter; none where it has none there, or its scale is 0. */
export function towerAdapter(adapter: Adapter | undefined, scale = 1): TowerAdapter | undefined {
  const matrices = [...(adapter?.matrices ?? [])].filter(([module]) => inTower(module)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (matrices.length === 0 || scale === 0) return undefined;
  const feeds = matrices.flatMap(([module, { a, b, rank, scale: own }]): [string, Tensor][] => [
    [`${module}.lora_A`, float32([rank, a.length / rank], a)],
    [`${module}.lora_B`, float32([b.length / rank, rank], b.map((value) => value * own * scale))],
  ]);
  return { modules: new Set(matrices.map(([module]) => module)), feeds: new Map(feeds) };
}
