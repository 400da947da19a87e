import { readModelConfig } from '../model/folder/config.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import type { RewardName } from '../reward/rules.ts';
import { scoreTrajectory } from '../reward/score-trajectory.ts';
import { type Rollout, rollOut } from './roll-out.ts';
import { type SampleSizes, mostWritten } from './plan-run.ts';
import { diskFinding, memoryFinding, memoryOf } from './preflight-resources.ts';
import { type OpenSettings, type RunContext, openRun } from './run-context.ts';
import { scoredOf } from './step.ts';
import { tryDemonstrations } from './try-demonstrations.ts';

/** One thing that was looked at before a run; a `problem` would end it, a `warning` would spoil it. */
export type Finding = { readonly title: string; readonly status: 'ok' | 'warning' | 'problem'; readonly detail: string };

/** Questions that are tried, and samples whose images are. */
const triedQuestions = 4;
const triedImages = 64;

/** A share of useful tool calls below which training by rewards made models give up their tools (the built-in task's: 0.05 to 0.15 of those that did, 0.2 to 0.4 of those that did not). */
const usefulTools = 0.15;

/**
 * Looks at a run before it starts, without changing anything: whether data, images and prompts can be used, whether
 * episodes end and rewards vary on a few questions, whether memory and disk suffice.
 */
export async function preflight(settings: OpenSettings, signal: AbortSignal): Promise<readonly Finding[]> {
  const { config, home } = settings;
  const notes: string[] = [];
  let context: RunContext;
  try {
    context = await openRun({ ...settings, signal, onNote: (note) => notes.push(note) });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [{ title: error.expectation.thing.startsWith('reward.') ? 'rewards' : 'configuration', status: 'problem', detail: error.message }];
  }
  try {
    const tools = toolsFinding(context);
    const data: Finding = { title: 'data', status: notes.length > 0 ? 'warning' : 'ok', detail: notes.length > 0 ? notes.slice(0, 3).join('; ') : 'every row could be read' };
    const images = await imagesFinding(context, signal);
    if (images.status === 'problem') return [data, tools, images, diskFinding(config, home)];
    const { findings, seen } = context.demonstrations ? await tryLessons(context) : await tryOut(context, signal);
    const { provider } = context;
    const memory = seen ? [await memoryFinding({ ...config, model: { ...config.model, provider } }, seen, await memoryOf(provider))] : [];
    return [data, tools, images, ...findings, ...memory, diskFinding(config, home)];
  } finally {
    await context.close();
  }
}

/** What the agent can do, and whether the questions ask for more. A single step needs no tool to be judged. */
function toolsFinding({ config, tools: { described: { code, search } }, order }: RunContext): Finding {
  const asked = order.batch(0, triedImages);
  const searches = asked.filter(({ task }) => task === 'search').length;
  const lacks = search === 'off' && searches > 0 && config.data.mode === 'episode' && config.method !== 'sft';
  return { title: 'tools', status: lacks || code.startsWith('off:') ? 'warning' : 'ok', detail: lacks ? `code ${code}; search off, though ${searches} of the first ${asked.length} questions are ones of search: name tools.corpus` : `code ${code}; search ${search}` };
}

/** A few groups of episodes, scored but not learnt from. `seen` is left out where no prompt was read. */
async function tryOut(context: RunContext, signal: AbortSignal): Promise<{ readonly findings: readonly Finding[]; readonly seen?: SampleSizes }> {
  const { config, order } = context;
  const samples = order.batch(0, Math.min(triedQuestions, config.rollout.prompts));
  const rollouts = await rollOut(samples, { ...context.episode, signal, seed: config.seed });
  const { totals, fault } = await totalsOf(rollouts, context);
  const promptTokens = Math.max(...rollouts.map(({ trajectory }) => trajectory.turns[0]?.tokens?.context.length ?? 0));
  const completionTokens = Math.max(0, ...rollouts.map(({ trajectory: { turns } }) => turns.reduce((sum, { tokens }, i) => sum + (tokens ? tokens.sampled.length + (i > 0 ? tokens.context.length : 0) : 0), 0)));
  const room = readModelConfig(config.model.folder).text.maxPositions;
  const written = mostWritten(config);
  const cut = rollouts.filter(({ trajectory }) => trajectory.turns.at(-1)?.finishReason === 'length').length;
  const reasons = rollouts.flatMap(({ trajectory: { ending } }) => (ending.kind === 'invalid' ? [ending.reason] : []));
  const faults = reasons.length;
  const episodes: Finding = { title: 'episodes', status: faults === rollouts.length ? 'problem' : faults > 0 ? 'warning' : 'ok', detail: faults > 0 ? `${faults} of ${rollouts.length} ended by a fault of ours: ${reasons[0]}` : `${rollouts.length} episodes of ${samples.length} questions went through` };
  // Where none counts there is nothing to say of their lengths and rewards.
  const seen = promptTokens > 0 && { seen: { promptTokens, completionTokens, imagePixels: await largestImage(context, samples) } };
  if (episodes.status === 'problem') return { findings: [episodes], ...seen };
  return {
    ...seen,
    findings: [
      episodes,
      { title: 'length', status: promptTokens + written > room || cut * 2 > rollouts.length ? 'warning' : 'ok', detail: `prompts of up to ${promptTokens} tokens and up to ${written} to write, in a context of ${room}; ${cut} of ${rollouts.length} episodes were cut off${cut * 2 > rollouts.length ? ': raise rollout.maxNewTokens' : ''}` },
      fault === undefined ? rewardsFinding(totals) : { title: 'rewards', status: 'problem', detail: fault },
      ...toolsPay(rollouts, [...totals.values()].flat()),
    ],
  };
}

