import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readJsonFile } from '../model/folder/file-errors.ts';
import { flushFile, flushFolder } from '../model/folder/flush.ts';
import { InputError } from '../records/input-error.ts';
import { type RunConfig, runConfig } from '../records/run-config.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { assertSums, writeSums } from './checkpoint-sums.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { SamplerState } from './sampler.ts';

/** What a checkpoint knows besides tensors. Random numbers follow from the seed and the step, so they need no state. */
export type CheckpointState = {
  readonly version: 1;
  /** Steps that are done; the next is this one. */
  readonly step: number;
  /** The best held-out F1 so far, in percent, and the step that had it. */
  readonly best: { readonly f1: number; readonly step: number } | null;
  /** Which samples come next. */
  readonly sampler: SamplerState;
  /** How many samples the run began with where its source has no end. Absent in checkpoints of earlier versions, as is `config`. */
  readonly endless?: number;
  /** What the steps so far were made with. */
  readonly config?: RunConfig;
  /** Of what it began with. Absent in checkpoints of earlier versions. */
  readonly began?: Fingerprint;
  /** Bytes of log.jsonl that belong to the steps that are done. */
  readonly logBytes: number;
};

/** What a run goes on from. */
export type Restored = { readonly state: CheckpointState; readonly folder: string };

const stateIn = (checkpoint: string): string => path.join(checkpoint, 'state.json');

/** A run's checkpoints/: a folder step-000010/{adapter or weights, optimizer, state.json, SHA256SUMS} for each that is kept. */
export class Checkpoints {
  /** The run's: what a fault is about where there is no checkpoint. */
  readonly #run: string;

  constructor(run: string) {
    this.#run = run;
  }

  get #folder(): string {
    return path.join(this.#run, 'checkpoints');
  }

  /** By step, the earliest first. */
  list(): readonly { readonly step: number; readonly folder: string }[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .flatMap((name) => (/^step-\d+$/.test(name) ? [{ step: Number(name.slice(5)), folder: path.join(this.#folder, name) }] : []))
      .sort((a, b) => a.step - b.step);
  }

  /**
   * Writes a checkpoint: everything into a folder beside its place, flushed, then renamed. Keeps the best and the last `keep`.
   * @param write Writes the tensors.
   * @param logBytes How long the log is by then; asked when the tensors are written.
   * @returns its folder.
   */
  async write(state: Omit<CheckpointState, 'version' | 'logBytes'>, keep: number, write: (folder: string) => Promise<void>, logBytes: () => number): Promise<string> {
    const folder = path.join(this.#folder, `step-${String(state.step).padStart(6, '0')}`);
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    try {
      await write(part);
      writeFileSync(stateIn(part), `${JSON.stringify({ version: 1, ...state, logBytes: logBytes() } satisfies CheckpointState)}\n`);
      writeSums(part);
      for (const file of readdirSync(part)) flushFile(path.join(part, file));
      rmSync(folder, { recursive: true, force: true });
      renameSync(part, folder);
      flushFolder(this.#folder);
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      throw error;
    }
    const kept = new Set([...this.list().slice(-keep).map(({ step }) => step), state.best?.step]);
    for (const { step, folder: old } of this.list()) if (!kept.has(step)) rmSync(old, { recursive: true, force: true });
    return folder;
  }

  /** What a crash left half written: as large as whole ones, and of steps that may never be written again. */
  removeParts(): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) if (/^step-\d+\.part$/.test(name)) rmSync(path.join(this.#folder, name), { recursive: true, force: true });
  }

  /** What the last one knows. @throws InputError where that is damaged. */
  lastState(): CheckpointState | undefined {
    const last = this.list().at(-1);
    if (!last) return undefined;
    try {
      const state = stateOf(last.folder);
      if (state.step !== last.step) throw new InputError({ thing: stateIn(last.folder), expected: `${last.step} steps, as its folder is called`, found: String(state.step), remedy: 'It was changed or damaged: put back what was there.' });
      return state;
    } catch (error) {
      throw this.damaged(error as Error);
    }
  }

  /** The last one. @throws InputError where any of its files is damaged. */
  get last(): Restored | undefined {
    const [last, state] = [this.list().at(-1), this.lastState()];
    if (!last || !state) return undefined;
    try {
      assertSums(last.folder);
    } catch (error) {
      throw this.damaged(error as Error);
    }
    return { state, folder: last.folder };
  }

  /** That the last one cannot be gone on from, and which can. */
  damaged(cause: Error): InputError {
    const [before, last] = [undefined, undefined, ...this.list()].slice(-2);
    return new InputError({
      thing: last?.folder ?? this.#run, expected: 'a checkpoint that is whole', found: cause.message,
      remedy: before ? `Move the folder away: the run then goes on from the checkpoint after ${before.step} steps.` : 'Move the folder away: the run then begins again.',
    }, { cause });
  }
}

/** Whether a folder has the state of a checkpoint: what is exported needs the tensors alone. */
export const hasState = (checkpoint: string): boolean => existsSync(stateIn(checkpoint));

/** What a checkpoint's folder knows. @throws InputError where it is damaged. */
export function stateOf(checkpoint: string): CheckpointState {
  const file = stateIn(checkpoint);
  assertSums(checkpoint, (name) => name === path.basename(file));
  const state = readJsonFile(file) as CheckpointState;
  if (!state.config) return state;
  const config = runConfig.safeParse(state.config);
  if (!config.success) throw new InputError({ thing: file, expected: 'the configuration of a run', found: schemaFaultText(config.error, state.config), remedy: 'It was changed or damaged: put back what was there.' });
  return { ...state, config: config.data };
}
