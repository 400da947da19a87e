import { isAdapter } from '../model/folder/adapter-config.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { InputError } from '../records/input-error.ts';
import { starterFolder } from '../train/quickstart/quickstart.ts';
import type { EngineContext } from './context.ts';
import { type KnownAdapter, adapterFoldersKey, broughtAdapters, folders, isModel, knownAdapters, labelOf, modelFolders, modelFoldersKey, nameOf, preferredModel, preferredModelKey } from './known-models.ts';
import { type FolderSummaries, noModel } from './model-folders.ts';

/** The models and adapters that every page chooses from, as a person adds to them and takes from them. Nothing here touches a folder. */
export class ModelList {
  readonly #context: Pick<EngineContext, 'home' | 'store' | 'changes'>;
  readonly #summaries: FolderSummaries;
  /** Ways back for what was forgotten, its disk there or not. */
  readonly #forgotten = new Map<string, () => void>();

  constructor(context: Pick<EngineContext, 'home' | 'store' | 'changes'>, summaries: FolderSummaries) {
    [this.#context, this.#summaries] = [context, summaries];
  }

  /** Those on a disk that is away by now, too. */
  models() {
    const first = preferredModel(this.#context);
    return modelFolders(this.#context).map(({ folder, origin }) => {
      const there = isModel(folder);
      const summary = there ? this.#summaries.model(folder) : { bytes: 0, parameters: null, dtype: null, missing: 0 };
      return { folder, origin, there, name: labelOf(folder), preferred: folder === first, ...summary };
    });
  }

  adapters() {
    const bestOf = new Map(this.#context.store.runs.list({ limit: 100_000 }).rows.map(({ name, bestStep }) => [name, bestStep]));
    const away = this.#brought.filter(({ folder }) => !isAdapter(folder)).map(({ folder, base }) => ({ kind: 'lora' as const, folder, base, name: nameOf(folder), run: null }));
    const row = ({ kind, folder, name, base, run }: KnownAdapter, there: boolean) => ({ kind, folder, name, run, base, there, best: run !== null && bestOf.get(run.name) === run.step, baseName: base === null ? null : labelOf(base), ...this.#summaries.adapter(folder) });
    return [...knownAdapters(this.#context).map((each) => row(each, true)), ...away.map((each) => row(each, false))];
  }

  /** @returns how many things it lacks. @throws InputError for a folder that is no model, or one of another kind. */
  open(folder: string): number {
    if (!isModel(folder)) throw noModel(folder);
    readModelConfig(folder);
    const { missing } = this.#summaries.model(folder);
    if (!this.#has(folder)) this.#opened = [...this.#opened, folder];
    this.#changed();
    return missing;
  }

  /** @throws InputError for one that was not opened. */
  forget(folder: string): void {
    if (!this.#opened.includes(folder)) throw new InputError({ thing: folder, expected: 'a folder that was opened', found: folder === starterFolder ? 'the model that comes with the program' : 'one that lies in the data folder, or is not on the list', remedy: 'Models in the data folder are removed there.' });
    this.#opened = this.#opened.filter((each) => each !== folder);
    this.#forgotten.set(folder, () => void (this.#opened = [...new Set([...this.#opened, folder])]));
    this.#changed();
  }

  /** Puts an adapter among those that are known, beside the base that it was held against. */
  bring(folder: string, base: string): void {
    this.#bring({ folder, base });
    this.#changed();
  }

  /** @throws InputError for one that was not brought. */
  forgetAdapter(folder: string): void {
    const found = this.#brought.find((each) => each.folder === folder);
    if (!found) throw new InputError({ thing: folder, expected: 'an adapter that was brought', found: 'one of a run, or not on the list', remedy: 'Checkpoints are removed with their run.' });
    this.#brought = this.#brought.filter((each) => each.folder !== folder);
    this.#forgotten.set(folder, () => this.#bring(found));
    this.#changed();
  }

  /** Puts back what was forgotten, a model or an adapter. @throws InputError for anything else. */
  remember(folder: string): void {
    const putBack = this.#forgotten.get(folder);
    if (!putBack) throw new InputError({ thing: folder, expected: 'what was forgotten since the program began', found: 'nothing of this name', remedy: 'Open or import it again.' });
    this.#forgotten.delete(folder);
    putBack();
    this.#changed();
  }

  /** @returns the one that stood first before. @throws InputError for one that is not on the list. */
  prefer(folder: string): string {
    if (!this.#has(folder)) throw new InputError({ thing: folder, expected: 'a model that is on the list', found: 'another folder', remedy: 'Open it first.' });
    const before = preferredModel(this.#context);
    this.#context.store.settings.set(preferredModelKey, folder);
    this.#changed();
    return before;
  }

  #has(folder: string): boolean {
    return modelFolders(this.#context).some((each) => each.folder === folder);
  }

  #bring(adapter: { readonly folder: string; readonly base: string }): void {
    this.#brought = [...this.#brought.filter(({ folder }) => folder !== adapter.folder), adapter];
  }

  get #opened(): readonly string[] {
    return this.#context.store.settings.get(modelFoldersKey, folders, []);
  }

  set #opened(opened: readonly string[]) {
    this.#context.store.settings.set(modelFoldersKey, opened);
  }

  get #brought(): readonly { readonly folder: string; readonly base: string }[] {
    return this.#context.store.settings.get(adapterFoldersKey, broughtAdapters, []);
  }

  set #brought(brought: readonly { readonly folder: string; readonly base: string }[]) {
    this.#context.store.settings.set(adapterFoldersKey, brought);
  }

  /** Models are chosen on other pages too. */
  #changed(): void {
    for (const topic of ['models', 'playground', 'runs'] as const) this.#context.changes.tell(topic);
  }
}
