import type { PlanPart } from '../../preload/contract/plan-part.ts';
import { readModelConfig } from '../model/folder/config.ts';
import type { RunConfig } from '../records/run-config.ts';
import { mostWritten, planInput } from '../train/plan-run.ts';
import { type TrainingPlan, planTraining, trainedNumbers } from '../train/plan-training.ts';
import { withKinds } from './plan-parts.ts';

export type Change = { readonly key: string; readonly value: string | number; readonly peak: number };

export type Outlook = { readonly memory: { readonly parts: readonly PlanPart[]; readonly peak: number; readonly where: TrainingPlan['where'] }; readonly changes: readonly Change[]; readonly checkpointBytes: number };

/** Pixels of an image token, and tokens of a prompt's words: what episodes bring is known only once some were tried. */
const tokenPixels = 28 * 28;
const promptWords = 600;
/** The built-in task's images and prompts are small. */
const mini = { pixels: 64 * 64, words: 120 };
/** Area that an image is taken to have where the configuration sets no limit. */
const usualPixels = 1_003_520;

/** What a run of this configuration would hold in memory, and, where that is more than `available`, what would change it. */
export function outlook(config: RunConfig, available: number): Outlook {
  const plan = planOf(config);
  const changes = plan.peakBytes <= available ? [] : savings(config).map(({ key, value, changed }): Change => ({ key, value, peak: planOf(changed).peakBytes })).filter(({ peak }) => peak < plan.peakBytes).toSorted((a, b) => Number(b.peak <= available) - Number(a.peak <= available)).slice(0, 3);
  // A checkpoint holds what is trained and AdamW's two moments.
  return { memory: { parts: withKinds(plan.parts), peak: plan.peakBytes, where: plan.where }, changes, checkpointBytes: 3 * 4 * trainedNumbers(readModelConfig(config.model.folder), config.parameters) };
}

function planOf(config: RunConfig): TrainingPlan {
  const { model, data } = config;
  const small = [data.train].flat().every((source) => source.startsWith('mini:'));
  const imagePixels = small ? mini.pixels : model.maxPixels > 0 ? model.maxPixels : usualPixels;
  return planTraining(planInput(config, {
    imagePixels,
    promptTokens: (small ? mini.words : promptWords) + Math.ceil(imagePixels / tokenPixels),
    completionTokens: mostWritten(config),
  }));
}

/** Changes that need less memory, those that cost the least first. */
function savings(config: RunConfig): readonly { readonly key: string; readonly value: string | number; readonly changed: RunConfig }[] {
  const { model, rollout, parameters } = config;
  const pixels = Math.round((model.maxPixels > 0 ? model.maxPixels : usualPixels) / 2);
  const tokens = Math.max(1, rollout.tokens >> 1);
  const group = Math.max(2, rollout.group >> 1);
  return [
    ...(model.quantize === '' && parameters.kind === 'lora' ? [{ key: 'model.quantize', value: 'int4', changed: { ...config, model: { ...model, quantize: 'int4' } } }] : []),
    { key: 'model.maxPixels', value: pixels, changed: { ...config, model: { ...model, maxPixels: pixels } } },
    { key: 'rollout.tokens', value: tokens, changed: { ...config, rollout: { ...rollout, tokens } } },
    { key: 'rollout.group', value: group, changed: { ...config, rollout: { ...rollout, group } } },
    ...(parameters.kind === 'full' ? [{ key: 'parameters.kind', value: 'lora', changed: { ...config, parameters: { ...parameters, kind: 'lora' as const } } }] : []),
  ];
}
