import path from 'node:path';
import { openTools } from '../../agent/open-tools.ts';
import { type Estimate, bootstrap } from '../../evaluate/statistics.ts';
import { ImageStore } from '../../data/image-store.ts';
import type { RunConfig } from '../../records/run-config.ts';
import type { HeldOut, StepMetrics } from '../../records/run-events.ts';
import { readRunConfig } from '../config-file.ts';
import { type HeldOutResult, evaluateHeldOut } from '../held-out.ts';
import { RunFolder } from '../run-folder.ts';
import type { RunContext } from '../run-context.ts';
import { type RunHooks, runTraining } from '../run.ts';
import { openSamples } from '../samples.ts';
import { type Shown, writeQuickstartReport } from './report.ts';
import { shipped } from '../../shipped.ts';

// The quickstart: a tiny model that reads and knows the tools, but not when to use which, learns that by GRPO through the
// real sandbox and the real search; measured before and after on questions that it never saw.

/** The starter model that comes with the program. */
export const starterFolder = shipped('resources/starter');

/** Unseen questions, and samples of each at temperature 1. */
const testItems = 256;
const samplesOfEach = 4;

/** Figures in percent: one greedy answer of each item, and the mean of several sampled ones. */
export type Measured = { readonly f1: Estimate; readonly em: Estimate; readonly rightTool: Estimate; readonly sampled: { readonly f1: number; readonly em: number; readonly rightTool: number } };

export type QuickstartResult = { readonly before: Measured; readonly after: Measured; readonly seconds: number; readonly run: RunFolder; readonly report: string; readonly curve: readonly { readonly step: number; readonly metrics: StepMetrics }[]; readonly heldOut: readonly { readonly step: number; readonly heldOut: HeldOut }[] };

export type QuickstartHooks = Pick<RunHooks, 'onProgress' | 'onNote' | 'onAlarm' | 'onMetrics' | 'onHeldOut'> & { readonly onStage: (text: string) => void };

export async function runQuickstart(home: string, seed: number, settings: readonly string[], signal: AbortSignal, hooks: QuickstartHooks): Promise<QuickstartResult> {
  const started = performance.now();
  const config = readRunConfig('quickstart', [`seed=${seed}`, `data.train=mini:${seed}`, `data.heldOut=mini:${seed}`, ...settings]);
  const run = RunFolder.create(home, config);
  const curve: { step: number; metrics: StepMetrics }[] = [];
  const heldOut: { step: number; heldOut: HeldOut }[] = [];
  const results: { measured: Measured; greedy: HeldOutResult }[] = [];
  const measure = async (context: RunContext, aborted: AbortSignal): Promise<void> => void results.push(await measured(context, home, config, aborted));
  hooks.onStage('1. The starter model meets unseen questions: greedy, then 4 samples of each');
  const outcome = await runTraining(run, home, signal, {
    ...hooks,
    onOpen: async (context, aborted) => {
      await measure(context, aborted);
      hooks.onStage(`2. GRPO: ${config.steps} steps of ${config.rollout.prompts} questions, ${config.rollout.group} episodes each, through the sandbox and the search`);
    },
    onEnd: async (context, aborted) => {
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
  if (outcome !== 'finished') throw new Error(`stopped; arft resume ${run.name} goes on with the training`);
  const [before, after] = results as [(typeof results)[number], (typeof results)[number]];
  const seconds = (performance.now() - started) / 1000;
  const images = new ImageStore(path.join(home, 'images'));
  const { samples } = await openSamples({ source: config.data.heldOut, split: 'test', items: testItems, atMost: testItems }, images);
  const shown: Shown[] = samples.map((sample, i) => ({ sample, before: before.greedy.trajectories[i], after: after.greedy.trajectories[i] })).filter((each): each is Shown => each.before !== undefined && each.after !== undefined);
  const report = await writeQuickstartReport(run.folder, { before: before.measured, after: after.measured, seconds, run: run.name, curve, heldOut, config }, shown, images);
  return { before: before.measured, after: after.measured, seconds, run, report, curve, heldOut };
}

async function measured(context: RunContext, home: string, { data }: RunConfig, signal: AbortSignal): Promise<{ readonly measured: Measured; readonly greedy: HeldOutResult }> {
  const images = new ImageStore(path.join(home, 'images'));
  const test = await openSamples({ source: data.heldOut, split: 'test', items: testItems, atMost: testItems }, images, signal);
  const tools = await openTools({ home, images, code: true, ...(test.passages && { search: test.passages }), passages: context.config.tools.passages, signal });
  try {
    const unseen = { ...context, heldOut: test.samples, heldOutTools: tools };
    const greedy = await evaluateHeldOut(unseen, signal);
    const column = (values: readonly number[]): Float64Array => Float64Array.from(values);
    const [f1, em, rightTool] = bootstrap([column(greedy.items.map((item) => item.f1)), column(greedy.items.map((item) => item.em)), column((greedy.rightTool ?? []).map(Number))], 1) as [Estimate, Estimate, Estimate];
    const sampled = { f1: 0, em: 0, rightTool: 0 };
    for (let i = 0; i < samplesOfEach; i++) {
      const { heldOut } = await evaluateHeldOut(unseen, signal, { temperature: 1, seed: 1 + i * 1_000_003 });
      for (const key of ['f1', 'em', 'rightTool'] as const) sampled[key] += (heldOut[key] ?? 0) / samplesOfEach;
    }
    return { measured: { f1, em, rightTool, sampled }, greedy };
  } finally {
    await tools.close();
  }
}
