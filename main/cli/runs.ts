import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { openHome } from '../home.ts';
import { InputError } from '../records/input-error.ts';
import type { HeldOut, RunEvent } from '../records/run-events.ts';
import { RunFolder, runsFolder } from '../train/run-folder.ts';
import { type Call, type CommandSetup, examples, integer, jsonOption } from './command.ts';
import { durationText } from './remaining.ts';
import { changeLine, heldOutLine, stepLine, supervisedLine } from './train.ts';

/** A run as a line of a list tells it. */
type RunSummary = { readonly name: string; readonly state: string; readonly step: number; readonly steps: number; readonly reward: number | null; readonly heldOut: HeldOut | null; readonly checkpoints: readonly number[] };

function summaryOf(run: RunFolder, events: Iterable<RunEvent> = run.log.events()): RunSummary {
  let last: RunEvent | undefined;
  let done = 0;
  let reward: number | null = null;
  let heldOut: HeldOut | null = null;
  for (const event of events) {
    last = event;
    if (event.kind === 'metrics' || event.kind === 'supervised') done = event.step + 1;
    if (event.kind === 'metrics') reward = event.metrics.rewardMean ?? reward;
    if (event.kind === 'evaluation') heldOut = event.heldOut;
  }
  const working = run.owner() !== undefined;
  const ended = last?.kind === 'finished' || last?.kind === 'failed' || last?.kind === 'stopped' ? last.kind : undefined;
  return { name: run.name, state: working ? 'running' : (ended ?? 'interrupted'), step: done, steps: run.config.steps, reward, heldOut, checkpoints: run.checkpoints.list().map(({ step }) => step) };
}

export const runs: CommandSetup = (run) => {
  const list = new Command('runs').description('list the runs, or show one').addOption(jsonOption()).addHelpText('after', examples('runs', 'runs show quickstart'));
  list.action((options: { json: boolean }) =>
    run(async ({ terminal }) => {
      const folder = runsFolder(openHome());
      const names = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(path.join(folder, name, 'config.json'))) : [];
      const summaries = names.flatMap((name) => {
        try {
          return [summaryOf(RunFolder.open(openHome(), path.join(folder, name)))];
        } catch (error) {
          // Whatever is wrong with one run, the others are listed.
          terminal.log(`${name} is left out: ${(error as Error).message}`);
          return [];
        }
      });
      terminal.result({ runs: summaries }, summaries.length === 0 ? 'no run yet; arft train quickstart begins one' : summaries.map(({ name, state, step, steps, reward, heldOut }) => `${name.padEnd(24)} ${state.padEnd(11)} step ${step}/${steps}  reward ${reward?.toFixed(3) ?? '–'}  F1 ${heldOut?.f1.toFixed(1) ?? '–'}`).join('\n'));
    }, options.json),
  );
  const show = new Command('show').description('what a run did, step by step').argument('<run>', 'the name or the folder of a run').addOption(jsonOption());
  show.action((name: string, options: { json: boolean }) =>
    run(async ({ terminal }) => {
      const opened = RunFolder.open(openHome(), name);
      let unread = 0;
      const events: RunEvent[] = [];
      // A run's episodes may be more than memory holds.
      for (const event of opened.log.events(() => void (unread += 1))) if (event.kind !== 'trajectory') events.push(event);
      const summary = summaryOf(opened, events);
      terminal.result({ ...summary, folder: opened.folder, config: opened.config, unread, events }, [...headOf(opened, summary, events), ...(unread > 0 ? [`  ${unread === 1 ? '1 line' : `${unread} lines`} of log.jsonl could not be read`] : []), '', ...linesOf(events, opened.config.steps), '', ...nextOf(summary)].join('\n'));
    }, options.json || process.argv.includes('--json')),
  );
  return list.addCommand(show.exitOverride());
};

/** What a run is, and how it stands. */
function headOf({ config, folder }: RunFolder, { name, state, step, steps, checkpoints }: RunSummary, events: readonly RunEvent[]): readonly string[] {
  const { method, parameters, loss, data, model } = config;
  const rewards = events.flatMap((event) => (event.kind === 'metrics' ? (event.metrics.rewardMean ?? []) : []));
  const looks = events.flatMap((event) => (event.kind === 'evaluation' ? [{ step: event.step, f1: event.heldOut.f1 }] : []));
  const best = looks.reduce<(typeof looks)[number] | undefined>((a, b) => (a && a.f1 >= b.f1 ? a : b), undefined);
  const named = (source: string | readonly string[]): string => (typeof source === 'string' ? source : source.join(', '));
  const from = (values: readonly number[], digits: number): string => `${values[0]?.toFixed(digits)} → ${values.at(-1)?.toFixed(digits)}`;
  return [
    `${name}: ${state}, ${step} of ${steps} steps`,
    `  ${method === 'sft' ? 'sft' : `grpo with loss ${loss.name}`}, ${parameters.kind === 'lora' ? `LoRA of rank ${parameters.rank}` : 'all weights'}, of ${model.folder} on ${named(data.train)}`,
    ...(rewards.length > 0 ? [`  reward ${from(rewards, 3)}`] : []),
    ...(best ? [`  held-out F1 ${from(looks.map(({ f1 }) => f1), 1)}; the best, ${best.f1.toFixed(1)}, after ${best.step} steps`] : []),
    `  ${checkpoints.length > 0 ? `checkpoints after ${checkpoints.join(', ')} steps` : 'no checkpoint'} in ${folder}`,
  ];
}

