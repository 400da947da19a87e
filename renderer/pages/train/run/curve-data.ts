import { keepPreviousData } from '@tanstack/react-query';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import type { Range } from '../../../charts/line-chart.tsx';
import { engine } from '../../../connection/engine.ts';
import { engineKey, queries } from '../../../connection/queries.ts';
import { type ChartEntry, type Part, namesOf } from './charts-table.ts';

export type Series = Calls<AppContract>['runs.series']['output'];
export type HeldOut = Calls<AppContract>['runs.heldOut']['output'];
type RunData = Calls<AppContract>['runs.get']['output'];

/** A run whose curves are drawn; `version` changes when it has new points. */
export type Drawn = { readonly run: string; readonly title: string; readonly metrics: readonly string[]; readonly version: string };

/** Points of a line: two for each pixel of a card. */
const pointsOfLine = 800;
/** Most points that one answer has. */
const mostPoints = 20_000;

export const versionOf = ({ row }: RunData): string => `${row.step} ${row.status}`;

/** The points of all charts of a part, in one answer. Not under the topic of runs: a step of another run does not make them old. */
export const seriesQuery = ({ run, metrics, version }: Omit<Drawn, 'title'>, part: Part, range: Range | undefined) => ({
  queryKey: ['curves', part, run, version, range ?? null],
  queryFn: ({ signal }: { readonly signal: AbortSignal }): Promise<Series> => {
    const names = namesOf(part, metrics);
    return names.length === 0 ? Promise.resolve({}) : engine.call('runs.series', { run, names: [...names], ...(range && { fromStep: range.from, toStep: range.to }), maxPoints: pointsOfLine }, signal);
  },
  placeholderData: keepPreviousData as never,
});

export const heldOutQuery = ({ run, version }: Pick<Drawn, 'run' | 'version'>) => ({
  queryKey: ['curves', 'heldOut', run, version],
  queryFn: ({ signal }: { readonly signal: AbortSignal }): Promise<HeldOut> => engine.call('runs.heldOut', { run }, signal),
  placeholderData: keepPreviousData as never,
});

/** Every point of a chart, for a file. */
export async function wholeSeries({ run, metrics }: Drawn, { id, lines }: ChartEntry, part: Part, { from, to }: Range): Promise<Series> {
  const names = lines.length === 0 ? [] : namesOf(part, metrics, id);
  const whole: Series = {};
  for (let step = from; names.length > 0 && step <= to; step += mostPoints) {
    const some = await engine.call('runs.series', { run, names: [...names], fromStep: step, toStep: Math.min(to, step + mostPoints - 1), maxPoints: mostPoints });
    for (const [name, { steps, values, total }] of Object.entries(some)) {
      const before = whole[name] ?? { steps: [], values: [], total: 0 };
      whole[name] = { steps: before.steps.concat(steps), values: before.values.concat(values), total: before.total + total };
    }
  }
  return whole;
}

/** Asks for what a run's page draws first, while its code is fetched. */
export async function askForRun(run: string, range: Range | undefined): Promise<void> {
  const data = await queries.fetchQuery({ queryKey: engineKey('runs.get', { run }), queryFn: ({ signal }) => engine.call('runs.get', { run }, signal) });
  const drawn = { run, metrics: data.metrics, version: versionOf(data) };
  await Promise.all([queries.prefetchQuery(seriesQuery(drawn, 'main', range)), queries.prefetchQuery(heldOutQuery(drawn))]);
}
