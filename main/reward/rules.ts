import type { Sample, ChainStep } from '../records/sample.ts';
import type { Trajectory, Turn } from '../records/trajectory.ts';
import { cropReward } from './crop.ts';
import { repairCloseness } from './image-closeness.ts';
import { paperProblemReward, problemReward } from './problem.ts';
import { queryReward } from './query.ts';
import type { RewardServices } from './services.ts';
import { standardMetric } from './standard-metric.ts';
import { scoreAnswer } from './text-metrics.ts';

/** What a reward looks at: the episode, and in step mode the annotated step that it answers. */
export type Scored = {
  readonly sample: Sample;
  readonly trajectory: Trajectory;
  readonly step?: { readonly annotated: ChainStep; readonly solution: Turn['action'] };
};

/** A value in 0…1, or undefined where the reward says nothing about this sample. */
export type RewardRule = (scored: Scored, services: RewardServices) => Promise<number | undefined> | number | undefined;

const turnsOf = <K extends Turn['action']['kind']>({ trajectory }: Scored, kind: K): readonly (Turn & { readonly action: Extract<Turn['action'], { kind: K }> })[] =>
  trajectory.turns.filter((turn): turn is Turn & { readonly action: Extract<Turn['action'], { kind: K }> } => turn.action.kind === kind);

/** The last answer that a trajectory gave. */
export const answerOf = ({ trajectory }: Scored): string | null => (trajectory.ending.kind === 'answered' ? trajectory.ending.answer : null);

/** Whether an answer is asked for: in an episode always, of an annotated step where it is one. */
const asksAnswer = ({ step }: Scored): boolean => step === undefined || step.annotated.kind === 'answer';

/** The rewards by name (Visual-ARFT, section 4.3, and ours). docs/protocol.md explains each. */
export const rewardRules = {
  /** 1 where every completion is exactly one action. */
  format: ({ trajectory }) => (trajectory.turns.length > 0 && trajectory.turns.every(({ action }) => action.kind !== 'invalid') ? 1 : 0),

  answer: (scored) => (asksAnswer(scored) && scored.sample.answers.length > 0 ? scoreAnswer(standardMetric, answerOf(scored), scored.sample.answers).f1 : undefined),
  'answer-em': (scored) => (asksAnswer(scored) && scored.sample.answers.length > 0 ? scoreAnswer(standardMetric, answerOf(scored), scored.sample.answers).em : undefined),

  /** Step mode: the query beside the annotator's. */
  query: async ({ trajectory, step }, { similarity }) => {
    if (step?.solution.kind !== 'search') return undefined;
    const action = trajectory.turns[0]?.action;
    return action?.kind === 'search' ? queryReward(action.query, step.solution.query, similarity) : 0;
  },

  problem: (scored) => problem(scored, problemReward),
  'problem-paper': (scored) => problem(scored, paperProblemReward),

  /** The paper's constant: any code earns 0.9. */
  'code-paper': (scored) => (scored.step?.annotated.kind === 'code' ? (turnsOf(scored, 'code').length > 0 ? 0.9 : 0) : undefined),

  /** 0.2 for code that runs, 0.2 for an image that it writes, 0.6 for how near that is to the right one. */
  code: async (scored, services) => {
    const runs = turnsOf(scored, 'code');
    if (scored.step ? scored.step.annotated.kind !== 'code' : scored.sample.task !== 'coding') return undefined;
    const last = runs.at(-1)?.observation;
    if (last?.kind !== 'code' || last.status !== 'ok') return scored.step || runs.length > 0 ? 0 : undefined;
    const output = last.outputs.at(-1);
    if (!output) return 0.2;
    const closeness = await outputCloseness(scored.sample, output.image, services);
    return 0.4 + 0.6 * (closeness ?? 0);
  },

  /** Shaping, off by default: 1 where a tool was used and gave something. */
  tool: ({ trajectory }) => (trajectory.turns.some(({ observation }) => (observation?.kind === 'code' && observation.status === 'ok' && observation.outputs.length > 0) || (observation?.kind === 'information' && observation.passages.length > 0)) ? 1 : 0),
} satisfies Readonly<Record<string, RewardRule>>;

export type RewardName = keyof typeof rewardRules;

function problem(scored: Scored, reward: (named: readonly string[], gold: readonly string[]) => number): number | undefined {
  const gold = scored.step ? (scored.step.solution.kind === 'problem' ? scored.step.solution.issues : undefined) : scored.sample.issues;
  const named = turnsOf(scored, 'problem').at(-1)?.action.issues;
  if (gold === undefined || (named === undefined && !scored.step)) return undefined;
  return named === undefined ? 0 : reward(named, gold);
}

async function outputCloseness(sample: Sample, output: string, services: RewardServices): Promise<number | undefined> {
  const given = sample.images[0];
  if (given !== undefined && sample.box) return cropReward(await services.image(output), await services.image(given), sample.box);
  if (given === undefined || sample.cleanImage === undefined) return undefined;
  return repairCloseness(await services.image(output), await services.image(sample.cleanImage), await services.image(given));
}
