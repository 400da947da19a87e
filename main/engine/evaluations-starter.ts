import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { EvaluationDraft } from '../../preload/contract/evaluations.ts';
import { lockOwner } from '../process-lock.ts';
import { InputError } from '../records/input-error.ts';
import { resolveUpload } from '../serve/files.ts';
import { startCommand } from './commands.ts';
import type { EngineContext } from './context.ts';
import { type Command, folderOf, logOf, makeFolder, readCommand, writeCommand } from './evaluations-folder.ts';
import { webSettings } from './web-search.ts';

/** Questions of the built-in task that are drawn where no limit is given. */
export const miniItems = 200;

/** How long a process may take to end after it was asked to; what it finished is kept in any case. */
const patienceMs = 30_000;

/** Begins evaluations in processes of their own, and stops them. */
export class EvaluationStarter {
  readonly #context: EngineContext;
  /** Processes that were started here and live; a number where one has a process already. */
  readonly #started = new Map<string, number>();
  /** Last words of a process that was started here and ended with an error. */
  readonly #ended = new Map<string, string>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** Whether its process is there, though it may not have said so yet. */
  isStarting(name: string): boolean {
    return this.#started.has(name);
  }

  wordsOfEnd(name: string): string | undefined {
    return this.#ended.get(name);
  }

