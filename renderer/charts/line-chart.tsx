import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import css from './charts.module.css';
import type { ChartColours } from './colours.ts';
import { incrementsOf, tickOf } from './figures.ts';
import { type ChartLine, at, bounds, onto, stacked, strong, union } from './lines.ts';

export type Range = { readonly from: number; readonly to: number };

type LineChartProps = {
  readonly lines: readonly ChartLine[];
  readonly colours: ChartColours;
  /** Says what the chart shows, for who does not see it. */
  readonly label: string;
  /** What the numbers below are; stands before the second. */
  readonly stepLabel: string;
  readonly height: number;
  readonly log?: boolean;
  readonly outliers?: boolean;
  readonly range?: Range | undefined;
  /** Charts of one group share their crosshair. */
  readonly group: string;
  readonly format: (value: number) => string;
  readonly formatRight?: ((value: number) => string) | undefined;
  /** Dragging over a stretch; double click for all. */
  readonly onRange?: (range: Range | undefined) => void;
  /** A click on a step, or Enter. */
  readonly onStep?: ((step: number) => void) | undefined;
  readonly onCursor?: (step: number | undefined) => void;
};

/** What uPlot draws: columns over the same steps, and how each looks. */
type Plot = { readonly data: uPlot.AlignedData; readonly series: uPlot.Series[]; readonly bands: uPlot.Band[]; readonly intervals: readonly { readonly line: ChartLine }[]; readonly left: readonly number[]; readonly right: readonly number[]; readonly shape: string };

/** Dashes of other runs, by their number. */
export const dashes: readonly (readonly number[])[] = [[5, 4], [2, 3], [9, 4, 2, 4]];

function plotOf(lines: readonly ChartLine[]): Plot {
  const stacks = stacked(lines.filter(({ form }) => form === 'stack'));
  const drawn = [...stacks, ...lines.filter(({ form }) => form !== 'stack')];
  const steps = union(drawn.map((line) => line.steps));
  const columns: (number | null)[][] = [];
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  const add = (values: (number | null)[], how: uPlot.Series): number => {
    columns.push(values);
    return series.push({ spanGaps: true, points: { show: false }, ...how }) - 1;
  };
  for (const line of drawn) {
    const { colour, form, band, smooth = 0, other } = line;
    const scale = line.right ? 'right' : 'y';
    if (band && form !== 'dots') {
      const [first, last] = [line.steps[0] ?? 0, line.steps.at(-1) ?? 0];
      const edge = (values: readonly number[]): (number | null)[] => at({ steps: line.steps, values }, steps).map((value, i) => ((steps[i] as number) < first || (steps[i] as number) > last ? null : value));
      const high = add(edge(band.high), { scale, width: 0 });
      const low = add(edge(band.low), { scale, width: 0 });
      bands.push({ series: [high, low], fill: `${colour}${form === 'stack' ? '99' : '26'}` });
    }
    const raw = onto(steps, line);
    if (form === 'dots') add(raw, { scale, stroke: colour, width: other === undefined ? 1.5 : 1, ...(other !== undefined && { dash: [...(dashes[other % dashes.length] ?? [])] }), points: { show: other === undefined, size: 6, fill: colour, stroke: colour } });
    else if (other !== undefined) add(onto(steps, { steps: line.steps, values: strong(line) }), { scale, stroke: colour, width: 1.2, dash: [...(dashes[other % dashes.length] ?? [])] });
    else if (form === 'stack') add(raw, { scale, stroke: colour, width: 1 });
    else {
      if (smooth > 0) add(raw, { scale, stroke: `${colour}4d`, width: 1 });
      add(onto(steps, { steps: line.steps, values: strong(line) }), { scale, stroke: colour, width: 2, points: { show: line.steps.length === 1, size: 6, fill: colour } });
    }
  }
  const valuesOf = (right: boolean): readonly number[] => drawn.filter((line) => (line.right ?? false) === right).flatMap(({ values, band }) => [...values, ...(band ? [...band.low, ...band.high] : [])]);
  return {
    data: [[...steps], ...columns] as unknown as uPlot.AlignedData,
    series, bands,
    intervals: drawn.filter(({ form, band }) => form === 'dots' && band).map((line) => ({ line })),
    left: valuesOf(false),
    right: valuesOf(true),
    shape: JSON.stringify(drawn.map(({ key, colour, form, right, other, smooth, band, steps: { length } }) => [key, colour, form, right, other, (smooth ?? 0) > 0, band !== undefined, length === 1])),
  };
}

