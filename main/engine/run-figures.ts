import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { bootstrap } from '../evaluate/statistics.ts';
import { parseJson } from '../records/parse-json.ts';
import type { RunEvent } from '../records/run-events.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Series } from '../store/runs/series.ts';
import type { Store } from '../store/store.ts';
import { runsFolder } from '../train/run-folder.ts';
import { measuresKl } from '../train/token-kl.ts';

// Figures of runs that are worked out from what the index and the logs hold.

/** Seconds that the steps left take, by the mean of the last ones. */
export function secondsLeft({ runData }: Store, run: string, step: number, steps: number): number | null {
  const each = meanOf(runData.series(run, { names: ['seconds.step'], fromStep: Math.max(0, step - 10) })['seconds.step']);
  return each === null ? null : each * Math.max(0, steps - step);
}

/** The runs at work. */
export function workingRuns(store: Store): { run: string; step: number; steps: number; reward: number | null; secondsLeft: number | null }[] {
  const rows = [false, true].flatMap((archived) => store.runs.list({ status: ['running'], archived, limit: 10 }).rows);
  return rows.map(({ name, step, steps, reward }) => ({ run: name, step, steps, reward, secondsLeft: secondsLeft(store, name, step, steps) }));
}

function meanOf(series: Series | undefined): number | null {
  const values = series?.means ?? series?.values;
  return values && values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null;
}

/** The time of a step of a run with the same model, episodes and method, the newest first. */
export function measuredStep({ runs, runData }: Store, config: RunConfig): { readonly secondsPerStep: number; readonly run: string } | null {
  const alike = JSON.stringify(timed(config));
  for (const { name } of runs.list({ limit: 200 }).rows) {
    let other: RunConfig;
    try {
      other = runs.config(name);
    } catch {
      continue; // of another version
    }
    if (JSON.stringify(timed(other)) !== alike) continue;
    const secondsPerStep = meanOf(runData.series(name, { names: ['seconds.step'], maxPoints: 50 })['seconds.step']);
    if (secondsPerStep !== null) return { secondsPerStep, run: name };
  }
  return null;
}

/** What the time of a step follows from. */
const timed = (config: RunConfig): unknown => {
  const { method, model, parameters, data, rollout, loss, threads } = config;
  return { method, model, kind: parameters.kind, rank: parameters.rank, mode: data.mode, rollout, reference: measuresKl(config), iterations: loss.iterations, threads };
};

type Estimate = { readonly mean: number; readonly low: number; readonly high: number };
export type HeldOutPoint = { readonly step: number; readonly items: number; readonly f1: Estimate; readonly em: Estimate; readonly rightTool: Estimate | null };

/** Held-out figures with intervals: by the bootstrap over the items, for the right tool by Wilson's formula. */
export class HeldOutFigures {
  readonly #store: Store;
  /** By run: how far its log was read, and what it says so far. */
  readonly #known = new Map<string, { readonly bytes: number; readonly points: readonly HeldOutPoint[] }>();

  constructor(store: Store) {
    this.#store = store;
  }

  async of(run: string): Promise<readonly HeldOutPoint[]> {
    const steps = this.#store.runs.events(run, 'evaluation').map(({ step }) => step);
    if (steps.length === 0) return [];
    const known = this.#known.get(run);
    const agrees = (points: readonly HeldOutPoint[]): boolean => points.every(({ step }, i) => step === steps[i]);
    if (known && known.points.length === steps.length && agrees(known.points)) return known.points;
    const log = path.join(runsFolder(this.#store.home), run, 'log.jsonl');
    // A resumed run cuts its log back.
    const before = known && agrees(known.points) && (statSync(log, { throwIfNoEntry: false })?.size ?? 0) >= known.bytes ? known : { bytes: 0, points: [] };
    const read = await readEvaluations(log, before.bytes);
    const points = [...before.points, ...read.found.map(pointOf)];
    this.#known.set(run, { bytes: read.bytes, points });
    return points;
  }
}

type Evaluation = Extract<RunEvent, { kind: 'evaluation' }>;

/** The evaluations of a log from a place on, and the end of its last whole line. */
async function readEvaluations(log: string, from: number): Promise<{ readonly bytes: number; readonly found: readonly Evaluation[] }> {
  const found: Evaluation[] = [];
  let bytes = from;
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(log, { start: from, highWaterMark: 1024 ** 2 })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      if (rest.subarray(start, start + evaluationStart.length).equals(evaluationStart)) {
        const event = parseJson(rest.toString('utf8', start, end)) as Evaluation | undefined;
        if (event) found.push(event);
      }
      start = end + 1;
    }
    bytes += start;
    rest = rest.subarray(start);
  }
  return { bytes, found };
}

const evaluationStart = Buffer.from('{"kind":"evaluation"');

function pointOf({ step, heldOut, items }: Evaluation): HeldOutPoint {
  const column = (pick: (item: Evaluation['items'][number]) => number): Float64Array => Float64Array.from(items, (item) => pick(item));
  const percent = (value: number): Estimate => ({ mean: value, low: value, high: value });
  // The bootstrap's figures are in percent.
  const [f1, em] = items.length > 0 ? bootstrap([column((item) => item.f1), column((item) => item.em)], 1) : [];
  return { step, items: heldOut.items, f1: f1 ?? percent(heldOut.f1), em: em ?? percent(heldOut.em), rightTool: heldOut.rightTool === undefined ? null : wilson(heldOut.rightTool / 100, heldOut.items) };
}

/** The 95 % interval of a share of n (Wilson 1927), in percent. */
function wilson(share: number, n: number): Estimate {
  const z = 1.959964;
  const centre = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { mean: 100 * share, low: 100 * Math.max(0, centre - half), high: 100 * Math.min(1, centre + half) };
}
