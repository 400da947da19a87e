import { RandomStream } from '../generation/random.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Sample } from '../records/sample.ts';
import type { Reward } from '../records/score.ts';
import type { SampleOrder } from './samples.ts';

/** What a checkpoint keeps, so that a resumed run draws as if it had never stopped. */
export type SamplerState = {
  /** Samples drawn so far. */
  readonly drawn: number;
  /** With a curriculum, of each sample that was asked: its episodes, and how many of them were right. */
  readonly tries: Readonly<Record<string, readonly [episodes: number, right: number]>>;
};

/** A sample that was always right, or never, still comes at a tenth of the rate. */
const leastWeight = 0.1;

/** Random numbers of the curriculum stay apart from those of the orders. */
const curriculumStream = 2 ** 20;

/**
 * Draws a run's samples in their order, or with the curriculum by what was right so far: the kinds take turns as without
 * it, and within a kind a sample's weight is p(1 − p), where p is the share of its right episodes, a half before the
 * first. That is the spread of a right-or-wrong reward, so the groups it favours are those that teach most.
 */
export class Sampler {
  readonly #order: SampleOrder;
  readonly #curriculum: boolean;
  readonly #seed: number;
  #drawn: number;
  readonly #tries: Map<string, readonly [episodes: number, right: number]>;

  constructor(order: SampleOrder, { data, seed }: Pick<RunConfig, 'data' | 'seed'>, { drawn, tries }: SamplerState = { drawn: 0, tries: {} }) {
    this.#order = order;
    this.#curriculum = data.curriculum === 'learnable';
    this.#seed = seed;
    this.#drawn = drawn;
    this.#tries = new Map(Object.entries(tries));
  }

  /** The next samples; with the curriculum none twice among them, as long as there are others. */
  take(count: number): readonly Sample[] {
    const taken = new Set<string>();
    return Array.from({ length: count }, () => {
      const n = this.#drawn++;
      if (!this.#curriculum) return this.#order.at(n);
      const { samples, random } = { samples: this.#order.ofKind(n), random: new RandomStream(this.#seed, curriculumStream + n) };
      const fresh = samples.filter(({ id }) => !taken.has(id));
      const sample = weighted(random.next(), fresh.length > 0 ? fresh : samples, ({ id }) => this.#weight(id));
      taken.add(sample.id);
      return sample;
    });
  }

  /** Notes how an episode of a sample went. */
  note(sample: Sample, reward: Reward): void {
    if (!this.#curriculum) return;
    const [episodes, right] = this.#tries.get(sample.id) ?? [0, 0];
    this.#tries.set(sample.id, [episodes + 1, right + Number(isRight(reward))]);
  }

  get state(): SamplerState {
    return { drawn: this.#drawn, tries: Object.fromEntries(this.#tries) };
  }

  #weight(id: string): number {
    const [episodes, right] = this.#tries.get(id) ?? [0, 0];
    const p = (right + 1) / (episodes + 2);
    return leastWeight + (1 - leastWeight) * 4 * p * (1 - p);
  }
}

/** Rewards that say nothing about whether it was right. */
const manners: ReadonlySet<string> = new Set(['format', 'tool']);

/** Whether every reward but those of form is at least a half; of form alone, whether that is. */
function isRight({ parts }: Reward): boolean {
  const telling = parts.filter(({ name }) => !manners.has(name));
  return (telling.length > 0 ? telling : parts).every(({ value }) => value >= 0.5);
}

function weighted(at: number, samples: readonly Sample[], weightOf: (sample: Sample) => number): Sample {
  const weights = samples.map(weightOf);
  let left = at * weights.reduce((a, b) => a + b, 0);
  const i = weights.findIndex((weight) => (left -= weight) < 0);
  return samples[i < 0 ? samples.length - 1 : i] as Sample;
}
