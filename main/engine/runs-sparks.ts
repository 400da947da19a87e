import type { Store } from '../store/store.ts';

/** Points of a curve in a list. */
const points = 40;

/** The mean reward of each run in a few points, for a list. They are kept until the run has done another step, or has ended. */
export class Sparks {
  readonly #store: Pick<Store, 'runs' | 'runData'>;
  readonly #known = new Map<string, { readonly key: string; readonly values: readonly number[] }>();

  constructor(store: Pick<Store, 'runs' | 'runData'>) {
    this.#store = store;
  }

  of(run: string): number[] {
    const { step, status } = this.#store.runs.get(run);
    const key = `${step} ${status}`;
    const known = this.#known.get(run);
    if (known?.key === key) return [...known.values];
    const values = [...(this.#store.runData.series(run, { names: ['rewardMean'], maxPoints: points })['rewardMean']?.values ?? [])];
    this.#known.set(run, { key, values });
    return values;
  }
}
