import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { ChartCard } from '../../../charts/chart-card.tsx';
import { type ChartColours, lineColour, useChartColours } from '../../../charts/colours.ts';
import type { Range } from '../../../charts/line-chart.tsx';
import { type ChartLine, at } from '../../../charts/lines.ts';
import { engine } from '../../../connection/engine.ts';
import { type ChartEntry, type MetricLine, linesOf } from './charts-table.ts';

type Series = Calls<AppContract>['runs.series']['output'];
type HeldOut = Calls<AppContract>['runs.heldOut']['output'];

/** A run whose curves are drawn; `version` changes when it has new points. */
export type Drawn = { readonly run: string; readonly title: string; readonly metrics: readonly string[]; readonly version: string };

export type ChartView = { readonly runs: readonly Drawn[]; readonly range: Range | undefined; /** Steps that all charts span where no stretch is chosen. */ readonly span: Range; readonly smooth: number; readonly outliers: boolean; readonly onRange: (range: Range | undefined) => void; readonly onStep: (step: number) => void };

/** Points of a line: two for each pixel of a card. */
const pointsOfLine = 800;

/** One chart of a run, with the same lines of the runs beside it. */
export function RunChart({ entry, view }: { readonly entry: ChartEntry; readonly view: ChartView }) {
  const { t, i18n } = useTranslation();
  const colours = useChartColours();
  const { runs, range, span, smooth, outliers, onRange, onStep } = view;
  const answers = useQueries({
    queries: runs.map(({ run, metrics, version }) => {
      const names = [...new Set(linesOf(entry, metrics).flatMap(({ name, spread }) => (spread !== undefined && metrics.includes(spread) ? [name, spread] : [name])))].slice(0, 64);
      const stretch = range && { fromStep: range.from, toStep: range.to };
      return {
        // Not under the topic of runs: a step of another run does not make these points old.
        queryKey: ['curves', entry.id, run, version, names, stretch ?? null],
        queryFn: async ({ signal }: { readonly signal: AbortSignal }): Promise<{ readonly series: Series; readonly heldOut: HeldOut }> => ({
          series: names.length === 0 ? {} : await engine.call('runs.series', { run, names, ...stretch, maxPoints: pointsOfLine }, signal),
          heldOut: entry.id === 'heldOut' ? await engine.call('runs.heldOut', { run }, signal) : [],
        }),
        placeholderData: keepPreviousData as never,
      };
    }),
  });
  const ready = answers[0]?.data as { series: Series; heldOut: HeldOut } | undefined;
  const key = answers.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  const lines = useMemo(() => {
    if (!ready) return undefined;
    const name = (metric: string): string => t(`train.metrics.${metric.replaceAll('.', '_')}` as never, { defaultValue: metric.replace(/^parts\./, '') });
    return runs.flatMap((drawn, i) => {
      const data = answers[i]?.data as { series: Series; heldOut: HeldOut } | undefined;
      if (!data) return [];
      return entry.id === 'heldOut' ? heldOutLines(data.heldOut, colours, drawn, i, name, range) : linesOf(entry, drawn.metrics).map((line, k, all) => lineOf(line, k, data.series, { colours, drawn, i, several: runs.length > 1, only: all.length === 1, name, smooth }));
    });
    // The answers are told apart by the time of their data.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, ready === undefined, entry, colours, smooth, i18n.language, runs.map(({ run }) => run).join()]);
  const title = t(`train.charts.of.${entry.id}.title`);
  return (
    <ChartCard
      title={title}
      help={{ what: t(`train.charts.of.${entry.id}.what`), look: t(`train.charts.of.${entry.id}.look`) }}
      fileName={`${runs[0]?.run ?? 'run'} ${title}`}
      group="run"
      {...{ lines, colours, range: range ?? span, outliers, onRange, onStep, format: entry.format, formatRight: entry.formatRight }}
    />
  );
}

type Look = { readonly colours: ChartColours; readonly drawn: Drawn; readonly i: number; readonly several: boolean; readonly only: boolean; readonly name: (metric: string) => string; readonly smooth: number };

function lineOf({ name: metric, times = 1, right = false, form, spread }: MetricLine, k: number, series: Series, { colours, drawn, i, several, only, name, smooth }: Look): ChartLine {
  const points = series[metric] ?? { steps: [], values: [] };
  const values = points.values.map((value) => value * times);
  const around = spread === undefined || i > 0 ? undefined : series[spread];
  const width = around && at(around, points.steps);
  return {
    key: `${drawn.run} ${metric}`,
    label: several && (only || i > 0) ? (only ? drawn.title : `${name(metric)} · ${drawn.title}`) : name(metric),
    // Where a chart has one line, runs are told apart by colour, else by their dashes.
    colour: lineColour(colours, only ? i : k),
    form: form ?? 'line',
    steps: points.steps,
    values,
    right,
    ...(form === undefined && { smooth }),
    ...(i > 0 && { other: i - 1, quiet: !only, form: form === 'stack' ? ('line' as const) : (form ?? ('line' as const)) }),
    ...(width && { band: { low: values.map((value, j) => value - (width[j] ?? 0) * times), high: values.map((value, j) => value + (width[j] ?? 0) * times) } }),
  };
}

function heldOutLines(points: HeldOut, colours: ChartColours, drawn: Drawn, i: number, name: (metric: string) => string, range: Range | undefined): readonly ChartLine[] {
  const shown = points.filter(({ step }) => !range || (step >= range.from && step <= range.to));
  return (['f1', 'em'] as const).map((metric, k): ChartLine => ({
    key: `${drawn.run} ${metric}`,
    label: i > 0 ? `${name(`heldOut.${metric}`)} · ${drawn.title}` : name(`heldOut.${metric}`),
    colour: lineColour(colours, k),
    form: 'dots',
    steps: shown.map(({ step }) => step),
    values: shown.map((point) => point[metric].mean),
    ...(i > 0 && { other: i - 1, quiet: true }),
    band: { low: shown.map((point) => point[metric].low), high: shown.map((point) => point[metric].high) },
  }));
}
