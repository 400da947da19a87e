import path from 'node:path';
import { openTools } from '../../agent/open-tools.ts';
import { type Estimate, bootstrap } from '../../evaluate/statistics.ts';
import { ImageStore } from '../../data/image-store.ts';
import { assertRoom } from '../../home.ts';
import { InputError } from '../../records/input-error.ts';
import type { HeldOut, StepMetrics } from '../../records/run-events.ts';
import type { Trajectory } from '../../records/trajectory.ts';
import { readRunConfig } from '../config-file.ts';
import { checkpointBytes } from '../preflight-resources.ts';
import { type HeldOutResult, evaluateHeldOut } from '../held-out.ts';
import { RunFolder } from '../run-folder.ts';
import type { RunContext } from '../run-context.ts';
import { type RunHooks, runTraining } from '../run.ts';
import { type SampleSet, openSamples } from '../samples.ts';
import { type Shown, writeQuickstartReport } from './report.ts';
import { shipped } from '../../shipped.ts';

// The quickstart: a tiny model that reads and knows the tools, but not when to use which, learns that by GRPO through the
// real sandbox and the real search; measured before and after on questions that it never saw.

/** Bytes of the questions' pictures, those that the tools make, the log and the report. */
const besideCheckpoints = 64 * 1024 ** 2;

/** The starter model that comes with the program. */
export const starterFolder = shipped('resources/starter');

/** Unseen questions, and samples of each at temperature 1. */
const testItems = 256;
const samplesOfEach = 4;

/** Figures in percent: one greedy answer of each item, and the mean of several sampled ones. The right tool is known of the built-in task only. */
export type Measured = {
  /** Those that count, and those whose greedy episode ended by a fault of ours. */
  readonly items: number;
  readonly invalid: number;
  readonly f1: Estimate;
  readonly em: Estimate;
  readonly rightTool: Estimate | null;
  readonly sampled: { readonly f1: number; readonly em: number; readonly rightTool: number | null };
};

export type QuickstartResult = { readonly before: Measured; readonly after: Measured; readonly seconds: number; readonly run: RunFolder; readonly report: string; readonly curve: readonly { readonly step: number; readonly metrics: StepMetrics }[]; readonly heldOut: readonly { readonly step: number; readonly heldOut: HeldOut }[] };

export type QuickstartHooks = Pick<RunHooks, 'onProgress' | 'onNote' | 'onAlarm' | 'onMetrics' | 'onHeldOut'> & { readonly onStage: (text: string) => void };

/**
 * The whole loop on the built-in task: what the starter knows of unseen questions, training, what it knows then, a report.
 * @param settings Fields of the preset that are others, as `key.path=value`.
 * @throws InputError for settings that it cannot show, a disk without room and data that cannot be had, before there is a run.
 */