/** What the episodes of each group earned, and the first fault of a reward. Those that ended by a fault of ours have none. */
async function totalsOf(rollouts: readonly Rollout[], { config, services, custom }: RunContext): Promise<{ readonly totals: ReadonlyMap<number, readonly number[]>; readonly fault?: string }> {
  const totals = new Map<number, number[]>();
  try {
    for (const rollout of rollouts) {
      const reward = await scoreTrajectory(scoredOf(rollout), config.reward.weights as Partial<Record<RewardName, number>>, services, custom);
      if (reward) totals.set(rollout.group, [...(totals.get(rollout.group) ?? []), reward.total]);
    }
    return { totals };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { totals, fault: error.message };
  }
}

function rewardsFinding(totals: ReadonlyMap<number, readonly number[]>): Finding {
  const all = [...totals.values()].flat();
  const varying = [...totals.values()].filter((group) => group.some((total) => total !== group[0])).length;
  return { title: 'rewards', status: varying === 0 ? 'warning' : 'ok', detail: varying === 0 ? `all rewards within each group are equal (${all[0]?.toFixed(2) ?? 'none'}): there is nothing to learn from these questions; warm-start the model, raise rollout.group, or choose easier or harder ones` : `they vary in ${varying} of ${totals.size} groups, from ${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}` };
}

/** Sampled tool calls before training: where hardly any works, rewards teach to answer without tools. */
function toolsPay(rollouts: readonly Rollout[], rewards: readonly number[]): readonly Finding[] {
  const calling = rollouts.filter(({ trajectory: { mode } }) => mode !== 'step');
  if (calling.length === 0 || rewards.length === 0) return [];
  const useful = calling.filter(({ trajectory: { turns } }) => turns.some(({ observation }) => (observation?.kind === 'code' && observation.status === 'ok') || observation?.kind === 'information')).length / calling.length;
  const detail = `${Math.round(100 * useful)} % of the sampled episodes call a tool that answers`;
  return [{ title: 'tool use', status: useful <= usefulTools ? 'warning' : 'ok', detail: useful <= usefulTools ? `${detail}: models that begin so tend to give up their tools; train on demonstrations first (method sft)` : detail }];
}

/** Reads and decodes images of samples from all over the data, and names those that cannot be. */
async function imagesFinding({ order, services }: RunContext, signal: AbortSignal): Promise<Finding> {
  const references = [...new Set(order.batch(0, triedImages).flatMap(({ images }) => images))];
  const broken: string[] = [];
  for (const reference of references) {
    signal.throwIfAborted();
    await services.image(reference).catch((error: unknown) => broken.push((error as Error).message));
  }
  if (broken.length === 0) return { title: 'images', status: 'ok', detail: `${references.length} of them decode` };
  return { title: 'images', status: 'problem', detail: `${broken.length} of ${references.length} cannot be used: ${broken.slice(0, 3).join('; ')}` };
}

async function largestImage({ config, processedImage }: RunContext, samples: readonly Sample[]): Promise<number> {
  const { patchSize } = readModelConfig(config.model.folder).vision;
  const grids = await Promise.all(samples.flatMap(({ images }) => images).map(processedImage));
  return Math.max(0, ...grids.map(({ grid: [, rows, columns] }) => rows * columns * patchSize ** 2));
}

/** A supervised run: some of its demonstrations as tokens. */
async function tryLessons(context: RunContext): Promise<{ readonly findings: readonly Finding[]; readonly seen: SampleSizes }> {
  const { config, order, demonstrations } = context;
  const samples = order.batch(0, Math.min(triedQuestions, config.rollout.prompts));
  const { finding, ...sizes } = await tryDemonstrations(samples, demonstrations as NonNullable<typeof demonstrations>);
  return { seen: { ...sizes, imagePixels: await largestImage(context, samples) }, findings: [finding] };
}
