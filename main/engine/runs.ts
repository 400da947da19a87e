import { fork } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { runsContract } from '../../preload/contract/runs.ts';
import { writeFileAtomic } from '../model/folder/atomic-file.ts';
import { InputError } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Handlers } from '../rpc/serve.ts';
import type { RunRow } from '../store/runs/runs.ts';
import { memoryOf } from '../train/preflight-resources.ts';
import { RunFolder } from '../train/run-folder.ts';
import { startCommand } from './commands.ts';
import type { EngineContext } from './context.ts';
import { knownAdapters, knownModels } from './known-models.ts';
import { Outlooks } from './outlooks.ts';
import type { PreflightOrder, PreflightWord } from './preflight-process.ts';
import { configSchema, differencesOf, fromYaml, nearestPreset, presets, readDraft, toYaml } from './run-drafts.ts';
import { HeldOutFigures, measuredStep, secondsLeft } from './run-figures.ts';
import { RunStarter } from './run-starter.ts';
import { toldSeries, toldStep } from './told-steps.ts';

type Outputs = { [K in keyof typeof runsContract]: (typeof runsContract)[K] extends { readonly output: infer O extends z.ZodType } ? z.input<O> : never };

/** Points of a curve in a list. */
const sparkPoints = 40;

export function runsHandlers(context: EngineContext): Handlers<typeof runsContract> {
  const { home, store, changes, closing } = context;
  const { runs, runData } = store;
  const starter = new RunStarter(context);
  const outlooks = new Outlooks(closing);
  const heldOut = new HeldOutFigures(store);
  const sparks = new Map<string, { readonly key: string; readonly values: number[] }>();

  const shown = (row: RunRow): RunRow => (starter.isStarting(row.name) && row.status !== 'running' ? { ...row, status: 'running', endedAt: null } : row);
  const configOf = (run: string): RunConfig | undefined => {
    try {
      return runs.config(run);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  };
  const sparkOf = (run: string): number[] => {
    const { step, status } = runs.get(run);
    const key = `${step} ${status}`;
    const known = sparks.get(run);
    if (known?.key === key) return known.values;
    const values = [...(runData.series(run, { names: ['rewardMean'], maxPoints: sparkPoints })['rewardMean']?.values ?? [])];
    sparks.set(run, { key, values });
    return values;
  };

  return {
    'runs.list': ({ text, status, tag, ...rest }) => {
      const { total, rows } = runs.list({ ...rest, text, ...(status.length > 0 && { status }), ...(tag !== '' && { tag }) });
      const all = runs.list({ limit: 1 }).total + runs.list({ archived: true, limit: 1 }).total;
      return { total, all, rows: rows.map(shown), tags: runs.tags() };
    },
    'runs.sparks': ({ runs: names }) => Object.fromEntries(names.map((name) => [name, sparkOf(name)])),
    'runs.get': ({ run }): Outputs['runs.get'] => {
      const row = shown(runs.get(run));
      const config = configOf(run);
      const nearest = config && nearestPreset(config);
      return {
        row, folder: RunFolder.open(home, path.join(home, 'runs', run)).folder, config: config ?? null,
        preset: nearest?.preset ?? null, differences: nearest?.differences ?? [],
        metrics: runs.metricNames(run), secondsLeft: row.status === 'running' ? secondsLeft(store, run, row.step, row.steps) : null,
      };
    },
    'runs.series': ({ run, fromStep, toStep, ...wish }) =>
      Object.fromEntries(Object.entries(toldSeries(runData, run, { ...wish, ...(fromStep !== undefined && { fromStep }), ...(toStep !== undefined && { toStep }) })).map(([name, { steps, values, means, total }]) => [name, { steps: [...steps], values: [...values], ...(means && { means: [...means] }), total }])),
    'runs.heldOut': ({ run }) => heldOut.of(run),
    'runs.events': ({ run }) => runs.events(run).map(({ kind, step, at, detail }) => ({ kind, step: kind === 'alarm' ? toldStep(step) : step, at, name: text(detail['name'] ?? detail['why']), text: text(detail['message'] ?? detail['reason'] ?? detail['folder'] ?? scores(detail['heldOut'])) })),
    'runs.checkpoints': ({ run }) => runs.checkpoints(run),
    'runs.differences': ({ runs: names }) => differencesOf(names.map((name) => runs.config(name))),

    'runs.schema': () => configSchema(),
    'runs.presets': () => presets(),
    'runs.places': async () => ({
      models: knownModels(context).map(({ folder, name }) => ({ value: folder, label: name })),
      // A run begins with an adapter, or with a model: weights of another run have to be exported as one first.
      adapters: knownAdapters(context).filter(({ kind }) => kind === 'lora').map(({ folder, name }) => ({ value: folder, label: name })),
      data: [{ value: 'mini:1', label: 'mini:1' }, ...[...new Set(store.datasets.list().map(({ source }) => source))].filter((source) => source !== '' && existsSync(source)).map((source) => ({ value: source, label: path.basename(source) }))],
    }),
    'runs.toYaml': ({ config }) => ({ text: toYaml(readDraft(config)) }),
    'runs.fromYaml': ({ text: yaml }) => ({ config: fromYaml(yaml) }),
    'runs.outlook': async ({ config: draft }) => {
      const config = readDraft(draft);
      const total = await memoryOf(config.model.provider);
      const { outlook, reason } = config.model.folder === '' ? { reason: '' } as const : await outlooks.of(config, total ?? Infinity);
      const { bavail, bsize } = statfsSync(home);
      return {
        memory: outlook ? { parts: outlook.memory.parts, peak: outlook.memory.peak, where: outlook.memory.where, total: total ?? null } : null,
        memoryUnknown: outlook ? null : (reason ?? ''),
        disk: outlook ? { checkpoint: outlook.checkpointBytes, needed: outlook.checkpointBytes * (config.checkpoint.keep + 2), free: bavail * bsize } : null,
        time: measuredStep(store, config),
        changes: outlook?.changes ?? [],
      };
    },
    'runs.preflight': ({ config }, signal) => preflightOf({ home, config: readDraft(config) }, signal),

    'runs.start': async ({ config: draft, when }) => {
      const config = readDraft(draft);
      if (when === 'now') return { run: await starter.create(config), queued: null };
      const queued = store.queue.add(config);
      changes.tell('queue');
      await starter.pump();
      return { run: null, queued };
    },
    'runs.stop': async ({ run, now }, signal) => ({ checkpoint: (await starter.stop(run, now ? 'now' : 'step', signal)) ?? null }),
    'runs.resume': async ({ run }) => {
      await starter.resume(run);
      return { run };
    },
    'runs.rename': async ({ run, title }) => {
      const file = path.join(RunFolder.open(home, path.join(home, 'runs', runs.get(run).name)).folder, 'config.json');
      const config = parseJson(readFileSync(file, 'utf8')) as object;
      writeFileAtomic(file, (append) => append(Buffer.from(`${JSON.stringify({ ...config, name: title }, null, 2)}\n`)));
      // Marks belong to a configuration: they come along.
      runs.annotate(run, {});
      await store.indexer.look();
      changes.tell('runs', run);
      return null;
    },
    'runs.annotate': ({ runs: names, addTag, ...marks }) => {
      for (const run of names) {
        const given = Object.fromEntries(Object.entries(marks).filter(([, value]) => value !== undefined));
        runs.annotate(run, { ...given, ...(addTag !== undefined && { tags: [...runs.get(run).tags, addTag] }) });
        changes.tell('runs', run);
      }
      return null;
    },
    'runs.remove': async ({ runs: names }) => {
      const bin: number[] = [];
      for (const name of names) {
        bin.push(await store.bin.remove({ kind: 'run', name }));
        changes.tell('runs', name);
      }
      return { bin };
    },
    'runs.restore': async ({ bin }) => {
      const restored: string[] = [];
      for (const id of bin) restored.push(await store.bin.restore(id));
      await store.indexer.look();
      for (const name of restored) changes.tell('runs', name);
      return { runs: restored };
    },
    'runs.export': async ({ run, step, form, folder }) => {
      const { name } = runs.get(run);
      const out = path.resolve(folder);
      const { status, words } = await startCommand(home, ['export', name, '--out', out, '--form', form, ...(step === undefined ? [] : ['--step', String(step)]), '--json'], path.join(home, 'logs', `export-${name}.log`)).ended;
      const said = parseJson(words.split('\n').at(-1) ?? '') as { readonly step?: number; readonly error?: { readonly message: string; readonly thing?: string; readonly expected?: string; readonly found?: string; readonly remedy?: string } } | undefined;
      if (status === 0 && said?.step !== undefined) return { step: said.step, folder: out };
      const { thing = out, expected = 'the files of an export', found = said?.error?.message ?? words, remedy = 'Check the folder and the free space.' } = said?.error ?? {};
      throw new InputError({ thing, expected, found, remedy });
    },
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Held-out figures in percent; their names are the same in every language. */
function scores(heldOut: unknown): string | undefined {
  if (typeof heldOut !== 'object' || heldOut === null) return undefined;
  const figures = heldOut as Readonly<Record<string, unknown>>;
  return [['F1', figures['f1']], ['EM', figures['em']]].flatMap(([name, value]) => (typeof value === 'number' ? [`${name as string} ${value.toFixed(1)} %`] : [])).join(', ');
}

type Said = { readonly kind: 'said'; readonly text: string } | { readonly kind: 'findings'; readonly ready: boolean; readonly findings: Extract<PreflightWord, { kind: 'findings' }>['findings'] };

/** What a look before a run says, from a process that ends with the signal. */
async function* preflightOf(order: PreflightOrder, signal: AbortSignal): AsyncGenerator<Said, void> {
  const child = fork(new URL('./preflight-process.ts', import.meta.url), { stdio: 'ignore', env: { ...process.env, ARFT_HOME: order.home, ELECTRON_RUN_AS_NODE: '1' } });
  const words: PreflightWord[] = [];
  let wake = (): void => {};
  let ended = false;
  const end = (): void => {
    ended = true;
    wake();
  };
  const stop = (): void => void child.kill('SIGKILL');
  child.on('message', (word) => {
    words.push(word as PreflightWord);
    wake();
  });
  child.once('error', end);
  child.once('exit', end);
  signal.addEventListener('abort', stop);
  child.send(order);
  try {
    for (;;) {
      for (const word of words.splice(0)) {
        if (word.kind === 'progress') yield { kind: 'said', text: `${word.label} ${word.done}/${word.total}` };
        else if (word.kind === 'findings') return yield { kind: 'findings', ready: word.findings.every(({ status }) => status !== 'problem'), findings: word.findings };
        else throw new Error(word.message);
      }
      // More may have come while one was passed on.
      if (words.length > 0) continue;
      if (ended) throw new Error('The process that looked ended without a word.');
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
