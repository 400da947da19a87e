import { InputError } from '../records/input-error.ts';
import type { Rollout } from './roll-out.ts';

/** Steps in a row that a fault of ours may take whole: a search engine may be away for a while. */
const mostSteps = 3;

/** Ends a run that learns nothing any more because every episode ends by a fault of ours. */
export class FaultWatch {
  readonly #run: string;
  #steps = 0;

  constructor(run: string) {
    this.#run = run;
  }

  /** @throws InputError after so many steps in a row without one episode that counts, with the commonest reason. */
  look(rollouts: readonly Pick<Rollout, 'trajectory'>[]): void {
    const reasons = rollouts.flatMap(({ trajectory: { ending } }) => (ending.kind === 'invalid' ? [`${ending.where}: ${ending.reason}`] : []));
    if (reasons.length === 0 || reasons.length < rollouts.length) {
      this.#steps = 0;
      return;
    }
    this.#steps += 1;
    if (this.#steps < mostSteps) return;
    const [commonest] = [...Map.groupBy(reasons, (reason) => reason)].toSorted(([, a], [, b]) => b.length - a.length);
    throw new InputError({
      thing: `run ${this.#run}`, expected: 'episodes to learn from', found: `${mostSteps} steps in a row whose episodes all ended by a fault of ours, most of the last by ${commonest?.[0] ?? ''}`,
      remedy: `Mend that (arft doctor looks at the sandbox), then arft resume ${this.#run} goes on from its last checkpoint.`,
    });
  }
}
