import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readModelConfig } from '../model/folder/config.ts';
import { parameterCount } from '../model/folder/expected-tensors.ts';
import { isAlive } from '../process-lock.ts';
import { type Expectation, InputError } from '../records/input-error.ts';
import type { ExportForm } from '../train/export.ts';
import { runsFolder } from '../train/run-folder.ts';
import type { EngineContext } from './context.ts';
import { type StartedExport, startExport } from './export-command.ts';
import { isModel, knownAdapters } from './known-models.ts';

type Export = {
  readonly id: number;
  readonly name: string;
  readonly run: { readonly name: string; readonly step: number } | null;
  readonly form: ExportForm;
  readonly folder: string;
  readonly totalBytes: number;
  /** Whether its folder was there before it. */
  readonly there: boolean;
  readonly process: StartedExport;
  state: 'writing' | 'done' | 'failed' | 'cancelled';
  fault: Expectation | null;
};

/** Exports that are being written, and those that have ended and were not yet taken off the list. */
export class Exports {
  readonly #context: Pick<EngineContext, 'home' | 'store' | 'changes'>;
  readonly #list: Export[] = [];
  #last = 0;

  constructor(context: Pick<EngineContext, 'home' | 'store' | 'changes'>) {
    this.#context = context;
  }

  list() {
    return this.#list.map(({ process: _, there: __, ...each }) => ({ ...each, doneBytes: each.state === 'done' ? each.totalBytes : Math.min(each.totalBytes, bytesIn(each.folder)) }));
  }

  /** @throws InputError for a folder that is taken, what is not on the list, and an adapter whose base is not there. */
  start({ adapter, form, folder }: { readonly adapter: string; readonly form: ExportForm; readonly folder: string }): number {
    const { home, changes } = this.#context;
    const out = path.resolve(folder);
    if (!path.isAbsolute(folder)) throw new InputError({ thing: folder, expected: 'a whole path', found: 'a part of one', remedy: 'Write the path from the root of the disk.' });
    if (existsSync(out) && (!statSync(out).isDirectory() || readdirSync(out).length > 0)) throw new InputError({ thing: out, expected: 'a folder that is not there yet, or empty', found: statSync(out).isDirectory() ? 'files in it' : 'a file', remedy: 'Choose another folder.' });
    const known = knownAdapters(this.#context).find((one) => one.folder === adapter);
    if (!known) throw new InputError({ thing: adapter, expected: 'an adapter or a checkpoint that is on the list', found: 'none of this folder', remedy: 'Choose a checkpoint that is kept, or import the adapter.' });
    const { kind, name, run, base } = known;
    if (kind === 'full' && form === 'adapter') throw new InputError({ thing: name, expected: 'an adapter', found: 'a run that trained all weights', remedy: 'Export the whole model.' });
    // A copy of a run's adapter is made without its base.
    if ((form === 'merged' || !run) && (base === null || !isModel(base))) throw new InputError({ thing: name, expected: 'its base model on the disk', found: base ?? 'a base that is not known', remedy: base === null ? 'Import it again, with its base model.' : 'Plug its disk in, or import the adapter again with its base model.' });
    const id = ++this.#last;
    const source = run ? [path.join(runsFolder(home), run.name), '--step', String(run.step)] : [adapter, '--base', String(base)];
    const there = existsSync(out);
    const { pid, ended } = startExport(home, { source, form, out, log: run ? `export-${run.name}-${run.step}` : 'export-adapter' });
    const each: Export = { id, name, run, form, folder: out, totalBytes: form === 'merged' ? mergedBytes(String(base)) : bytesIn(adapter, /^adapter_/), there, process: { pid, ended }, state: 'writing', fault: null };
    this.#list.push(each);
    void ended.then(({ fault }) => {
      if (each.state !== 'writing') return;
      each.state = fault ? 'failed' : 'done';
      each.fault = fault;
      changes.tell('models');
    });
    changes.tell('models');
    return id;
  }

  /** Stops one that is being written and removes what it wrote; takes one that has ended off the list. @throws InputError for one that is not on it. */
  async end(id: number): Promise<void> {
    const each = this.#list.find((one) => one.id === id);
    if (!each) throw new InputError({ thing: `export ${id}`, expected: 'one that is on the list', found: 'none', remedy: 'Look at the list again.' });
    if (each.state === 'writing') {
      each.state = 'cancelled';
      this.#context.changes.tell('models');
      await stopped(each.process);
      // It began in an empty folder, so all that is in it is the export's; it takes that away itself where it is not ended by force.
      if (existsSync(each.folder)) for (const name of readdirSync(each.folder)) rmSync(path.join(each.folder, name), { recursive: true, force: true });
      if (!each.there) rmSync(each.folder, { recursive: true, force: true });
    }
    this.#list.splice(this.#list.indexOf(each), 1);
    this.#context.changes.tell('models');
  }
}

/** All weights in bfloat16. */
const mergedBytes = (base: string): number => 2 * parameterCount(readModelConfig(base)).total;

function bytesIn(folder: string, names = /./): number {
  if (!existsSync(folder)) return 0;
  // What is written has a folder of its own in it until it is whole.
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => names.test(name)).reduce((sum, name) => sum + (statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** An export ends between two pieces of a matrix when it is asked to. */
const patienceMs = 10_000;

async function stopped({ pid, ended }: StartedExport): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // It is gone.
    }
    const waiting = new AbortController();
    await Promise.race([ended, pause(patienceMs, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
    if (!isAlive(pid)) return;
  }
}
