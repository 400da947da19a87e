import { figure, percent } from '../../../charts/figures.ts';
import { bytes, duration } from '../../../parts/numbers.ts';

/** What each chart of a run shows. `parts.*` stands for all metrics of that prefix. */
export type MetricLine = { readonly name: string; /** Multiplied by this for showing. */ readonly times?: number; readonly right?: boolean; readonly form?: 'stack' | 'dots'; /** Metric of its spread around it. */ readonly spread?: string };
export type ChartEntry = { readonly id: ChartId; readonly lines: readonly MetricLine[]; readonly format: (value: number) => string; readonly formatRight?: (value: number) => string };

export const chartIds = ['reward', 'heldOut', 'tools', 'parts', 'zeroSpread', 'policy', 'length', 'gradient', 'time', 'loss', 'ratio', 'sampler', 'speed', 'memory', 'other'] as const;
export type ChartId = (typeof chartIds)[number];

const share = (name: string, more: Partial<MetricLine> = {}): MetricLine => ({ name, times: 100, ...more });

/** The nine that tell whether a run learns. */
const mainCharts: readonly ChartEntry[] = [
  { id: 'reward', lines: [{ name: 'rewardMean', spread: 'rewardSpread' }], format: figure },
  { id: 'heldOut', lines: [], format: percent },
  { id: 'tools', lines: [share('toolUse'), share('toolErrors'), share('invalidActions'), { name: 'heldOut.rightTool', form: 'dots' }], format: percent },
  { id: 'parts', lines: [{ name: 'parts.*' }], format: figure },
  { id: 'zeroSpread', lines: [share('zeroSpread')], format: percent },
  { id: 'policy', lines: [{ name: 'kl' }, { name: 'entropy', right: true }], format: figure, formatRight: figure },
  { id: 'length', lines: [{ name: 'completionTokens' }, share('truncated', { right: true })], format: figure, formatRight: percent },
  { id: 'gradient', lines: [{ name: 'gradNorm' }, { name: 'learningRate', right: true }], format: figure, formatRight: figure },
  { id: 'time', lines: [{ name: 'seconds.rollout', form: 'stack' }, { name: 'seconds.reward', form: 'stack' }, { name: 'seconds.encode', form: 'stack' }, { name: 'seconds.learn', form: 'stack' }], format: duration },
];

/** What is looked at when something is wrong. */
const moreCharts: readonly ChartEntry[] = [
  { id: 'loss', lines: [{ name: 'loss' }], format: figure },
  { id: 'ratio', lines: [{ name: 'ratioMax' }, share('clippedLow', { right: true }), share('clippedHigh', { right: true })], format: figure, formatRight: percent },
  { id: 'sampler', lines: [{ name: 'samplerMean' }, { name: 'samplerMax', right: true }], format: figure, formatRight: figure },
  { id: 'speed', lines: [{ name: 'tokensPerSecond' }], format: figure },
  { id: 'memory', lines: [{ name: 'memoryBytes' }], format: bytes },
];

const told = new Set(['heldOut.f1', 'heldOut.em', 'heldOut.items', 'rewardSpread', 'seconds.step', ...[...mainCharts, ...moreCharts].flatMap(({ lines }) => lines.map(({ name }) => name))]);

/** Metrics that no chart above shows: those of another version, or of a method that is new. */
const otherMetrics = (metrics: readonly string[]): readonly string[] => metrics.filter((name) => !told.has(name) && !name.startsWith('parts.'));

/** The lines of a chart that a run has. */
export function linesOf({ lines }: ChartEntry, metrics: readonly string[]): readonly MetricLine[] {
  const there = lines.flatMap((line) => (line.name.endsWith('.*') ? metrics.filter((name) => name.startsWith(line.name.slice(0, -1))).map((name) => ({ ...line, name })) : metrics.includes(line.name) ? [line] : []));
  // A right axis stands beside a left one.
  return there.every(({ right }) => right) ? there.map(({ right: _, ...line }) => line) : there;
}

/** Charts that are asked for together. */
export type Part = 'main' | 'more' | 'other';

const other = (metrics: readonly string[]): ChartEntry => ({ id: 'other', lines: otherMetrics(metrics).slice(0, 12).map((name) => ({ name })), format: figure });

/** The charts of a part for a run that has these metrics; of a run that has none yet, all. */
export const chartsOf = (part: Part, metrics: readonly string[]): readonly ChartEntry[] =>
  (part === 'main' ? mainCharts : part === 'more' ? moreCharts : [other(metrics)]).filter((entry) => (entry.id === 'heldOut' ? metrics.includes('heldOut.f1') : linesOf(entry, metrics).length > 0) || (part !== 'other' && metrics.length === 0));

/** The metrics that the charts of a part draw, or one of them. */
export const namesOf = (part: Part, metrics: readonly string[], only?: ChartId): readonly string[] => [
  ...new Set(chartsOf(part, metrics).filter(({ id }) => only === undefined || id === only).flatMap((entry) => linesOf(entry, metrics).flatMap(({ name, spread }) => (spread !== undefined && metrics.includes(spread) ? [name, spread] : [name])))),
].slice(0, 64);