export async function runQuickstart(home: string, seed: number, settings: readonly string[], signal: AbortSignal, hooks: QuickstartHooks): Promise<QuickstartResult> {
  const started = performance.now();
  const config = readRunConfig('quickstart', [`seed=${seed}`, `data.train=mini:${seed}`, `data.heldOut=mini:${seed}`, ...settings]);
  if (config.method !== 'grpo') throw new InputError({ thing: `method=${config.method}`, expected: 'grpo, whose rewards the report shows', found: config.method, remedy: 'Use arft train quickstart with it.' });
  assertRoom(home, checkpointBytes(config).all + besideCheckpoints, 'the run’s checkpoints, pictures and log');
  const images = new ImageStore(path.join(home, 'images'));
  // Before there is a run: what cannot be measured leaves none behind.
  const unseen = await openSamples({ source: config.data.heldOut, split: 'test', items: testItems, atMost: testItems }, images, signal);
  const run = RunFolder.create(home, config);
  const curve: { step: number; metrics: StepMetrics }[] = [];
  const heldOut: { step: number; heldOut: HeldOut }[] = [];
  const results: { measured: Measured; greedy: HeldOutResult }[] = [];
  let trained = false;
  const measure = async (context: RunContext, aborted: AbortSignal): Promise<void> => void results.push(await measured(context, home, unseen, images, aborted));
  hooks.onStage('1. The starter model meets unseen questions: greedy, then 4 samples of each');
  const outcome = await runTraining(run, home, signal, {
    ...hooks,
    onOpen: async (context, aborted) => {
      await measure(context, aborted);
      hooks.onStage(`2. GRPO: ${config.steps} steps of ${config.rollout.prompts} questions, ${config.rollout.group} episodes each, through the sandbox and the search`);
    },
    onEnd: async (context, aborted) => {
      trained = true;
      hooks.onStage('3. The same unseen questions again');
      await measure(context, aborted);
    },
    onMetrics: (step, metrics) => {
      curve.push({ step, metrics });
      hooks.onMetrics?.(step, metrics);
    },
    onHeldOut: (step, figures) => {
      heldOut.push({ step, heldOut: figures });
      hooks.onHeldOut?.(step, figures);
    },
  });
  if (outcome !== 'finished') {
    const left = trained ? `run ${run.name} is trained, but not measured again: arft export ${run.name} --out FOLDER takes its adapter` : `arft resume ${run.name} goes on with the training, without the report`;
    hooks.onStage(`stopped; ${left}`);
    throw new Error('stopped before the report');
  }
  const [before, after] = results as [(typeof results)[number], (typeof results)[number]];
  const seconds = (performance.now() - started) / 1000;
  const shown: Shown[] = unseen.samples.map((sample, i) => ({ sample, before: before.greedy.trajectories[i], after: after.greedy.trajectories[i] })).filter((each): each is Shown => isOfTheModel(each.before) && isOfTheModel(each.after));
  const report = await writeQuickstartReport(run.folder, { before: before.measured, after: after.measured, seconds, run: run.name, curve, heldOut, config }, shown, images);
  return { before: before.measured, after: after.measured, seconds, run, report, curve, heldOut };
}

/** A fault of ours tells nothing of the model. */
const isOfTheModel = (trajectory: Trajectory | undefined): boolean => trajectory !== undefined && trajectory.ending.kind !== 'invalid';

async function measured(context: RunContext, home: string, test: SampleSet, images: ImageStore, signal: AbortSignal): Promise<{ readonly measured: Measured; readonly greedy: HeldOutResult }> {
  const { tools: wanted } = context.config;
  const search = wanted.corpus === '' ? test.passages : wanted.corpus;
  const tools = await openTools({ home, images, code: wanted.code === 'sandbox', ...(search !== undefined && { search }), passages: wanted.passages, signal });
  try {
    const unseen = { ...context, heldOut: test.samples, heldOutTools: tools };
    const greedy = await evaluateHeldOut(unseen, signal);
    const column = (values: readonly number[]): Float64Array => Float64Array.from(values);
    const items = greedy.items.length;
    const faults = greedy.trajectories.flatMap(({ ending }) => (ending.kind === 'invalid' ? [`${ending.where}: ${ending.reason}`] : []));
    if (items === 0) throw new Error(`nothing could be measured: every one of the ${faults.length} unseen questions ended by a fault of ours, the first by ${faults[0]}`);
    const [f1, em, rightTool = null] = bootstrap([column(greedy.items.map((item) => item.f1)), column(greedy.items.map((item) => item.em)), ...(greedy.rightTool ? [column(greedy.rightTool.map(Number))] : [])], 1) as [Estimate, Estimate, Estimate?];
    const looks: HeldOut[] = [];
    for (let i = 0; i < samplesOfEach; i++) looks.push((await evaluateHeldOut(unseen, signal, { temperature: 1, seed: 1 + i * 1_000_003 })).heldOut);
    const counted = looks.reduce((sum, look) => sum + look.items, 0);
    const mean = (key: 'f1' | 'em' | 'rightTool'): number => looks.reduce((sum, look) => sum + look.items * (look[key] ?? 0), 0) / counted;
    return { measured: { items, invalid: faults.length, f1, em, rightTool, sampled: { f1: mean('f1'), em: mean('em'), rightTool: rightTool && mean('rightTool') } }, greedy };
  } finally {
    await tools.close();
  }
}
