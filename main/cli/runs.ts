import { existsSync, readdirSync } from 'node:fs';
import { Command, Option } from 'commander';
import { homeFolder } from '../home.ts';
import { InputError } from '../records/input-error.ts';
import type { HeldOut, RunEvent } from '../records/run-events.ts';
import { exportRun } from '../train/export.ts';
import { RunFolder, runsFolder } from '../train/run-folder.ts';
import { type CommandSetup, examples, integer, jsonOption } from './command.ts';
import { changeLine, heldOutLine, stepLine, supervisedLine } from './train.ts';

/** A run as a line of a list tells it. */
type RunSummary = { readonly name: string; readonly state: string; readonly step: number; readonly steps: number; readonly reward: number | null; readonly heldOut: HeldOut | null; readonly checkpoints: readonly number[] };

function summaryOf(run: RunFolder): RunSummary {
  let last: RunEvent | undefined;
  let done = 0;
  let reward: number | null = null;
  let heldOut: HeldOut | null = null;
  for (const event of run.events()) {
    last = event;
    if (event.kind === 'metrics' || event.kind === 'supervised') done = event.step + 1;
    if (event.kind === 'metrics') reward = event.metrics.rewardMean;
    if (event.kind === 'evaluation') heldOut = event.heldOut;
  }
  const working = run.owner() !== undefined;
  const ended = last?.kind === 'finished' || last?.kind === 'failed' || last?.kind === 'stopped' ? last.kind : undefined;
  return { name: run.name, state: working ? 'running' : (ended ?? 'interrupted'), step: done, steps: run.config.steps, reward, heldOut, checkpoints: run.checkpoints().map(({ step }) => step) };
}

export const runs: CommandSetup = (run) => {
  const list = new Command('runs').description('list the runs, or show one').addOption(jsonOption()).addHelpText('after', examples('runs', 'runs show quickstart'));
  list.action((options: { json: boolean }) =>
    run(async ({ terminal }) => {
      const folder = runsFolder(homeFolder());
      const names = existsSync(folder) ? readdirSync(folder) : [];
      const summaries = names.map((name) => summaryOf(RunFolder.open(homeFolder(), name)));
      terminal.result({ runs: summaries }, summaries.length === 0 ? 'no run yet; arft train quickstart begins one' : summaries.map(({ name, state, step, steps, reward, heldOut }) => `${name.padEnd(24)} ${state.padEnd(11)} step ${step}/${steps}  reward ${reward?.toFixed(3) ?? '–'}  F1 ${heldOut?.f1.toFixed(1) ?? '–'}`).join('\n'));
    }, options.json),
  );
  const show = new Command('show').description('what a run did, step by step').argument('<run>', 'the name or the folder of a run').addOption(jsonOption());
  show.action((name: string, options: { json: boolean }) =>
    run(async ({ terminal }) => {
      const opened = RunFolder.open(homeFolder(), name);
      const events = [...opened.events()].filter(({ kind }) => kind !== 'trajectory');
      const lines = events.flatMap((event) => describe(event, opened.config.steps));
      terminal.result({ ...summaryOf(opened), folder: opened.folder, config: opened.config, events }, [`${opened.name}: ${summaryOf(opened).state}`, ...lines].join('\n'));
    }, options.json || process.argv.includes('--json')),
  );
  return list.addCommand(show.exitOverride());
};

function describe(event: RunEvent, steps: number): readonly string[] {
  switch (event.kind) {
    case 'metrics':
      return [stepLine(event.step, steps, event.metrics)];
    case 'supervised':
      return [supervisedLine(event.step, steps, event.metrics)];
    case 'evaluation':
      return [heldOutLine(event.step, event.heldOut)];
    case 'alarm':
      return [`! step ${event.step + 1}: ${event.message}`];
    case 'checkpoint':
      return [`checkpoint after ${event.step} steps${event.best ? ', the best so far' : ''}: ${event.folder}`];
    case 'started':
      return [`${event.at} ${event.resumed ? `resumed at step ${event.step + 1}` : 'started'}: ${event.parameters} trained parameters; code ${event.tools.code}, search ${event.tools.search}`, ...(event.changes ?? []).map(changeLine)];
    case 'stopped':
      return [`${event.at} stopped (${event.why})`];
    case 'finished':
      return [`${event.at} finished`];
    case 'failed':
      return [`${event.at} failed: ${event.reason}`];
    case 'trajectory':
      return [];
  }
}

export const stop: CommandSetup = (run) =>
  new Command('stop')
    .description('end a run after its present step, with a checkpoint; --now: at once, the last checkpoint stays')
    .argument('<run>', 'the name or the folder of a run')
    .option('--now', 'drop the step that is under way', false)
    .addOption(jsonOption())
    .addHelpText('after', examples('stop quickstart', 'stop quickstart --now'))
    .action((name: string, options: { now: boolean; json: boolean }) =>
      run(async ({ terminal, signal }) => {
        const opened = RunFolder.open(homeFolder(), name);
        const owner = opened.owner();
        if (owner === undefined) throw new InputError({ thing: `run ${opened.name}`, expected: 'a run that is at work', found: 'none', remedy: '`arft runs` tells what each run does.' });
        opened.requestStop(options.now ? 'now' : 'step');
        while (opened.owner() !== undefined && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 100));
        const last = opened.checkpoints().at(-1);
        terminal.result({ run: opened.name, checkpoint: last ?? null }, last ? `stopped; the checkpoint after ${last.step} steps is kept, arft resume ${opened.name} goes on` : 'stopped before the first checkpoint');
      }, options.json),
    );

export const exportCommand: CommandSetup = (run) =>
  new Command('export')
    .description('take a run’s adapter away, or merge it into a whole model')
    .argument('<run>', 'the name or the folder of a run')
    .requiredOption('--out <folder>', 'a folder that is not there yet')
    .option('--step <n>', 'of this checkpoint; the last by default', integer(1))
    .addOption(new Option('--form <form>', 'a PEFT adapter, or a Hugging Face folder with the adapter merged in').choices(['adapter', 'merged']).default('adapter'))
    .addOption(jsonOption())
    .addHelpText('after', examples('export quickstart --out my-adapter', 'export run-2 --step 100 --form merged --out my-model'))
    .action((name: string, options: { out: string; step?: number; form: 'adapter' | 'merged'; json: boolean }) =>
      run(async ({ terminal }) => {
        const opened = RunFolder.open(homeFolder(), name);
        const step = exportRun(opened, options.out, options.form, options.step);
        terminal.result({ run: opened.name, step, form: options.form, out: options.out }, `${options.form === 'adapter' ? 'adapter' : 'model'} after ${step} steps: ${options.out}`);
      }, options.json),
    );
