import type { ForwardOutput, LanguageModel } from '../model/language-model.ts';
import { rotaryTables } from '../model/positions.ts';
import type { DeviceCaches, OwnCache } from './device-caches.ts';
import type { PrefixCache } from './key-value-cache.ts';
import { decodeMask } from './masks.ts';

/** The last token of each row, and what rows look back on. */
export type DecodeStep = {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
  readonly prefixes: readonly PrefixCache[];
  readonly cache: OwnCache;
};

/** Runs one new token of each row; the caller takes its keys and values into the cache. */
export async function decodeStep(model: LanguageModel, { ids, positions, prefixes, cache }: DecodeStep, device: DeviceCaches | undefined): Promise<ForwardOutput> {
  const { capacity, lengths, keys, values } = cache;
  const output = await model.forward({
    batch: ids.length,
    tokens: 1,
    x: model.embed(ids),
    ...rotaryTables(Int32Array.from([...positions, ...positions, ...positions]), model.config.text),
    mask: decodeMask(lengths, capacity),
    ownCapacity: capacity,
    logitRows: ids.map((_, b) => b),
    ...(device ? await device.inputs(prefixes, cache) : { prefixes, ownKeys: keys, ownValues: values }),
  });
  device?.take(output);
  return output;
}