/** Lines over the steps of a run, drawn on a canvas: hundreds of thousands of points would do. */
export function LineChart(props: LineChartProps) {
  const { lines, colours, label, height, log = false, outliers = true, range, group } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const plot = useMemo(() => plotOf(lines), [lines]);
  const latestPlot = useRef(plot);
  latestPlot.current = plot;

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const axis = (scale: string, side: 1 | 3, format: (value: number) => string, incrs: number[] | undefined): uPlot.Axis => ({
      scale, side, ...(incrs && { incrs }), stroke: colours.text, font: '11px system-ui, sans-serif', size: 46, gap: 4, ticks: { show: false }, grid: { show: side === 3, stroke: colours.grid, width: 1 }, space: 28,
      values: (_, splits) => splits.map((value) => (value === null ? '' : format(value))),
    });
    const limits = (right: boolean) => (): [number, number] => {
      const { left, right: own } = latestPlot.current;
      const { log: logarithmic = false, outliers: all = true } = latest.current;
      return [...bounds(right ? own : left, { log: logarithmic && !right, outliers: all })] as [number, number];
    };
    const options: uPlot.Options = {
      width: Math.max(120, element.clientWidth), height, legend: { show: false }, padding: [8, latestPlot.current.right.length > 0 ? 0 : 12, 0, 0],
      cursor: { sync: { key: group }, drag: { x: true, y: false, setScale: false, dist: 6 }, points: { size: 6 }, dataIdx: (self, i, nearest) => hop(self, i, nearest), bind: { dblclick: () => () => (latest.current.onRange?.(undefined), null) } },
      scales: { x: { time: false, range: (_, min, max) => spanOf(latest.current.range, min, max) }, y: { distr: log ? 3 : 1, range: limits(false) }, right: { range: limits(true) } },
      axes: [
        { stroke: colours.text, font: '11px system-ui, sans-serif', size: 24, gap: 6, ticks: { show: false }, grid: { show: false }, values: (_, splits) => splits.map((step, i) => (i === Math.min(1, splits.length - 1) ? `${latest.current.stepLabel} ${step}` : `${step}`)), incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000], space: 48 },
        axis('y', 3, (value) => tickOf(latest.current.format)(value), incrementsOf(latest.current.format)),
        ...(latestPlot.current.right.length > 0 ? [axis('right', 1, (value) => tickOf(latest.current.formatRight ?? latest.current.format)(value), incrementsOf(latest.current.formatRight ?? latest.current.format))] : []),
      ],
      series: latestPlot.current.series,
      bands: latestPlot.current.bands,
      hooks: {
        setSelect: [(self) => {
          if (self.select.width <= 0) return;
          const [from, to] = [self.posToVal(self.select.left, 'x'), self.posToVal(self.select.left + self.select.width, 'x')].map(Math.round) as [number, number];
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          if (to > from) latest.current.onRange?.({ from, to });
        }],
        setCursor: [(self) => latest.current.onCursor?.(self.cursor.idx === null || self.cursor.idx === undefined ? undefined : (self.data[0][self.cursor.idx] as number))],
        draw: [(self) => drawIntervals(self, latestPlot.current)],
      },
    };
    const made = new uPlot(options, latestPlot.current.data, element);
    chart.current = made;
    let pressed = 0;
    made.over.addEventListener('mousedown', ({ clientX }) => (pressed = clientX));
    made.over.addEventListener('click', ({ clientX }) => {
      const { idx } = made.cursor;
      if (Math.abs(clientX - pressed) < 4 && idx !== null && idx !== undefined) latest.current.onStep?.(made.data[0][idx] as number);
    });
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      chart.current = undefined;
    };
    // New data alone does not need a new chart.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [plot.shape, plot.right.length > 0, colours, height, log, group]);

  useEffect(() => chart.current?.setData(plot.data), [plot, range?.from, range?.to, outliers]);

  const move = (event: React.KeyboardEvent): void => {
    const made = chart.current;
    const steps = made?.data[0];
    if (!made || !steps || steps.length === 0) return;
    const now = made.cursor.idx ?? steps.length - 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (by !== undefined) {
      const next = Math.max(0, Math.min(steps.length - 1, now + by));
      made.setCursor({ left: made.valToPos(steps[next] as number, 'x'), top: made.over.clientHeight / 2 });
    } else if (event.key === 'Enter') latest.current.onStep?.(steps[now] as number);
    else if (event.key === 'Escape') latest.current.onRange?.(undefined);
    else return;
    event.preventDefault();
  };

  return <div ref={place} className={css.plot} style={{ height }} tabIndex={0} role="group" aria-label={label} onKeyDown={move} data-steps={props.onStep ? true : undefined} />;
}

/** The nearest step where a series has a value: lines keep different steps when they are thinned out. */
function hop(self: uPlot, series: number, nearest: number): number {
  const values = self.data[series] as (number | null)[] | undefined;
  if (!values || values[nearest] !== null) return nearest;
  for (let by = 1; by < values.length; by++) {
    if ((values[nearest - by] ?? null) !== null) return nearest - by;
    if ((values[nearest + by] ?? null) !== null) return nearest + by;
  }
  return nearest;
}

function spanOf(range: Range | undefined, min: number | null, max: number | null): [number, number] {
  if (range) return [range.from, range.to];
  if (min === null || max === null) return [0, 1];
  return min === max ? [min - 0.5, max + 0.5] : [min, max];
}

function drawIntervals(self: uPlot, { intervals }: Plot): void {
  const { ctx, data } = self;
  if (data[0].length === 0) return;
  ctx.save();
  for (const { line: { steps, band, colour, right, other } } of intervals) {
    if (other !== undefined || !band) continue;
    ctx.strokeStyle = colour;
    ctx.globalAlpha = 0.55;
    ctx.setLineDash([]);
    ctx.lineWidth = devicePixelRatio * 1.5;
    for (const [i, step] of steps.entries()) {
      const x = self.valToPos(step, 'x', true);
      const [low, high] = [band.low[i], band.high[i]].map((value) => self.valToPos(value ?? 0, right ? 'right' : 'y', true)) as [number, number];
      ctx.beginPath();
      ctx.moveTo(x, low);
      ctx.lineTo(x, high);
      ctx.stroke();
    }
  }
  ctx.restore();
}
