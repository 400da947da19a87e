import path from 'node:path';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import { readJsonFile } from '../model/folder/file-errors.ts';
import type { RunMarks } from '../store/runs/runs.ts';
import { RunFolder } from '../train/run-folder.ts';
import type { EngineContext } from './context.ts';

/** What a person changes of the runs on the list: titles, marks, what is in the bin. */
export class RunList {
  readonly #context: Pick<EngineContext, 'home' | 'store' | 'changes'>;

  constructor(context: Pick<EngineContext, 'home' | 'store' | 'changes'>) {
    this.#context = context;
  }

  /** The folder keeps its name, and a configuration of another version its fields. @throws InputError where it cannot be read. */
  async rename(run: string, title: string): Promise<void> {
    const { home, store, changes } = this.#context;
    const file = path.join(RunFolder.open(home, path.join(home, 'runs', store.runs.get(run).name)).folder, 'config.json');
    const config = readJsonFile(file) as object;
    writeTextAtomic(file, `${JSON.stringify({ ...config, name: title }, null, 2)}\n`);
    // Marks belong to a configuration: they come along.
    store.runs.annotate(run, {});
    await store.indexer.look();
    changes.tell('runs', run);
  }

  /** What is left out stays. @param addTag One more than each has. */
  annotate(runs: readonly string[], marks: RunMarks, addTag: string | undefined): void {
    const { store, changes } = this.#context;
    for (const run of runs) {
      store.runs.annotate(run, { ...marks, ...(addTag !== undefined && { tags: [...store.runs.get(run).tags, addTag] }) });
      changes.tell('runs', run);
    }
  }

  /** @returns their places in the bin. @throws InputError for one that is at work. */
  async remove(runs: readonly string[]): Promise<number[]> {
    const { store, changes } = this.#context;
    const bin: number[] = [];
    for (const name of runs) {
      bin.push(await store.bin.remove({ kind: 'run', name }));
      changes.tell('runs', name);
    }
    return bin;
  }

  /** @returns the names that they have now. */
  async restore(bin: readonly number[]): Promise<string[]> {
    const { store, changes } = this.#context;
    const restored: string[] = [];
    for (const id of bin) restored.push(await store.bin.restore(id));
    await store.indexer.look();
    for (const name of restored) changes.tell('runs', name);
    return restored;
  }
}
