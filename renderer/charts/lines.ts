// What a chart draws, apart from how: lines over steps, their smoothing and their bounds.

export type Points = { readonly steps: readonly number[]; readonly values: readonly number[] };

export type ChartLine = Points & {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  /** `dots`: few points, each with its mark; `stack`: an area on the ones before it. */
  readonly form: 'line' | 'dots' | 'stack';
  readonly right?: boolean;
  /** Thin and dashed: another run's. */
  readonly other?: number;
  /** Left out of the legend, where the dashes say enough. */
  readonly quiet?: boolean;
  /** Around each point: a spread or an interval. */
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
  /** Strong line is smoothed, with this share of the one before it. */
  readonly smooth?: number;
  /** Where points stand for several: the mean around each, which the strong line follows. */
  readonly means?: readonly number[];
};

/** An exponential moving average; the start is corrected, so that it does not begin at 0 (Kingma and Ba, section 3). */
export function smoothed(values: readonly number[], keep: number): readonly number[] {
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}

/** The values of the strong line. A point thinned out is the lowest or the highest of its stretch: smooth is their mean. */
export const strong = ({ values, means, smooth = 0 }: Pick<ChartLine, 'values' | 'means' | 'smooth'>): readonly number[] => (smooth > 0 ? smoothed(means ?? values, smooth) : values);

/** Values at other steps, straight between neighbours and level beyond the ends. */
export function at({ steps, values }: Points, wanted: readonly number[]): readonly number[] {
  let i = 0;
  return wanted.map((step) => {
    while (i < steps.length - 1 && (steps[i + 1] as number) <= step) i += 1;
    const [from, to, a, b] = [steps[i], steps[i + 1], values[i], values[i + 1]] as (number | undefined)[];
    if (from === undefined || a === undefined) return Number.NaN;
    return step <= from || to === undefined || b === undefined ? a : a + ((b - a) * (step - from)) / (to - from);
  });
}

export const union = (lists: readonly (readonly number[])[]): readonly number[] => [...new Set(lists.flat())].toSorted((a, b) => a - b);

/** Values of a line at all steps of a chart; null where it has none. */
export function onto(steps: readonly number[], line: Points): (number | null)[] {
  const values = new Map(line.steps.map((step, i) => [step, line.values[i] as number]));
  return steps.map((step) => values.get(step) ?? null);
}

/** Each area on those before it, at the steps of all. */
export function stacked(lines: readonly ChartLine[]): readonly ChartLine[] {
  const steps = union(lines.map((line) => line.steps));
  let below: readonly number[] = steps.map(() => 0);
  return lines.map((line) => {
    const own = at(line, steps);
    const values = below.map((base, i) => base + Math.max(0, own[i] ?? 0));
    const stackedLine = { ...line, steps, values, band: { low: below, high: values } };
    below = values;
    return stackedLine;
  });
}

/** The range of values to show: with room above and below, or without what lies far out (beyond three interquartile ranges). */
export function bounds(values: readonly number[], { log, outliers }: { readonly log: boolean; readonly outliers: boolean }): readonly [number, number] {
  const sorted = values.filter((value) => Number.isFinite(value) && (!log || value > 0)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return log ? [0.1, 1] : [0, 1];
  const quantile = (q: number): number => sorted[Math.round(q * (sorted.length - 1))] as number;
  let [low, high] = [sorted[0] as number, sorted.at(-1) as number];
  if (!outliers) {
    const reach = 3 * (quantile(0.75) - quantile(0.25));
    if (reach > 0) [low, high] = [Math.max(low, quantile(0.25) - reach), Math.min(high, quantile(0.75) + reach)];
  }
  if (log) return low === high ? [low / 2, high * 2] : [low / 1.2, high * 1.2];
  if (low === 0 && high === 0) return [0, 1];
  const room = high === low ? Math.max(Math.abs(high) * 0.1, 1e-9) : (high - low) * 0.06;
  // A line that only touches 0 from above keeps 0 as its floor.
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}
