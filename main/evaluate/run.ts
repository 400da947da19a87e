import { type EpisodeSettings, runEpisode } from '../agent/episode.ts';
import type { Sample } from '../records/sample.ts';
import type { EvaluatedItem, EvaluationFolder } from './folder.ts';

export type EvaluationProgress = { readonly done: number; readonly total: number; readonly item: EvaluatedItem };

export type RunSettings = Omit<EpisodeSettings, 'onEvent'> & {
  /** Episodes at the same time. */
  readonly concurrency: number;
  /** Asks again what ended by a fault of ours. */
  readonly retryInvalid: boolean;
  readonly onItem?: (progress: EvaluationProgress) => void;
};

/** The last line of an item counts: a retried one replaces the one before. */
export function lastOfEach(items: readonly EvaluatedItem[]): readonly EvaluatedItem[] {
  const byIndex = new Map(items.map((item) => [item.index, item]));
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

/**
 * Runs the episodes that are not finished yet; each is kept as soon as it ends. Every episode has its own seed, made of
 * the run's seed and its place, so that neither order nor interruption changes it.
 * @throws the reason of `signal` when it is aborted; what was finished stays.
 */
export async function runEvaluation(samples: readonly Sample[], folder: EvaluationFolder, settings: RunSettings): Promise<void> {
  const { concurrency, retryInvalid, onItem, signal, ...episode } = settings;
  const finished = new Set(lastOfEach(folder.finished).flatMap(({ index, trajectory }) => (retryInvalid && trajectory.ending.kind === 'invalid' ? [] : [index])));
  const waiting = samples.map((_, index) => index).filter((index) => !finished.has(index));
  let done = finished.size;
  const failed = new AbortController();
  const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const next = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined && !both.aborted; index = waiting.shift()) {
      const sample = samples[index] as Sample;
      const trajectory = await runEpisode(sample, { ...episode, signal: both, sampling: { ...episode.sampling, seed: episode.sampling.seed + index } });
      const item = { index, id: sample.id, trajectory };
      folder.add(item);
      onItem?.({ done: ++done, total: samples.length, item });
    }
  };
  // The first failure ends the others; their errors are only its echo.
  const workers = Array.from({ length: Math.min(concurrency, waiting.length) }, () => next().catch((error: unknown) => failed.abort(error)));
  await Promise.all(workers);
  signal?.throwIfAborted();
  failed.signal.throwIfAborted();
}
