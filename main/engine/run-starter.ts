import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import { RunFolder } from '../train/run-folder.ts';
import { startCommand } from './commands.ts';
import type { EngineContext } from './context.ts';

/** Begins runs in processes of their own, and the next of the queue when nothing runs. */
export class RunStarter {
  readonly #context: EngineContext;
  /** Runs whose process was started here and lives. */
  readonly #started = new Set<string>();
  #pumping: Promise<void> | undefined;

  constructor(context: EngineContext) {
    this.#context = context;
    void this.#followEnds();
  }

  /** Whether a run's process is there, though it may not have said so yet. */
  isStarting(run: string): boolean {
    return this.#started.has(run);
  }

  async create(config: RunConfig): Promise<string> {
    const { name } = RunFolder.create(this.#context.home, config);
    await this.#start(name);
    return name;
  }

  /** @throws InputError where a process works on it, or nothing is left to do. */
  async resume(run: string): Promise<void> {
    const folder = RunFolder.open(this.#context.home, run);
    const owner = folder.owner();
    if (owner !== undefined || this.#started.has(run)) throw new InputError({ thing: `run ${run}`, expected: 'no process at work on it', found: owner === undefined ? 'one that begins' : `process ${owner}`, remedy: 'Look at its curves; it goes on.' });
    if (this.#context.store.runs.get(run).status === 'finished') throw new InputError({ thing: `run ${run}`, expected: 'a run with steps left', found: 'one that is finished', remedy: 'Duplicate it with more steps.' });
    await this.#start(run);
  }

  /** Asks a run to stop after its step, or at once, and waits until it has. @returns the steps after which its last checkpoint was made. @throws InputError where it is not at work. */
  async stop(run: string, how: 'step' | 'now', signal: AbortSignal): Promise<number | undefined> {
    const folder = RunFolder.open(this.#context.home, run);
    // A process that has only begun takes the run first: what was asked before would be forgotten then.
    while (folder.owner() === undefined && this.#started.has(run)) await wait(50, undefined, { signal });
    if (folder.owner() === undefined) throw new InputError({ thing: `run ${run}`, expected: 'a run at work', found: 'one that is not', remedy: 'Look at the list again; it may have ended.' });
    folder.requestStop(how);
    while (folder.owner() !== undefined || this.#started.has(run)) await wait(50, undefined, { signal });
    await this.#lookAgain(run);
    return folder.checkpoints.list().at(-1)?.step;
  }

  /** Begins the next of the queue where nothing runs. */
  pump(): Promise<void> {
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async #pump(): Promise<void> {
    const { store, changes, closing, log } = this.#context;
    if (!store.queue.list().some(({ taken }) => !taken)) return;
    const { owner } = await store.indexer.look();
    if (owner !== undefined || closing.aborted || this.#started.size > 0 || [false, true].some((archived) => store.runs.list({ status: ['running'], archived, limit: 1 }).total > 0)) return;
    const next = store.queue.take();
    if (!next) return;
    try {
      await this.create(next.config);
      store.queue.remove(next.id);
    } catch (error) {
      store.queue.putBack(next.id);
      log(`The next run of the queue could not begin: ${(error as Error).message}`);
    }
    changes.tell('queue');
  }

  async #start(run: string): Promise<void> {
    const { home, closing, log } = this.#context;
    const { ended } = startCommand(home, ['resume', run, '--json'], path.join(RunFolder.open(home, run).folder, 'output.log'));
    this.#started.add(run);
    const afterwards = async (): Promise<void> => {
      this.#started.delete(run);
      if (closing.aborted) return;
      await this.#lookAgain(run);
      await this.pump();
    };
    void ended.then(afterwards).catch((error: unknown) => log(`The queue stands still: ${(error as Error).message}`));
    await this.#lookAgain(run);
  }

  async #lookAgain(run: string): Promise<void> {
    await this.#context.store.indexer.look().catch(() => {});
    this.#context.changes.tell('runs', run);
  }

  /** Runs that others began end too. */
  async #followEnds(): Promise<void> {
    const { changes, closing, log } = this.#context;
    try {
      await this.pump();
      for await (const { topic } of changes.follow(closing)) if (topic === 'runs') await this.pump();
    } catch (error) {
      if (!closing.aborted) log(`The queue stands still: ${(error as Error).message}`);
    }
  }
}
