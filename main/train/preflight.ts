import { statfsSync } from 'node:fs';
import os from 'node:os';
import { planGeneration } from '../generation/plan.ts';
import { loraModules } from '../model/folder/adapter.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { adaptedModules } from '../model/training/lora.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { RewardName } from '../reward/rules.ts';
import { scoreTrajectory } from '../reward/score-trajectory.ts';
import { rollOut } from './roll-out.ts';
import { type OpenSettings, type RunContext, openRun } from './run-context.ts';

/** One thing that was looked at before a run; a `problem` would end it, a `warning` would spoil it. */
export type Finding = { readonly title: string; readonly status: 'ok' | 'warning' | 'problem'; readonly detail: string };

/** Questions that are tried. */
const triedQuestions = 4;

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
    return [{ title: 'configuration', status: 'problem', detail: error.message }];
  }
  try {
    const tools: Finding = { title: 'tools', status: context.tools.described.code.startsWith('off:') ? 'warning' : 'ok', detail: `code ${context.tools.described.code}; search ${context.tools.described.search}` };
    const data: Finding = { title: 'data', status: notes.length > 0 ? 'warning' : 'ok', detail: notes.length > 0 ? notes.slice(0, 3).join('; ') : 'every row could be read' };
    const { findings, promptTokens } = await tryOut(context, signal);
    return [data, tools, ...findings, memory(config, promptTokens), disk(config, home)];
  } finally {
    await context.close();
  }
}

/** A few groups of episodes, scored but not learnt from. */
async function tryOut(context: RunContext, signal: AbortSignal): Promise<{ readonly findings: readonly Finding[]; readonly promptTokens: number }> {
  const { config, order, services, custom } = context;
  const samples = order.batch(0, Math.min(triedQuestions, config.rollout.prompts));
  const rollouts = await rollOut(samples, { ...context.episode, signal, seed: config.seed });
  const totals = new Map<number, number[]>();
  let faults = 0;
  for (const { sample, group, trajectory } of rollouts) {
    const reward = await scoreTrajectory({ sample, trajectory }, config.reward.weights as Partial<Record<RewardName, number>>, services, custom);
    if (reward) totals.set(group, [...(totals.get(group) ?? []), reward.total]);
    else faults += 1;
  }
  const all = [...totals.values()].flat();
  const varying = [...totals.values()].filter((group) => group.some((total) => total !== group[0])).length;
  const promptTokens = Math.max(...rollouts.map(({ trajectory }) => trajectory.turns[0]?.tokens?.context.length ?? 0));
  const room = readModelConfig(config.model.folder).text.maxPositions;
  const cut = rollouts.filter(({ trajectory }) => trajectory.turns.at(-1)?.finishReason === 'length').length;
  const reason = rollouts.flatMap(({ trajectory: { ending } }) => (ending.kind === 'invalid' ? [ending.reason] : []))[0];
  return {
    promptTokens,
    findings: [
      { title: 'episodes', status: faults === rollouts.length ? 'problem' : faults > 0 ? 'warning' : 'ok', detail: faults > 0 ? `${faults} of ${rollouts.length} ended by a fault of ours: ${reason}` : `${rollouts.length} episodes of ${samples.length} questions went through` },
      { title: 'length', status: promptTokens + config.rollout.tokens > room || cut * 2 > rollouts.length ? 'warning' : 'ok', detail: `prompts of up to ${promptTokens} tokens and ${config.rollout.tokens} to write, in a context of ${room}; ${cut} of ${rollouts.length} episodes were cut off${cut * 2 > rollouts.length ? ': raise rollout.maxNewTokens' : ''}` },
      { title: 'rewards', status: varying === 0 ? 'warning' : 'ok', detail: varying === 0 ? `all rewards within each group are equal (${all[0]?.toFixed(2) ?? 'none'}): there is nothing to learn from these questions; warm-start the model, or choose easier or harder ones` : `they vary in ${varying} of ${totals.size} groups, from ${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)}` },
    ],
  };
}

const gib = (bytes: number): string => (bytes < 1024 ** 3 ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`);

/** Numbers that are trained. */
function trainedNumbers({ parameters, model }: RunConfig): number {
  const config = readModelConfig(model.folder);
  if (parameters.kind === 'full') return [...expectedTensors(config)].reduce((sum, [name, shape]) => sum + (parameters.vision || !name.startsWith('visual.') ? shape.reduce((a, b) => a * b, 1) : 0), 0);
  const sizes = loraModules(config);
  return adaptedModules(parameters, config).reduce((sum, module) => {
    const [out, into] = sizes.get(module.replace(/^layers\.\d+\./, '')) ?? [0, 0];
    return sum + parameters.rank * (out + into);
  }, 0);
}

/** Generation as `arft plan` predicts it, and what training adds: gradients and moments, and the inputs of every layer. */
function memory(config: RunConfig, promptTokens: number): Finding {
  const { model, rollout } = config;
  const modelConfig = readModelConfig(model.folder);
  const generation = planGeneration({ config: modelConfig, provider: model.provider, precision: 'float32', imagePixels: 0, promptTokens: Math.max(1, promptTokens), completionTokens: rollout.tokens, group: rollout.slots, ...(model.quantize !== '' && { quantize: parseScheme(model.quantize) }) });
  const { hiddenSize, layers, intermediateSize } = modelConfig.text;
  const tokens = promptTokens + rollout.group * rollout.tokens;
  const activations = 4 * tokens * (hiddenSize * (layers + 16) + 6 * intermediateSize);
  const needed = generation.processBytes + 4 * 4 * trainedNumbers(config) + activations;
  const free = os.totalmem();
  return { title: 'memory', status: needed > free ? 'problem' : needed > 0.8 * free ? 'warning' : 'ok', detail: `about ${gib(needed)} of ${gib(free)}${needed > 0.8 * free ? `; rollout.group ${Math.max(1, rollout.group >> 1)} or rollout.tokens ${rollout.tokens >> 1} would need about ${gib(needed - activations / 2)}, model.quantize int4 less still` : ''}` };
}

/** Checkpoints that are kept at once, and one that is being written. */
function disk(config: RunConfig, home: string): Finding {
  const { bavail, bsize } = statfsSync(home);
  const free = bavail * bsize;
  const each = 3 * 4 * trainedNumbers(config);
  const needed = each * (config.checkpoint.keep + 2);
  return { title: 'disk', status: needed > free ? 'problem' : 'ok', detail: `checkpoints of ${gib(each)}, ${gib(needed)} at most; ${gib(free)} are free` };
}
