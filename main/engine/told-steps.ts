import type { RunData } from '../store/runs/run-data.ts';
import type { Series, SeriesWish } from '../store/runs/series.ts';

// A log numbers its steps from 0; a person counts them from 1, and so does everything that a window is told. What stands
// between steps is a count of those done and stays as it is: held-out figures, checkpoints, ends.

export const toldStep = (logged: number): number => logged + 1;
export const loggedStep = (told: number): number => told - 1;

const standsBetween = (name: string): boolean => name.startsWith('heldOut.');

/** Series by the steps that a person counts. */
export function toldSeries(runData: RunData, run: string, { names, fromStep = 0, toStep = Number.MAX_SAFE_INTEGER - 1, maxPoints }: Omit<SeriesWish, 'maxPoints'> & { readonly maxPoints: number }): Readonly<Record<string, Series>> {
  const between = names.filter(standsBetween);
  const within = names.filter((name) => !standsBetween(name));
  const series = runData.series(run, { names: within, fromStep: Math.max(0, loggedStep(fromStep)), toStep: loggedStep(toStep), maxPoints });
  return {
    ...Object.fromEntries(Object.entries(series).map(([name, each]) => [name, { ...each, steps: each.steps.map(toldStep) }])),
    ...runData.series(run, { names: between, fromStep, toStep, maxPoints }),
  };
}
