import type { ForwardInput, ForwardOutput, SharedPrefix } from '../model/language-model.ts';
import type { Runtime } from '../runtime/session.ts';
import { type DeviceTensor, type HostTensor, float32 } from '../runtime/tensor.ts';
import { type DevicePrograms, devicePrograms } from './device-programs.ts';
import type { PrefixCache } from './key-value-cache.ts';

/** Own keys and values of rows that decode together, as they are in memory: see BatchCache and SlotCache. */
export type OwnCache = {
  /** For each layer [kvHeads, B, capacity, headDim]. */
  readonly keys: readonly HostTensor<'float32'>[];
  readonly values: readonly HostTensor<'float32'>[];
  readonly lengths: readonly number[];
  readonly capacity: number;
  /** Who is where: a row that has only grown is the same. */
  readonly tenants: readonly symbol[];
};

type Resident = { readonly keys: DeviceTensor[]; readonly values: DeviceTensor[] };

const parts = ['keys', 'values'] as const;

/**
 * The device's copy of what a decoding batch looks back on. A prompt is brought over when a batch first has it, a row when
 * it comes; a run writes its new tokens into the copy itself, and what the cache in memory then does (rows that leave, room
 * that grows) is done to the copy too. The cache in memory stays whole, because a tensor on a device can be read back only
 * by another run: what a conversation keeps between two tasks is taken from there.
 */
export class DeviceCaches {
  readonly #runtime: Runtime;
  readonly #prefixes = new Map<PrefixCache, Resident>();
  #programs: Promise<DevicePrograms> | undefined;
  #own: (Resident & { readonly tenants: readonly symbol[]; readonly capacity: number }) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** What the next run takes; in `cache` every row must have room for a token. After a failure it must be released, and begins anew. */
  async inputs(prefixes: readonly PrefixCache[], cache: OwnCache): Promise<Pick<ForwardInput, 'prefixes' | 'ownKeys' | 'ownValues' | 'writeAt'>> {
    this.#programs ??= devicePrograms(this.#runtime);
    const programs = await this.#programs;
    const shared = await this.#sharedPrefixes(programs, prefixes);
    const own = await this.#follow(programs, cache);
    const writeAt = new Uint8Array(cache.lengths.length * cache.capacity);
    for (const [b, length] of cache.lengths.entries()) {
      if (length >= cache.capacity) throw new Error(`row ${b} of a batch has no room for a token`);
      writeAt[b * cache.capacity + length] = 1;
    }
    return { prefixes: shared, ownKeys: own.keys, ownValues: own.values, writeAt };
  }

  /** Takes the rows as the run left them, with the new tokens. */
  take({ writtenKeys, writtenValues }: ForwardOutput): void {
    const own = this.#own;
    if (!own) throw new Error('a run wrote to rows that are not on the device');
    release(own);
    this.#own = { ...own, keys: [...writtenKeys], values: [...writtenValues] };
  }

  release(): void {
    for (const resident of this.#prefixes.values()) release(resident);
    this.#prefixes.clear();
    if (this.#own) release(this.#own);
    this.#own = undefined;
    this.#programs = undefined;
  }

  /** The prefixes on the device; those that the run does not have leave it. */
  async #sharedPrefixes({ copy }: DevicePrograms, wanted: readonly PrefixCache[]): Promise<readonly SharedPrefix[]> {
    for (const [prefix, resident] of this.#prefixes) {
      if (wanted.includes(prefix)) continue;
      this.#prefixes.delete(prefix);
      release(resident);
    }
    for (const prefix of wanted) {
      // Not every provider takes empty tensors, and the model leaves an empty prefix out.
      if (prefix.length === 0 || this.#prefixes.has(prefix)) continue;
      const resident: Resident = { keys: [], values: [] };
      this.#prefixes.set(prefix, resident); // before it is whole: what came over before a failure is released with it
      for (const part of parts) for (const tensor of prefix[part]) resident[part].push(await copy(tensor));
    }
    return wanted.map((prefix) => ({ length: prefix.length, ...(this.#prefixes.get(prefix) ?? prefix) }));
  }

  /** Makes the rows on the device those of the cache: most are there, in their place or another one, some come. */
  async #follow({ rearrange, replaceRow }: DevicePrograms, cache: OwnCache): Promise<Resident> {
    const { tenants, capacity, lengths } = cache;
    const before = this.#own;
    const own = { keys: before?.keys ?? [], values: before?.values ?? [], tenants: [...tenants], capacity };
    this.#own = own;
    const from = tenants.map((tenant, b) => (before?.tenants[b] === tenant ? b : (before?.tenants.indexOf(tenant) ?? -1)));
    if (before?.tenants.length !== tenants.length || before.capacity !== capacity || from.some((row, b) => row >= 0 && row !== b)) {
      // What lies in places that are not in use is of no account, so long as it is finite: the mask closes them.
      const rows = from.map((row) => Math.max(0, row));
      const places = Array.from({ length: capacity }, (_, i) => (before && i < before.capacity ? i : 0));
      await replaceEach(own, cache, (old, tensor) => rearrange(old ?? onePlace(tensor), rows, places));
    }
    for (const [b, row] of from.entries()) {
      if (row < 0 && lengths[b] !== 0) await replaceEach(own, cache, (old, tensor) => replaceRow(old as DeviceTensor, b, rowOf(tensor, b)));
    }
    return own;
  }
}

/** One tensor after the other, so that there is never more than one twice. */
async function replaceEach(own: Resident, cache: OwnCache, replace: (old: DeviceTensor | undefined, inMemory: HostTensor<'float32'>) => Promise<DeviceTensor>): Promise<void> {
  for (const part of parts) {
    for (const [layer, tensor] of cache[part].entries()) {
      const old = own[part][layer];
      own[part][layer] = await replace(old, tensor);
      old?.release();
    }
  }
}

function release({ keys, values }: Resident): void {
  for (const tensor of [...keys, ...values]) tensor.release();
}

/** One place of one row, to make a batch of. */
const onePlace = ({ shape: [heads, , , size] }: HostTensor): HostTensor<'float32'> =>
  float32([heads as number, 1, 1, size as number], new Float32Array((heads as number) * (size as number)));

/** Row b of [kvHeads, B, R, headDim] as a copy [kvHeads, 1, R, headDim]. */
function rowOf({ shape, data }: HostTensor<'float32'>, b: number): HostTensor<'float32'> {
  const [heads, rows, places, size] = shape as [number, number, number, number];
  const out = new Float32Array(heads * places * size);
  for (let head = 0; head < heads; head++) out.set(data.subarray((head * rows + b) * places * size, (head * rows + b + 1) * places * size), head * places * size);
  return float32([heads, 1, places, size], out);
}
