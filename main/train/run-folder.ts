import { appendFileSync, closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { LineFile } from '../lines.ts';
import { writeFileAtomic } from '../model/folder/atomic-file.ts';
import { readJsonFile, withFile } from '../model/folder/file-errors.ts';
import { lockOwner, releaseLock, takeLock } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import { type RunConfig, runConfig } from '../records/run-config.ts';
import type { RunEvent } from '../records/run-events.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { withAbsolutePaths } from './absolute-paths.ts';
import { assertSums, writeSums } from './checkpoint-sums.ts';
import type { Fingerprint } from './fingerprint.ts';
import { readLogLine } from './log-line.ts';
import type { PictureMarks } from './pictures.ts';
import { runFolderName } from './run-name.ts';
import type { SamplerState } from './sampler.ts';

// A run on disk: config.json, log.jsonl (one event a line), checkpoints/step-000010/{adapter or weights, optimizer,
// state.json, SHA256SUMS}, begun-with/ (a copy of the adapter that it began with, where it began with one), pictures.json (by which it
// knows again those that lie beside its samples). It can be read without this program.

/** What a checkpoint knows besides tensors. Random numbers follow from the seed and the step, so they need no state. */
export type CheckpointState = {
  readonly version: 1;
  /** Steps that are done; the next is this one. */
  readonly step: number;
  /** The best held-out F1 so far, and the step that had it. */
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

const begunWith = 'begun-with';
const pictures = 'pictures.json';
const stateIn = (checkpoint: string): string => path.join(checkpoint, 'state.json');
const adapterFiles = ['adapter_config.json', 'adapter_model.safetensors'] as const;

export type Stop = 'step' | 'now';

export const runsFolder = (home: string): string => path.join(home, 'runs');

export class RunFolder {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A new run. Its name gets a number where there is one of that name. */
  static create(home: string, config: RunConfig): RunFolder {
    const base = runFolderName(config.name);
    withFile(runsFolder(home), 'a folder that can be written', () => makeFolders(runsFolder(home)));
    for (let n = 1; ; n++) {
      const folder = path.join(runsFolder(home), n === 1 ? base : `${base}-${n}`);
      if (!withFile(folder, 'a folder that can be written', () => makeNew(folder))) continue;
      const run = new RunFolder(folder);
      withFile(folder, 'a folder that can be written', () => writeSynced(path.join(folder, 'config.json'), `${JSON.stringify(withAbsolutePaths(config), null, 2)}\n`));
      return run;
    }
  }

  /** A run by its name; a folder of that name elsewhere, such as what was exported from it, is another thing. */
  static named(home: string, name: string): RunFolder | undefined {
    const folder = path.join(runsFolder(home), name);
    return !/[/\\]/.test(name) && existsSync(path.join(folder, 'config.json')) ? new RunFolder(folder) : undefined;
  }

  /** @throws InputError when there is no such run. */
  static open(home: string, nameOrFolder: string): RunFolder {
    const named = RunFolder.named(home, nameOrFolder);
    if (named) return named;
    const folder = [nameOrFolder, path.join(runsFolder(home), nameOrFolder)].find((each) => existsSync(path.join(each, 'config.json')));
    if (folder !== undefined) return new RunFolder(path.resolve(folder));
    const known = existsSync(runsFolder(home)) ? readdirSync(runsFolder(home)) : [];
    throw new InputError({ thing: `run ${nameOrFolder}`, expected: known.length > 0 ? `one of ${known.join(', ')}, or the folder of a run` : 'a run', found: 'no config.json there', remedy: '`arft runs` lists the runs.' });
  }

  get name(): string {
    return path.basename(this.folder);
  }

  get config(): RunConfig {
    const file = path.join(this.folder, 'config.json');
    const value = readJsonFile(file);
    const parsed = runConfig.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InputError({ thing: file, expected: 'the configuration of a run', found: schemaFaultText(parsed.error, value), remedy: 'It is no run, or the file was changed from outside: restore it.' });
  }

  /** Keeps the adapter that it begins with: it is the reference policy's to the end, whatever becomes of its folder. */
  keepAdapter(from: string): void {
    const to = path.join(this.folder, begunWith);
    // A copy of an attempt before may be all that is left of it. What is wrong with it is said when it is read.
    if (!adapterFiles.every((name) => existsSync(path.join(from, name)))) return;
    const part = `${to}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part);
    for (const name of adapterFiles) copyFileSync(path.join(from, name), path.join(part, name));
    rmSync(to, { recursive: true, force: true });
    renameSync(part, to);
  }

  /** The folder of that copy, where there is one. */
  get begunWith(): string | undefined {
    const folder = path.join(this.folder, begunWith);
    return existsSync(folder) ? folder : undefined;
  }

  /** Keeps by what it knows its pictures again. */
  keepPictures(marks: PictureMarks): void {
    writeFileAtomic(path.join(this.folder, pictures), (append) => append(Buffer.from(`${JSON.stringify(marks)}\n`)));
  }

  /** What it kept of them: nothing in runs of earlier versions. */
  get pictures(): PictureMarks {
    const file = path.join(this.folder, pictures);
    return existsSync(file) ? (readJsonFile(file) as PictureMarks) : {};
  }

  /** Puts another configuration in place of the run's. */
  writeConfig(config: RunConfig): void {
    writeFileAtomic(path.join(this.folder, 'config.json'), (append) => append(Buffer.from(`${JSON.stringify(config, null, 2)}\n`)));
  }

  get #log(): string {
    return path.join(this.folder, 'log.jsonl');
  }

  append(event: RunEvent): void {
    appendFileSync(this.#log, `${JSON.stringify(event)}\n`);
  }

  /** The whole lines of the log, one after another: all together they may be more than memory or a text holds. One that cannot be read is left out, and told to `onUnread`. */
  *events(onUnread: () => void = () => {}): Generator<RunEvent> {
    if (!existsSync(this.#log)) return;
    const lines = new LineFile(this.#log);
    try {
      for (const { text } of lines.from(0)) {
        const event = readLogLine(text);
        if (event) yield event;
        else onUnread();
      }
    } finally {
      lines.close();
    }
  }

  /** Folders of checkpoints by step, the earliest first. */
  checkpoints(): readonly { readonly step: number; readonly folder: string }[] {
    const folder = path.join(this.folder, 'checkpoints');
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .flatMap((name) => (/^step-\d+$/.test(name) ? [{ step: Number(name.slice(5)), folder: path.join(folder, name) }] : []))
      .sort((a, b) => a.step - b.step);
  }

  /**
   * Writes a checkpoint: everything into a folder beside its place, synced, then renamed. Keeps the best and the last `keep`.
   * @param write Writes the tensors.
   */
  async checkpoint(state: Omit<CheckpointState, 'version' | 'logBytes'>, keep: number, write: (folder: string) => Promise<void>): Promise<string> {
    const folder = path.join(this.folder, 'checkpoints', `step-${String(state.step).padStart(6, '0')}`);
    const part = `${folder}.part`;
    rmSync(part, { recursive: true, force: true });
    mkdirSync(part, { recursive: true });
    try {
      await write(part);
      const logBytes = this.#syncedLogBytes();
      writeSynced(stateIn(part), `${JSON.stringify({ version: 1, ...state, logBytes } satisfies CheckpointState)}\n`);
      writeSums(part);
      for (const file of readdirSync(part)) sync(path.join(part, file));
      rmSync(folder, { recursive: true, force: true });
      renameSync(part, folder);
      sync(path.dirname(folder));
    } catch (error) {
      rmSync(part, { recursive: true, force: true });
      throw error;
    }
    const kept = new Set([...this.checkpoints().slice(-keep).map(({ step }) => step), state.best?.step]);
    for (const { step, folder: old } of this.checkpoints()) if (!kept.has(step)) rmSync(old, { recursive: true, force: true });
    return folder;
  }

  /** A checkpoint names so many bytes of the log as there are on the disk: they must not be lost after it. */
  #syncedLogBytes(): number {
    if (!existsSync(this.#log)) return 0;
    sync(this.#log);
    return statSync(this.#log).size;
  }

  /** What the last checkpoint knows. */
  lastState(): CheckpointState | undefined {
    const last = this.checkpoints().at(-1);
    if (!last) return undefined;
    try {
      const state = this.stateOf(last.folder);
      if (state.step !== last.step) throw new InputError({ thing: stateIn(last.folder), expected: `${last.step} steps, as its folder is called`, found: String(state.step), remedy: 'It was changed or damaged: put back what was there.' });
      return state;
    } catch (error) {
      throw this.damaged(error as Error);
    }
  }

  /** What a checkpoint knows. @throws where it is damaged. */
  stateOf(checkpoint: string): CheckpointState {
    const file = stateIn(checkpoint);
    assertSums(checkpoint, (name) => name === path.basename(file));
    const state = readJsonFile(file) as CheckpointState;
    if (!state.config) return state;
    const config = runConfig.safeParse(state.config);
    if (!config.success) throw new InputError({ thing: file, expected: 'the configuration of a run', found: schemaFaultText(config.error, state.config), remedy: 'It was changed or damaged: put back what was there.' });
    return { ...state, config: config.data };
  }

  /** That the last checkpoint cannot be gone on from, and which one can. */
  damaged(cause: Error): InputError {
    const [before, last] = [undefined, undefined, ...this.checkpoints()].slice(-2);
    return new InputError({
      thing: last?.folder ?? this.folder, expected: 'a checkpoint that is whole', found: cause.message,
      remedy: before ? `Move the folder away: the run then goes on from the checkpoint after ${before.step} steps.` : 'Move the folder away: the run then begins again.',
    }, { cause });
  }

  /** The last checkpoint. @throws where it is damaged. */
  get last(): Restored | undefined {
    const [last, state] = [this.checkpoints().at(-1), this.lastState()];
    if (!last || !state) return undefined;
    try {
      assertSums(last.folder);
    } catch (error) {
      throw this.damaged(error as Error);
    }
    return { state, folder: last.folder };
  }

  /**
   * Cuts the log back to a checkpoint, or to nothing: what came after is done again. That the checkpoint was made stays.
   * @returns the bytes of steps that are done which it lacks.
   */
  cutLog(to: Restored | undefined): number {
    if (!to) {
      rmSync(this.#log, { force: true });
      return 0;
    }
    const { logBytes, step } = to.state;
    if (!existsSync(this.#log)) return logBytes;
    const log = new LineFile(this.#log);
    try {
      const { size } = log;
      if (size < logBytes) {
        // What comes next is not glued to half a line.
        if (size > 0 && log.read(size - 1, 1) !== '\n') appendFileSync(this.#log, '\n');
        return logBytes - size;
      }
      const line = log.from(logBytes).next().value;
      const event = parseJson(line?.text ?? '') as Partial<RunEvent> | undefined;
      const end = logBytes + (line && event?.kind === 'checkpoint' && event.step === step ? line.length : 0);
      if (size > end) truncateSync(this.#log, end);
      return 0;
    } finally {
      log.close();
    }
  }

  /** Asks the process that works on the run to stop. One that is to stop at once is not asked for less. */
  requestStop(how: Stop): void {
    const file = path.join(this.folder, 'stop');
    if (this.stopRequested() !== 'now') withFile(file, 'a file that can be written', () => writeFileSync(file, how));
  }

  stopRequested(): Stop | undefined {
    const file = path.join(this.folder, 'stop');
    if (!existsSync(file)) return undefined;
    return readFileSync(file, 'utf8') === 'now' ? 'now' : 'step';
  }

  clearStop(): void {
    rmSync(path.join(this.folder, 'stop'), { force: true });
  }

  /** The file that names the process at work on it. */
  get lock(): string {
    return path.join(this.folder, 'pid');
  }

  /** The process at work on this run, where there is one. */
  owner(): number | undefined {
    return lockOwner(this.lock);
  }

  /** @throws InputError when another process works on the run. */
  claim(): void {
    const owner = withFile(this.folder, 'a folder that can be written', () => takeLock(this.lock));
    if (owner !== undefined) throw new InputError({ thing: `run ${this.name}`, expected: 'no process at work on it', found: `process ${owner}`, remedy: `Stop it first: arft stop ${this.name}.` });
    this.clearStop();
    this.#removeParts();
  }

  /** Checkpoints that a crash left half written: as large as whole ones, and of steps that may never be written again. */
  #removeParts(): void {
    const folder = path.join(this.folder, 'checkpoints');
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (/^step-\d+\.part$/.test(name)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }

  unclaim(): void {
    releaseLock(this.lock);
    this.clearStop();
  }
}

/** @returns whether it was not there before. */
function makeNew(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeSynced(file: string, text: string): void {
  writeFileSync(file, text);
  sync(file);
}
