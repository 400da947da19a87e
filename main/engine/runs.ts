import path from 'node:path';
import type { z } from 'zod';
import type { runsContract } from '../../preload/contract/runs.ts';
import { givenFields } from '../records/given-fields.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Handlers } from '../rpc/serve.ts';
import type { RunRow } from '../store/runs/runs.ts';
import { RunFolder } from '../train/run-folder.ts';
import type { EngineContext } from './context.ts';
import { startExport } from './export-command.ts';
import { Outlooks } from './outlooks.ts';
import { configSchema, differencesOf, fromYaml, nearestPreset, presets, readDraft, toYaml } from './run-drafts.ts';
import { HeldOutFigures, secondsLeft } from './run-figures.ts';
import { RunStarter } from './run-starter.ts';
import { RunList } from './runs-list.ts';
import { runOutlook } from './runs-outlook.ts';
import { runPlaces } from './runs-places.ts';
import { preflight } from './runs-preflight.ts';
import { Sparks } from './runs-sparks.ts';
import { toldEvent } from './told-events.ts';
import { toldSeries } from './told-steps.ts';

type Outputs = { [K in keyof typeof runsContract]: (typeof runsContract)[K] extends { readonly output: infer O extends z.ZodType } ? z.input<O> : never };

export function runsHandlers(context: EngineContext): Handlers<typeof runsContract> {
  const { home, store, changes, closing } = context;
  const { runs, runData } = store;
  const starter = new RunStarter(context);
  const outlooks = new Outlooks(closing);
  const heldOut = new HeldOutFigures(store);
  const sparks = new Sparks(store);
  const list = new RunList(context);

  const shown = (row: RunRow): RunRow => (starter.isStarting(row.name) && row.status !== 'running' ? { ...row, status: 'running', endedAt: null } : row);
  const configOf = (run: string): RunConfig | undefined => {
    try {
      return runs.config(run);
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  };

  return {
    'runs.list': ({ text, status, tag, ...rest }) => {
      const { total, rows } = runs.list({ ...rest, text, ...(status.length > 0 && { status }), ...(tag !== '' && { tag }) });
      const all = runs.list({ limit: 1 }).total + runs.list({ archived: true, limit: 1 }).total;
      return { total, all, rows: rows.map(shown), tags: runs.tags() };
    },
    'runs.sparks': ({ runs: names }) => Object.fromEntries(names.map((name) => [name, sparks.of(name)])),
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
    'runs.series': ({ run, ...wish }) =>
      Object.fromEntries(Object.entries(toldSeries(runData, run, givenFields(wish))).map(([name, { steps, values, means, total }]) => [name, { steps: [...steps], values: [...values], ...(means && { means: [...means] }), total }])),
    'runs.heldOut': ({ run }) => heldOut.of(run),
    'runs.events': ({ run }) => runs.events(run).map(toldEvent),
    'runs.checkpoints': ({ run }) => runs.checkpoints(run),
    'runs.differences': ({ runs: names }) => differencesOf(names.map((name) => runs.config(name))),

    'runs.schema': () => configSchema(),
    'runs.presets': () => presets(),
    'runs.places': () => runPlaces(context),
    'runs.toYaml': ({ config }) => ({ text: toYaml(readDraft(config)) }),
    'runs.fromYaml': ({ text: yaml }) => ({ config: fromYaml(yaml) }),
    'runs.outlook': ({ config }) => runOutlook(context, outlooks, readDraft(config)),
    'runs.preflight': ({ config }, signal) => preflight({ home, config: readDraft(config) }, signal),

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
      await list.rename(run, title);
      return null;
    },
    'runs.annotate': ({ runs: names, addTag, ...marks }) => {
      list.annotate(names, givenFields(marks), addTag);
      return null;
    },
    'runs.remove': async ({ runs: names }) => ({ bin: await list.remove(names) }),
    'runs.restore': async ({ bin }) => ({ runs: await list.restore(bin) }),
    'runs.export': async ({ run, step, form, folder }) => {
      const { name } = runs.get(run);
      const out = path.resolve(folder);
      const source = [name, ...(step === undefined ? [] : ['--step', String(step)])];
      const end = await startExport(home, { source, form, out, log: `export-${name}` }).ended;
      if (end.fault) throw new InputError(end.fault);
      return { step: end.step as number, folder: out };
    },
  };
}
