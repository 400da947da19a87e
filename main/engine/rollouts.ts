import type { rolloutsContract } from '../../preload/contract/rollouts.ts';
import type { RunEvent } from '../records/run-events.ts';
import type { Score } from '../records/score.ts';
import type { Ending } from '../records/trajectory.ts';
import { scoreAnswer } from '../reward/text-metrics.ts';
import { standardMetric } from '../reward/standard-metric.ts';
import type { Handlers } from '../rpc/serve.ts';
import type { TrajectoryRow } from '../store/runs/run-data.ts';
import { measuresKl } from '../train/token-kl.ts';
import type { EngineContext } from './context.ts';
import { TokenTexts } from './rollouts-token-texts.ts';
import { loggedStep, toldStep } from './told-steps.ts';

/** Runs that can be chosen from, and trajectories of a step that are listed. */
const most = { runs: 500, trajectories: 20_000 };

type Logged = Extract<RunEvent, { kind: 'trajectory' }>;

export function rolloutsHandlers({ store: { runs, runData } }: EngineContext): Handlers<typeof rolloutsContract> {
  const texts = new TokenTexts();
  return {
    'rollouts.runs': () => runs.list({ limit: most.runs }).rows.map(({ name, title, status, step, steps, startedAt }) => ({ name, title, status, step, steps, startedAt })),
    'rollouts.steps': ({ run }) => {
      const config = runs.config(run);
      return { steps: runData.steps(run).map(toldStep), maskTruncated: config.loss.maskTruncated, measuresKl: measuresKl(config) };
    },
    'rollouts.step': ({ run, step }) => runData.trajectories(run, loggedStep(step), { limit: most.trajectories }).map(toldRow),
    'rollouts.drawn': ({ run, sample }) => runData.drawn(run, sample).map(toldRow),
    'rollouts.trajectory': ({ run, step, ...place }) => {
      const { trajectory, reward, advantage, kl, ...rest } = runData.trajectory(run, { ...place, step: loggedStep(step) });
      const asked = (rest as Partial<typeof rest>).asked ?? null;
      return {
        asked,
        trajectory: { ...trajectory, turns: trajectory.turns.map(({ tokens: _, ...turn }) => turn) },
        reward,
        advantage,
        score: asked && scoreOf(asked, trajectory.ending),
        hasTokens: trajectory.turns.some(({ tokens }) => tokens !== undefined),
        hasKl: kl !== undefined,
      };
    },
    'rollouts.tokens': async ({ run, step, ...place }, signal) => {
      const { trajectory: { turns }, kl } = runData.trajectory(run, { ...place, step: loggedStep(step) });
      const { folder } = runs.config(run).model;
      const spelled = await texts.of(folder);
      signal.throwIfAborted();
      const inColumns = (ids: readonly number[]) => ({ ids: [...ids], texts: 'without' in spelled ? null : ids.map(spelled.textOf) });
      return {
        model: folder,
        without: 'without' in spelled ? spelled.without : null,
        turns: turns.map(({ tokens }, i) => (tokens ? { context: inColumns(tokens.context), sampled: { ...inColumns(tokens.sampled), logprobs: [...tokens.logprobs], kl: kl?.[i] ? [...kl[i]] : null } } : null)),
      };
    },
  };
}

const toldRow = (row: TrajectoryRow): TrajectoryRow => ({ ...row, step: toldStep(row.step) });

/** In step mode only a step that is an answer is compared with the gold ones; a fault of ours is not scored. */
function scoreOf({ answers, step }: Logged['asked'], ending: Ending): Score | null {
  if (answers.length === 0 || ending.kind === 'invalid' || (step && step.kind !== 'answer')) return null;
  return scoreAnswer(standardMetric, ending.kind === 'answered' ? ending.answer : null, answers);
}
