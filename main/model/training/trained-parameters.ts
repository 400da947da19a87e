import { type HostTensor, float32 } from '../../runtime/tensor.ts';
import { InputError } from '../../records/input-error.ts';
import { type Adapter, inTower } from '../folder/adapter.ts';
import { expectedTensors } from '../folder/expected-tensors.ts';
import type { Trained } from '../graphs/train-parameters.ts';
import type { LoadedModel } from '../load.ts';
import { type TowerAdapter, towerAdapter } from '../tower-adapter.ts';

/** What a training model trains. */
export type TrainedParameters = {
  /** By name, to be changed in place. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly full: boolean;
  /** Whether the vision tower changes: its weights, or an adapter on it. */
  readonly vision: boolean;
  /** That adapter as it is now, its scale times a factor. */
  tower(factor?: number): TowerAdapter | undefined;
  /** Of the adapters' products, and the share of inputs that they do not see. */
  readonly scale: number;
  readonly dropout: number;
  tensor(name: string): HostTensor<'float32'>;
  /** For a graph of some layers; `adapted`: whether adapters are there at all. */
  inLayers(first: number, count: number, how: { readonly adapted: boolean; readonly dropout: boolean; readonly merged: boolean }): Trained;
  /** Whether anything below a layer is trained, so that a gradient has to reach it. */
  below(layer: number): boolean;
};

/** @throws InputError for an adapter whose modules differ in rank or scale. */
export function loraParameters(adapter: Adapter): TrainedParameters {
  const tensors = new Map<string, HostTensor<'float32'>>();
  for (const [module, { a, b, rank }] of adapter.matrices) {
    const name = inTower(module) ? module : `model.${module}`;
    tensors.set(`${name}.lora_A`, float32([rank, a.length / rank], a));
    tensors.set(`${name}.lora_B`, float32([b.length / rank, rank], b));
  }
  const [some] = adapter.matrices.values();
  if (!some) throw new Error('the adapter has no matrices');
  requireOneRank(adapter);
  const vision = [...adapter.matrices.keys()].some(inTower);
  const layerOf = (module: string): number => Number(/^layers\.(\d+)\./.exec(module)?.[1]);
  const modulesOf = (layer: number): readonly string[] => [...adapter.matrices.keys()].filter((module) => layerOf(module) === layer).map((module) => module.replace(/^layers\.\d+\./, ''));
  const lowest = Math.min(...[...adapter.matrices.keys()].filter((module) => !inTower(module)).map(layerOf));
  return {
    values: new Map([...tensors].map(([name, { data }]) => [name, data])),
    full: false,
    vision,
    tower: (factor) => towerAdapter(adapter, factor),
    scale: some.scale,
    dropout: adapter.dropout,
    tensor: (name) => tensors.get(name) as HostTensor<'float32'>,
    inLayers: (first, count, { adapted, dropout, merged }) => ({ kind: 'lora', modules: Array.from({ length: count }, (_, i) => (adapted ? modulesOf(first + i) : [])), dropout: dropout && adapter.dropout > 0, merged }),
    below: (layer) => vision || lowest < layer,
  };
}

function requireOneRank({ matrices }: Adapter): void {
  const [first, ...rest] = [...matrices].map(([module, { rank, scale }]) => ({ module, rank, scale: Number(scale.toPrecision(4)) }));
  const other = rest.find(({ rank, scale }) => rank !== first?.rank || scale !== first.scale);
  if (!first || !other) return;
  throw new InputError({
    thing: 'model.adapter', expected: 'one rank and one scale for all modules of an adapter that is trained on',
    found: `rank ${first.rank} and scale ${first.scale} for ${first.module}, rank ${other.rank} and scale ${other.scale} for ${other.module}`,
    remedy: 'Merge it into the model (PEFT’s merge_and_unload) and begin with that and a new adapter, or make it again without rank_pattern and alpha_pattern.',
  });
}

/** All weights of the text model, and of the vision tower where asked. The tensors are the store's own, so that generation sees every change. */
export async function fullParameters({ config, store }: LoadedModel, vision: boolean): Promise<TrainedParameters> {
  const names = [...expectedTensors(config).keys()].filter((name) => vision || !name.startsWith('visual.'));
  const tensors = new Map<string, HostTensor<'float32'>>();
  for (const name of names) {
    const tensor = await store.get(name);
    if (tensor.kind !== 'host' || tensor.type !== 'float32') {
      throw new InputError({ thing: 'model.quantize', expected: 'nothing: all weights are trained as float32', found: `${name} as ${tensor.type}`, remedy: 'Leave it out, or train an adapter (parameters.kind lora).' });
    }
    tensors.set(name, tensor as HostTensor<'float32'>);
  }
  return {
    values: new Map([...tensors].map(([name, { data }]) => [name, data])),
    full: true,
    vision,
    tower: () => undefined,
    scale: 0,
    dropout: 0,
    tensor: (name) => tensors.get(name) as HostTensor<'float32'>,
    inLayers: () => ({ kind: 'full' }),
    below: () => true,
  };
}
