import { readBenchmark } from '../data/benchmark.ts';
import { keepChain } from '../data/mini/chain.ts';
import { keepImages, miniItems } from '../data/mini/items.ts';
import { shuffled } from '../data/mini/random.ts';
import { type MiniSplit, passagesOf, worldOfSplit } from '../data/mini/world.ts';
import { RandomStream } from '../generation/random.ts';
import { InputError } from '../records/input-error.ts';
import type { ImageSource } from '../records/policy.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Sample } from '../records/sample.ts';
import type { Passage } from '../records/trajectory.ts';

/** Samples to train or to evaluate on, and the passages that belong to them where they bring their own. */
export type SampleSet = { readonly samples: readonly Sample[]; readonly passages?: readonly Passage[]; readonly faults: readonly string[] };

/** Which samples: of a source or several, a split of it, and how many; `atMost` is what a run can use of an endless source. */
export type SampleWishes = {
  readonly source: string | readonly string[];
  readonly split: MiniSplit;
  readonly items: number;
  readonly atMost: number;
  /** Annotated chains are wanted: the built-in task then has them. */
  readonly chains?: boolean;
};

/** Pictures that are encoded at the same time. */
const together = 16;

/** @throws InputError for a source that there is not, or that holds nothing. */
export async function openSamples({ source, ...wishes }: SampleWishes, images: ImageSource, signal?: AbortSignal): Promise<SampleSet> {
  const sources = typeof source === 'string' ? [source] : source;
  const sets: SampleSet[] = [];
  for (const each of sources.length === 0 ? [''] : sources) sets.push(await openSource(each, wishes, images, signal));
  const passages = sets.flatMap((set) => set.passages ?? []);
  return { samples: withOwnIds(sets.flatMap(({ samples }) => samples)), faults: sets.flatMap(({ faults }) => faults), ...(passages.length > 0 && { passages }) };
}

async function openSource(source: string, { split, items, atMost, chains = false }: Omit<SampleWishes, 'source'>, images: ImageSource, signal: AbortSignal | undefined): Promise<SampleSet> {
  const mini = /^mini:(\d+)$/.exec(source);
  if (mini) {
    const seed = Number(mini[1]);
    const drawn = miniItems(seed, split, items > 0 ? items : atMost);
    const samples: Sample[] = [];
    for (let i = 0; i < drawn.length; i += together) {
      signal?.throwIfAborted();
      samples.push(...(await Promise.all(drawn.slice(i, i + together).map((item) => (chains ? keepChain(item, images) : keepImages(item, images))))));
    }
    return { samples, passages: passagesOf(worldOfSplit(seed, split)), faults: [] };
  }
  if (source === '') throw new InputError({ thing: split === 'train' ? 'data.train' : 'data.heldOut', expected: 'a file or folder of samples, a list of them, or mini:SEED for the built-in task', found: 'nothing', remedy: 'Name one in the configuration.' });
  const { samples, faults } = await readBenchmark(source, split, signal);
  const kept = items > 0 ? samples.slice(0, items) : samples;
  if (kept.length === 0) throw new InputError({ thing: source, expected: 'one sample or more', found: faults[0] === undefined ? 'none' : `none that can be used; ${faults[0]}`, remedy: 'Correct its rows, or choose another file.' });
  return { samples: kept, faults };
}

/** What a sample is called whose id is there for the second time, and so on. */
export const repeatedId = (id: string, times: number): string => `${id}#${times}`;

/** Files count their rows each from the start: what was there before gets the next number that makes it a new one. */
function withOwnIds(samples: readonly Sample[]): readonly Sample[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return samples.map((sample) => {
    let [id, times] = [sample.id, counts.get(sample.id) ?? 1];
    while (taken.has(id)) id = repeatedId(sample.id, ++times);
    taken.add(id);
    counts.set(sample.id, times);
    return id === sample.id ? sample : { ...sample, id };
  });
}

/** That what is held out is trained on as well, in words: the same question of the same pictures. */
export function overlapNotes(train: readonly Sample[], heldOut: readonly Sample[]): readonly string[] {
  const keyOf = ({ question, images }: Sample): string => JSON.stringify([question, images]);
  const trained = new Set(train.map(keyOf));
  const both = heldOut.filter((sample) => trained.has(keyOf(sample)));
  return both[0] ? [`${both.length} of ${heldOut.length} held-out samples are trained on as well, the first ${both[0].id}: their score does not tell what the policy makes of others`] : [];
}

/**
 * The samples of step 0, 1, …: every sample once in an order that the seed decides, then all again in another order,
 * coding and search in the shares of their weights. A function of its arguments: a resumed run goes on where it was.
 */
export class SampleOrder {
  readonly #byTask: ReadonlyMap<Sample['task'], readonly Sample[]>;
  readonly #seed: number;
  readonly #weights: Readonly<Record<Sample['task'], number>>;

  /** @throws InputError when no sample has a weight. */
  constructor(samples: readonly Sample[], { seed, data }: Pick<RunConfig, 'seed' | 'data'>) {
    this.#byTask = Map.groupBy(samples, ({ task }) => task);
    this.#seed = seed;
    this.#weights = { coding: data.coding, search: data.search };
    if (![...this.#byTask.keys()].some((task) => this.#weights[task] > 0)) {
      throw new InputError({ thing: 'data.coding and data.search', expected: `a weight above 0 for ${[...this.#byTask.keys()].join(' or ')}`, found: `${data.coding} and ${data.search}`, remedy: 'Raise the weight of a kind that the samples are of.' });
    }
  }

  /** The `count` samples of a step. */
  batch(step: number, count: number): readonly Sample[] {
    return Array.from({ length: count }, (_, i) => this.at(step * count + i));
  }

  /** Sample number n of the run. Which kind it is, and how many of that kind came before, follow from n alone. */
  at(n: number): Sample {
    const { task, samples, number } = this.#place(n);
    return this.#order(task, Math.floor(number / samples.length))[number % samples.length] as Sample;
  }

  /** All samples of the kind that sample number n is of. */
  ofKind(n: number): readonly Sample[] {
    return this.#place(n).samples;
  }

  #place(n: number): { readonly task: Sample['task']; readonly samples: readonly Sample[]; readonly number: number } {
    const kinds = [...this.#byTask].map(([task, samples]) => ({ task, samples, share: this.#weights[task] * samples.length })).filter(({ share }) => share > 0);
    const total = kinds.reduce((sum, { share }) => sum + share, 0);
    // The kinds take turns evenly: kind k has floor(share · (n + offset)) of the first n.
    const before = (upTo: number, until: number): number => {
      const share = kinds.slice(0, until).reduce((sum, kind) => sum + kind.share, 0) / total;
      return Math.floor(share * upTo + 1e-9);
    };
    const kindOf = (k: number, upTo: number): number => before(upTo, k + 1) - before(upTo, k);
    const k = kinds.findIndex((_, i) => kindOf(i, n + 1) > kindOf(i, n));
    const kind = kinds[Math.max(0, k)] as (typeof kinds)[number];
    return { ...kind, number: kindOf(Math.max(0, k), n) };
  }

  readonly #orders = new Map<Sample['task'], { readonly epoch: number; readonly order: readonly Sample[] }>();

  #order(task: Sample['task'], epoch: number): readonly Sample[] {
    const known = this.#orders.get(task);
    if (known?.epoch === epoch) return known.order;
    const order = shuffled(new RandomStream(this.#seed, 2 * epoch + (task === 'coding' ? 0 : 1)), this.#byTask.get(task) ?? []);
    this.#orders.set(task, { epoch, order });
    return order;
  }
}
