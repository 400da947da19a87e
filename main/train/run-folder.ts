import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders } from '../home.ts';
import { adapterFiles } from '../model/folder/adapter-config.ts';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import { readJsonFile, withFile } from '../model/folder/file-errors.ts';
import { lockOwner, releaseLock, takeLock } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';
import { type RunConfig, runConfig } from '../records/run-config.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { withAbsolutePaths } from './absolute-paths.ts';
import { type CheckpointState, Checkpoints } from './checkpoints.ts';
import type { PictureMarks } from './pictures.ts';
import { RunLog } from './run-log.ts';
import { runFolderName } from './run-name.ts';

// A run on disk: config.json, log.jsonl (run-log.ts), checkpoints/ (checkpoints.ts), begun-with/ (a copy of the adapter that it
// began with, where it began with one), pictures.json (by which it knows again those that lie beside its samples). It can be read
// without this program.

const begunWith = 'begun-with';
const pictures = 'pictures.json';

export type Stop = 'step' | 'now';

export const runsFolder = (home: string): string => path.join(home, 'runs');

export class RunFolder {
  readonly folder: string;
  readonly log: RunLog;
  readonly checkpoints: Checkpoints;

  private constructor(folder: string) {
    this.folder = folder;
    this.log = new RunLog(path.join(folder, 'log.jsonl'));
    this.checkpoints = new Checkpoints(folder);
  }

  /** A new run. Its name gets a number where there is one of that name. */
  static create(home: string, config: RunConfig): RunFolder {
    const base = runFolderName(config.name);
    withFile(runsFolder(home), 'a folder that can be written', () => makeFolders(runsFolder(home)));
    for (let n = 1; ; n++) {
      const folder = path.join(runsFolder(home), n === 1 ? base : `${base}-${n}`);
      if (!withFile(folder, 'a folder that can be written', () => makeNew(folder))) continue;
      const run = new RunFolder(folder);
      run.writeConfig(withAbsolutePaths(config));
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

  /** @throws InputError where config.json is none of this version's. */
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
    writeTextAtomic(path.join(this.folder, pictures), `${JSON.stringify(marks)}\n`);
  }

  /** What it kept of them: nothing in runs of earlier versions. */
  get pictures(): PictureMarks {
    const file = path.join(this.folder, pictures);
    return existsSync(file) ? (readJsonFile(file) as PictureMarks) : {};
  }

  /** Puts another configuration in place of the run's. */
  writeConfig(config: RunConfig): void {
    writeTextAtomic(path.join(this.folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  }

  /** Writes a checkpoint that names the log as far as it is. @param write Writes the tensors. @returns its folder. */
  async checkpoint(state: Omit<CheckpointState, 'version' | 'logBytes'>, keep: number, write: (folder: string) => Promise<void>): Promise<string> {
    return this.checkpoints.write(state, keep, write, () => this.log.syncedBytes());
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

  #clearStop(): void {
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
    this.#clearStop();
    this.checkpoints.removeParts();
  }

  unclaim(): void {
    releaseLock(this.lock);
    this.#clearStop();
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
