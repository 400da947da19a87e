/** A figure with its unit; `ratio` compares two figures of the same run. */
export type Figure = { readonly name: string; readonly value: number; readonly unit: string };

export type Report = {
  /** A line of what is going on, on stderr. */
  readonly note: (text: string) => void;
  readonly figure: (name: string, value: number, unit: string) => void;
};

export type BenchmarkOptions = Readonly<Record<string, string | boolean | undefined>>;

export type Benchmark = {
  readonly name: string;
  readonly summary: string;
  /** Options after the name, as node's parseArgs takes them. */
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly default?: string }>>;
  readonly run: (options: BenchmarkOptions, report: Report) => Promise<void>;
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Seconds that a task takes, for each of `runs` repetitions after `warmup` more. */
export async function secondsOf(runs: number, warmup: number, task: () => Promise<unknown>): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let i = -warmup; i < runs; i++) {
    const start = performance.now();
    await task();
    if (i >= 0) seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}

export const wholeNumber = (text: string | boolean | undefined, name: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: expected a whole number from 1, found ${text}`);
  return value;
};
