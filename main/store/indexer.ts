import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { lockOwner, releaseLock, takeLock } from '../process-lock.ts';
import type { EvaluationScan } from './evaluations/evaluation-scan.ts';
import type { RunScan } from './runs/run-scan.ts';

/** What changed since the last look, by name: runs and evaluations that grew, came or went. */
export type IndexReport = {
  readonly runs: readonly string[];
  readonly evaluations: readonly string[];
  /** The process that keeps the index, where that is another one. */
  readonly owner?: number;
};

export type FollowOptions = {
  readonly everyMs?: number;
  readonly signal: AbortSignal;
  readonly onChange: (report: IndexReport) => void;
  /** A look that failed, for the first time or in another way than the one before. The next one tries again. */
  readonly onFault?: (error: Error) => void;
};

/** Keeps the tables of runs and evaluations as their folders are. One process of a data folder does so at a time. */
export class Indexer {
  readonly #lock: string;
  readonly #runs: RunScan;
  readonly #evaluations: EvaluationScan;
  #looking: Promise<IndexReport> | undefined;

  constructor(home: string, runs: RunScan, evaluations: EvaluationScan) {
    [this.#lock, this.#runs, this.#evaluations] = [path.join(home, 'indexer.pid'), runs, evaluations];
  }

  /** Catches up with all folders once; a call during another one gets that one's report. */
  look(signal?: AbortSignal): Promise<IndexReport> {
    this.#looking ??= this.#look(signal).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Looks again and again until the signal is aborted. */
  async follow({ everyMs = 1000, signal, onChange, onFault }: FollowOptions): Promise<void> {
    let fault = '';
    while (!signal.aborted) {
      try {
        const report = await this.look(signal);
        if (report.runs.length + report.evaluations.length > 0) onChange(report);
        fault = '';
      } catch (error) {
        if (signal.aborted) return;
        const { message } = error as Error;
        if (message !== fault) onFault?.(error as Error);
        fault = message;
      }
      await setTimeout(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Lets another process keep the index. */
  async close(): Promise<void> {
    await this.#looking?.catch(() => {});
    if (lockOwner(this.#lock) === process.pid) releaseLock(this.#lock);
  }

  async #look(signal: AbortSignal | undefined): Promise<IndexReport> {
    const owner = lockOwner(this.#lock) === process.pid ? undefined : takeLock(this.#lock);
    if (owner !== undefined) return { runs: [], evaluations: [], owner };
    return { runs: await this.#runs.look(signal), evaluations: await this.#evaluations.look(signal) };
  }
}