  async create(draft: EvaluationDraft): Promise<string> {
    const { home } = this.#context;
    const { benchmark, mode, scorer, prompts } = draft;
    const policy = policyLabel(draft);
    const name = makeFolder(home, `${benchmark}-${mode}-${policy.replace(/^\w+:/, '')}`);
    try {
      const mini = miniSeed(draft.data);
      const data = mini === undefined ? await this.#placeOf(draft.data, name) : path.join(home, 'mini', `seed-${mini}-${Math.max(miniItems, draft.limit ?? 0)}`);
      const command: Command = { version: 1, words: ['evaluate', ...this.#options(draft, data)], benchmark, data: path.basename(data), policy, mode, scorer, prompts, at: new Date().toISOString() };
      writeCommand(home, name, command);
      const drawing = mini !== undefined && !existsSync(path.join(data, 'test.jsonl')) ? ['data', 'mini', `--out=${data}`, `--seed=${mini}`, '--train=0', `--test=${Math.max(miniItems, draft.limit ?? 0)}`, '--json'] : undefined;
      this.#start(name, command.words, drawing);
      return name;
    } catch (error) {
      rmSync(folderOf(home, name), { recursive: true, force: true });
      throw error;
    }
  }

  /** @throws InputError where its command is not known, or a process works on it. */
  resume(name: string, retryInvalid: boolean): void {
    const { home } = this.#context;
    const command = readCommand(home, name);
    const thing = `evaluation ${name}`;
    if (!command) throw new InputError({ thing, expected: 'one that was started here', found: 'one whose command is not known', remedy: 'Go on with the same command on the command line.' });
    const owner = this.#owner(name);
    if (owner !== undefined || this.#started.has(name)) throw new InputError({ thing, expected: 'no process at work on it', found: owner === undefined ? 'one that begins' : `process ${owner}`, remedy: 'Look at its row; it goes on.' });
    this.#start(name, retryInvalid ? [...command.words, '--retry-invalid'] : command.words);
  }

  /** Asks its process to stop, and waits until it has. @throws InputError where none is at work, or it does not end in time. */
  async stop(name: string, signal: AbortSignal): Promise<void> {
    const pid = this.#owner(name) ?? this.#started.get(name);
    if (pid === undefined) throw new InputError({ thing: `evaluation ${name}`, expected: 'one at work', found: 'one that is not', remedy: 'Look at the list again; it may have ended.' });
    kill(pid);
    for (const until = performance.now() + patienceMs; this.#owner(name) !== undefined || this.#started.has(name); await wait(50, undefined, { signal })) {
      if (performance.now() < until) continue;
      throw new InputError({ thing: `evaluation ${name}`, expected: `an end within ${patienceMs / 1000} s`, found: 'a process that is still at work', remedy: 'It ends when its present completions come; stop it again to end it at once.' });
    }
    await this.#lookAgain(name);
  }

  #owner(name: string): number | undefined {
    return lockOwner(path.join(folderOf(this.#context.home, name), 'lock'));
  }

  #start(name: string, words: readonly string[], first?: readonly string[]): void {
    const { home, closing } = this.#context;
    const log = logOf(home, name);
    this.#ended.delete(name);
    const begin = (command: readonly string[]) => {
      const { pid, ended } = startCommand(home, command, log);
      this.#started.set(name, pid);
      return ended;
    };
    const all = async (): Promise<void> => {
      const out = ['evaluate', `--out=${folderOf(home, name)}`, ...words.slice(1), '--json'];
      let end = await begin(first ?? out);
      if (first && end.status === 0 && !closing.aborted) end = await begin(out);
      if (end.status !== 0 && end.status !== 130) this.#ended.set(name, end.words);
    };
    // Of a log that cannot be opened, say, on a full disk: the evaluation has failed, and the engine goes on.
    const failed = (error: Error): void => void this.#ended.set(name, error.message);
    void all().catch(failed).then(async () => {
      this.#started.delete(name);
      if (!closing.aborted) await this.#lookAgain(name);
    });
    this.#context.changes.tell('evaluations', name);
  }

  async #lookAgain(name: string): Promise<void> {
    await this.#context.store.indexer.look().catch(() => {});
    this.#context.changes.tell('evaluations', name);
  }

  /** A file that was handed in is kept with the evaluation, which wants it again when it goes on. */
  async #placeOf(data: string, name: string): Promise<string> {
    const { home } = this.#context;
    const file = await resolveUpload(home, data);
    if (!data.startsWith('upload:')) return file;
    const kept = path.join(folderOf(home, name), 'data', path.basename(file));
    mkdirSync(path.dirname(kept), { recursive: true });
    cpSync(file, kept);
    return kept;
  }

  #options({ benchmark, split, policy, mode, limit, concurrency, prompts, scorer, search, code, temperature, maxNewTokens, steps, seed }: EvaluationDraft, data: string): readonly string[] {
    const web = webSettings(this.#context.store);
    return [
      `--benchmark=${benchmark}`, `--data=${data}`, `--split=${split}`, `--mode=${mode}`, `--scorer=${scorer}`, `--prompts=${prompts}`, `--concurrency=${concurrency}`,
      `--temperature=${temperature}`, `--max-new-tokens=${maxNewTokens}`, `--steps=${steps}`, `--seed=${seed}`, `--code=${code ? 'sandbox' : 'off'}`,
      ...(limit === null ? [] : [`--limit=${limit}`]),
      ...(benchmark === 'mat-mini' ? ['--passages=1'] : []),
      ...(search === '' || mode === 'direct' ? [] : search === 'web' ? [`--engine=${web.engine}`, '--replay=record', ...(web.endpoint === '' ? [] : [`--endpoint=${web.endpoint}`]), ...(web.readPages ? ['--pages'] : [])] : [`--corpus=${search}`]),
      ...policyOptions(policy),
    ];
  }
}

function policyOptions(policy: EvaluationDraft['policy']): readonly string[] {
  switch (policy.kind) {
    case 'script':
      return [`--policy=${policy.name}`];
    case 'local':
      return [`--policy=local:${path.resolve(policy.folder)}`, `--provider=${policy.provider}`, ...(policy.adapter === null ? [] : [`--adapter=${policy.adapter}`]), ...(policy.quantize === '' ? [] : [`--quantize=${policy.quantize}`])];
    case 'endpoint':
      return [`--policy=endpoint:${policy.url}`, `--model-name=${policy.model}`, ...(policy.key === '' ? [] : [`--key=${policy.key}`])];
  }
}

/** As the record of an evaluation will name it. */
function policyLabel({ policy }: EvaluationDraft): string {
  const last = (folder: string): string => path.basename(path.resolve(folder));
  switch (policy.kind) {
    case 'script':
      return `script:${policy.name}`;
    case 'local':
      return `local:${last(policy.folder)}${policy.adapter === null ? '' : ` with ${last(policy.adapter)}`}`;
    case 'endpoint':
      return `endpoint:${policy.model}`;
  }
}

/** The seed of `mini:SEED`. */
export const miniSeed = (data: string): number | undefined => {
  const seed = /^mini:(\d{1,9})$/.exec(data)?.[1];
  return seed === undefined ? undefined : Number(seed);
};

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
