import { runEpisode } from '../agent/episode.ts';
import { usedRightTool } from '../data/mini/right-tool.ts';
import type { HeldOut, RunEvent } from '../records/run-events.ts';
import type { Trajectory } from '../records/trajectory.ts';
import { standardMetric } from '../reward/standard-metric.ts';
import { scoreAnswer } from '../reward/text-metrics.ts';
import type { RunContext } from './run-context.ts';

export type HeldOutResult = { readonly heldOut: HeldOut; readonly items: Extract<RunEvent, { kind: 'evaluation' }>['items']; readonly trajectories: readonly Trajectory[]; /** For each item, of the built-in task only. */ readonly rightTool: readonly boolean[] | undefined };

/**
 * Episodes on the held-out samples, scored exactly: an independent look beside the reward. Greedy by default.
 * Episodes that end by a fault of ours do not count. F1, exact matches and right tools in percent, 0 of no items.
 */
export async function evaluateHeldOut(context: RunContext, signal: AbortSignal, { temperature = 0, seed = 0 } = {}): Promise<HeldOutResult> {
  const { heldOut, heldOutTools, policy, prompts, episode, services, onProgress } = context;
  let done = 0;
  const trajectories = await Promise.all(
    heldOut.map(async (sample, i) => {
      const sampling = { temperature, topP: 1, maxNewTokens: episode.maxNewTokens, seed: seed + i * 64 };
      const trajectory = await runEpisode(sample, { mode: 'agent', policy, prompts, tools: heldOutTools.tools, limits: episode.limits, sampling, signal });
      onProgress('held-out', ++done, heldOut.length);
      return trajectory;
    }),
  );
  const counted = trajectories.flatMap((trajectory, i) => (trajectory.ending.kind === 'invalid' ? [] : [{ trajectory, sample: heldOut[i] as (typeof heldOut)[number] }]));
  const items = counted.map(({ trajectory: { ending }, sample }) => {
    const answer = ending.kind === 'answered' ? ending.answer : null;
    return { id: sample.id, answer, ...scoreAnswer(standardMetric, answer, sample.answers) };
  });
  const percent = (values: readonly number[]): number => (values.length === 0 ? 0 : (100 * values.reduce((a, b) => a + b, 0)) / values.length);
  const mini = counted.length > 0 && counted.every(({ sample }) => sample.extra?.['mini'] !== undefined);
  const right = mini ? await Promise.all(counted.map(({ sample, trajectory }) => usedRightTool(sample, trajectory, services.image))) : undefined;
  return {
    rightTool: right,
    heldOut: { items: items.length, f1: percent(items.map(({ f1 }) => f1)), em: percent(items.map(({ em }) => em)), ...(right && { rightTool: percent(right.map(Number)) }) },
    items,
    trajectories,
  };
}