/** The log's lines; an alarm that sounds at one step after another is explained once. */
function linesOf(events: readonly RunEvent[], steps: number): readonly string[] {
  const sounded = new Map<string, number>();
  return events.flatMap((event) => {
    if (event.kind !== 'alarm') return describe(event, steps);
    const again = sounded.get(event.name) === event.step - 1;
    sounded.set(event.name, event.step);
    return [`! step ${event.step + 1}: ${again ? `${event.name}, as in the step before` : event.message}`];
  });
}

function describe(event: Exclude<RunEvent, { kind: 'alarm' }>, steps: number): readonly string[] {
  switch (event.kind) {
    case 'metrics':
      return [stepLine(event.step, steps, event.metrics, true)];
    case 'supervised':
      return [supervisedLine(event.step, steps, event.metrics, true), ...event.leftOut.map(({ reason }) => `  left out: ${reason}`)];
    case 'evaluation':
      return [heldOutLine(event.step, event.heldOut)];
    case 'checkpoint':
      return [`checkpoint after ${event.step} steps${event.best ? ', the best so far' : ''}`];
    case 'started':
      return [`${event.at} ${event.resumed ? `resumed after ${event.step} steps` : 'started'}: ${event.parameters} trained parameters; code ${event.tools.code}, search ${event.tools.search}`, ...(event.changes ?? []).map(changeLine)];
    case 'stopped':
      return [`${event.at} stopped: ${stopReasons[event.why]}`];
    case 'finished':
      return [`${event.at} finished; ${durationText(event.seconds)} since it was last started`];
    case 'failed':
      return [`${event.at} failed: ${event.reason}`];
    case 'trajectory':
      return [];
  }
}

const stopReasons: Readonly<Record<Extract<RunEvent, { kind: 'stopped' }>['why'], string>> = { asked: 'as asked, after a step', now: 'at once, in the middle of a step', alarm: 'paused by an alarm' };

/** What can be done with a run. */
const nextOf = ({ name, state, checkpoints }: RunSummary): readonly string[] => [
  ...(state === 'running' ? [`arft stop ${name} ends it after its present step`] : state === 'finished' ? [`arft resume ${name} --set steps=N goes on with more steps`] : [`arft resume ${name} goes on with it; --set key=value changes what may change`]),
  ...(checkpoints.length > 0 ? [`arft export ${name} --out FOLDER takes it away`] : []),
];

export const stop: CommandSetup = (run) =>
  new Command('stop')
    .description('end a run after its present step, with a checkpoint; --now: at once, the last checkpoint stays')
    .argument('<run>', 'the name or the folder of a run')
    .option('--now', 'drop the step that is under way', false)
    .option('--wait <seconds>', 'give up on a process that has not ended by then', integer(1, 1_000_000), 600)
    .addOption(jsonOption())
    .addHelpText('after', examples('stop quickstart', 'stop quickstart --now'))
    .action((name: string, options: StopOptions) => run((call) => stopRun(RunFolder.open(openHome(), name), options, call), options.json));

type StopOptions = { readonly now: boolean; readonly wait: number; readonly json: boolean };

async function stopRun(opened: RunFolder, { now, wait }: StopOptions, { terminal, signal }: Call): Promise<void> {
  let owner = opened.owner();
  if (owner === undefined) throw new InputError({ thing: `run ${opened.name}`, expected: 'a run that is at work', found: 'none', remedy: '`arft runs` tells what each run does.' });
  opened.requestStop(now ? 'now' : 'step');
  const deadline = performance.now() + wait * 1000;
  for (; owner !== undefined && !signal.aborted; owner = opened.owner()) {
    if (performance.now() > deadline) throw unmoved(opened, owner, wait);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const last = opened.checkpoints.list().at(-1);
  const checkpoint = last ?? null;
  if (owner !== undefined) return terminal.result({ run: opened.name, stopped: false, process: owner, checkpoint }, `asked to stop; process ${owner} is still at work`);
  terminal.result({ run: opened.name, stopped: true, checkpoint }, last ? `stopped; the checkpoint after ${last.step} steps is kept, arft resume ${opened.name} goes on` : 'stopped before the first checkpoint');
}

/** That the process which holds a run does not end. */
const unmoved = ({ name, lock }: RunFolder, owner: number, seconds: number): InputError =>
  new InputError({
    thing: `run ${name}`, expected: `its process to end within ${seconds} s`, found: `process ${owner} still at work, as ${lock} says`,
    remedy: `A long step takes longer: --wait waits for it, --now drops it. Where the process does not react, end it (kill ${owner}); where it is no run, remove ${lock}.`,
  });
