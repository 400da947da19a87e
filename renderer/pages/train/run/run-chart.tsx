import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ChartCard } from '../../../charts/chart-card.tsx';
import { type ChartColours, lineColour, useChartColours } from '../../../charts/colours.ts';
import type { Range } from '../../../charts/line-chart.tsx';
import { type ChartLine, at } from '../../../charts/lines.ts';
import { type ChartEntry, type MetricLine, type Part, linesOf } from './charts-table.ts';
import { type Drawn, type HeldOut, type Series, heldOutQuery, seriesQuery, wholeSeries } from './curve-data.ts';

type Query = { readonly queryKey: readonly unknown[]; readonly queryFn: (context: { readonly signal: AbortSignal }) => Promise<Series | HeldOut> };

export type ChartView = { readonly runs: readonly Drawn[]; readonly range: Range | undefined; /** Steps that all charts span where no stretch is chosen. */ readonly span: Range; readonly smooth: number; readonly outliers: boolean; readonly onRange: (range: Range | undefined) => void; readonly onStep: (step: number) => void };

/** One chart of a run, with the same lines of the runs beside it; `waits` while what is in sight is drawn. */
export function RunChart({ entry, part, view, waits }: { readonly entry: ChartEntry; readonly part: Part; readonly view: ChartView; readonly waits: boolean }) {
  const { t, i18n } = useTranslation();
  const colours = useChartColours();
  const { runs, range, span, smooth, outliers, onRange, onStep } = view;
  const heldOut = entry.id === 'heldOut';
  const answers = useQueries({ queries: runs.map((drawn) => ({ ...(heldOut ? heldOutQuery(drawn) : seriesQuery(drawn, part, range)) }) as Query) });
  const key = answers.map(({ dataUpdatedAt }) => dataUpdatedAt).join();
  const name = (metric: string): string => t(`train.metrics.${metric.replaceAll('.', '_')}` as never, { defaultValue: metric.replace(/^parts\./, '') });
  const linesFrom = (data: Series | HeldOut, drawn: Drawn, i: number): readonly ChartLine[] =>
    heldOut ? heldOutLines(data as HeldOut, colours, drawn, i, name, range) : linesOf(entry, drawn.metrics).map((line, k, all) => lineOf(line, k, data as Series, { colours, drawn, i, several: runs.length > 1, only: all.length === 1, name, smooth }));
  const lines = useMemo(
    () => (answers[0]?.data === undefined ? undefined : runs.flatMap((drawn, i) => (answers[i]?.data === undefined ? [] : linesFrom(answers[i].data, drawn, i)))),
    // The answers are told apart by the time of their data.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [key, answers[0]?.data === undefined, entry.id, entry.lines.length, range?.from, range?.to, colours, smooth, i18n.language, runs.map(({ run }) => run).join()],
  );
  const wholeLines = async (): Promise<readonly ChartLine[]> =>
    heldOut ? (lines ?? []) : (await Promise.all(runs.map(async (drawn, i) => linesFrom(await wholeSeries(drawn, entry, part, range ?? span), drawn, i)))).flat();
  const title = t(`train.charts.of.${entry.id}.title`);
  return (
    <ChartCard
      title={title}
      help={{ what: t(`train.charts.of.${entry.id}.what`), look: t(`train.charts.of.${entry.id}.look`) }}
      fileName={`${runs[0]?.run ?? 'run'} ${title}`}
      group="run"
      {...{ colours, range: range ?? span, outliers, onRange, onStep, wholeLines, format: entry.format, formatRight: entry.formatRight }}
      lines={waits ? undefined : lines}
    />
  );
}

type Look = { readonly colours: ChartColours; readonly drawn: Drawn; readonly i: number; readonly several: boolean; readonly only: boolean; readonly name: (metric: string) => string; readonly smooth: number };

function lineOf({ name: metric, times = 1, right = false, form, spread }: MetricLine, k: number, series: Series, { colours, drawn, i, several, only, name, smooth }: Look): ChartLine {
  const points: Series[string] = series[metric] ?? { steps: [], values: [], total: 0 };
  const values = points.values.map((value) => value * times);
  const around = spread === undefined || i > 0 ? undefined : series[spread];
  const width = around && at({ steps: around.steps, values: around.means ?? around.values }, points.steps);
  return {
    key: `${drawn.run} ${metric}`,
    label: several && (only || i > 0) ? (only ? drawn.title : `${name(metric)} · ${drawn.title}`) : name(metric),
    // Where a chart has one line, runs are told apart by colour, else by their dashes.
    colour: lineColour(colours, only ? i : k),
    form: form ?? 'line',
    steps: points.steps,
    values,
    right,
    ...(points.means && { means: points.means.map((mean) => mean * times) }),
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
