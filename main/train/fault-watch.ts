import { InputError } from '../records/input-error.ts';
import type { Rollout } from './roll-out.ts';
import type { SupervisedStep } from './supervise.ts';

/** Steps in a row of which nothing may be learnt: a search engine may be away for a while, some demonstrations may be odd. */
const mostSteps = 3;

/** Ends a run that learns nothing any more, because every episode ends by a fault of ours, or no demonstration can be read. */
export class FaultWatch {
  readonly #run: string;
  #steps = 0;

  constructor(run: string) {
    this.#run = run;
  }

  /** @throws InputError after so many steps in a row without one episode that counts, with the commonest reason. */
  look(rollouts: readonly Pick<Rollout, 'trajectory'>[]): void {
    const reasons = rollouts.flatMap(({ trajectory: { ending } }) => (ending.kind === 'invalid' ? [`${ending.where}: ${ending.reason}`] : []));
    if (!this.#count(reasons.length > 0 && reasons.length === rollouts.length)) return;
    throw new InputError({
      thing: `run ${this.#run}`, expected: 'episodes to learn from', found: `${mostSteps} steps in a row whose episodes all ended by a fault of ours, most of the last by ${commonest(reasons)}`,
      remedy: `Mend that (arft doctor looks at the sandbox), then arft resume ${this.#run} goes on from its last checkpoint.`,
    });
  }

  /** @throws InputError after so many steps in a row without one demonstration that can be read, with the first reason of the last. */
  lookAtDemonstrations({ samples, leftOut }: Pick<SupervisedStep, 'samples' | 'leftOut'>): void {
    if (!this.#count(samples.length === 0)) return;
    throw new InputError({
      thing: `run ${this.#run}`, expected: 'demonstrations to learn from', found: `${mostSteps} steps in a row none of whose demonstrations can be learnt; of the last, ${leftOut[0]?.reason ?? ''}`,
      remedy: `Mend the demonstrations or leave them out, and start a new run; arft runs show ${this.#run} names them.`,
    });
  }

  /** @returns whether it is one such step too many. */
  #count(nothing: boolean): boolean {
    this.#steps = nothing ? this.#steps + 1 : 0;
    return this.#steps >= mostSteps;
  }
}

const commonest = (reasons: readonly string[]): string => [...Map.groupBy(reasons, (reason) => reason)].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? '';
