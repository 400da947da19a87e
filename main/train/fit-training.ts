import { runConfig } from '../records/run-config.ts';
import { type TrainingPlan, type TrainingPlanInput, planTraining } from './plan-training.ts';

/** Plans a step; one that takes its time lets other work in between. */
export type Planner = (input: TrainingPlanInput) => TrainingPlan | Promise<TrainingPlan>;

/** A change of one setting, by its name in a run's configuration, and the peak that it would have. */
export type Change = { readonly setting: string; readonly value: string; readonly peakBytes: number };

/** Pixels of an image that are one token. */
const pixelsOfToken = 28 * 28;

const { rank, targetModules, excludeModules } = runConfig.parse({}).parameters;
/** The one that a run trains which says nothing else of it. */
const anAdapter = { rank, targetModules, excludeModules };

const halved = (n: number): number => Math.max(1, n >> 1);

/** An image of so many pixels instead; the prompt loses the tokens that the image does. */
const withPixels = (input: TrainingPlanInput, imagePixels: number): TrainingPlanInput =>
  ({ ...input, imagePixels, promptTokens: Math.max(1, input.promptTokens - Math.round((input.imagePixels - imagePixels) / pixelsOfToken)) });

const lengthSetting = ({ lengthSetting: setting = 'rollout.tokens' }: TrainingPlanInput): string | null => setting;

/** What makes a run smaller: an adapter where all weights are trained, since little else is a large part of that; then the cheapest for its result first. */
const steps: readonly { readonly setting: string | ((input: TrainingPlanInput) => string | null); readonly next: (input: TrainingPlanInput) => TrainingPlanInput | undefined; readonly value: (input: TrainingPlanInput) => string }[] = [
  { setting: 'parameters.kind', next: (input) => (input.parameters.kind === 'full' ? { ...input, parameters: { kind: 'lora', ...anAdapter } } : undefined), value: () => 'lora' },
  { setting: 'model.quantize', next: (input) => (input.quantize || input.parameters.kind === 'full' ? undefined : { ...input, quantize: { bits: 4, block: 32, symmetric: true } }), value: () => 'int4' },
  { setting: 'model.precision', next: (input) => (input.where === 'device' && input.parameters.kind === 'lora' && input.precision !== 'float16' ? { ...input, precision: 'float16' } : undefined), value: () => 'float16' },
  { setting: 'rollout.slots', next: (input) => (input.slots > 1 ? { ...input, slots: halved(input.slots) } : undefined), value: ({ slots }) => String(slots) },
  { setting: lengthSetting, next: (input) => (lengthSetting(input) !== null && input.completionTokens > 64 ? { ...input, completionTokens: halved(input.completionTokens) } : undefined), value: ({ completionTokens }) => String(completionTokens) },
  { setting: 'model.maxPixels', next: (input) => (input.imagePixels > 4 * pixelsOfToken ? withPixels(input, halved(input.imagePixels)) : undefined), value: ({ imagePixels }) => String(imagePixels) },
  { setting: 'rollout.group', next: (input) => (input.group > 2 ? { ...input, group: halved(input.group), slots: Math.min(input.slots, halved(input.group)) } : undefined), value: ({ group }) => String(group) },
  { setting: 'parameters.rank', next: (input) => (input.parameters.kind === 'lora' && !input.parameters.begun && input.parameters.rank > 4 ? { ...input, parameters: { ...input.parameters, rank: halved(input.parameters.rank) } } : undefined), value: ({ parameters }) => (parameters.kind === 'lora' ? String(parameters.rank) : '') },
];

const nameOf = (setting: (typeof steps)[number]['setting'], input: TrainingPlanInput): string => (typeof setting === 'string' ? setting : (setting(input) as string));

/**
 * For each setting that makes a run smaller: the first value, halving it, with which the run fits into so many bytes, or
 * the smallest where none does. Those that fit come first.
 */
export async function changesToFit(input: TrainingPlanInput, bytes: number, plan: Planner = planTraining): Promise<readonly Change[]> {
  const before = (await plan(input)).peakBytes;
  const changes: Change[] = [];
  for (const { setting, next, value } of steps) {
    let changed = next(input);
    if (!changed) continue;
    let { peakBytes } = await plan(changed);
    for (let further = next(changed); further && peakBytes > bytes; further = next(changed)) {
      changed = further;
      ({ peakBytes } = await plan(changed));
    }
    if (peakBytes < before) changes.push({ setting: nameOf(setting, input), value: value(changed), peakBytes });
  }
  return changes.toSorted((a, b) => Number(a.peakBytes > bytes) - Number(b.peakBytes > bytes));
}

/** Changes of several settings, and the peak that they have together. */
export type Together = { readonly changes: readonly Omit<Change, 'peakBytes'>[]; readonly peakBytes: number };

/** The same changes one on the other, for where none is enough by itself: as few as fit into so many bytes, or all that help. */
export async function togetherToFit(input: TrainingPlanInput, bytes: number, plan: Planner = planTraining): Promise<Together> {
  const changes: Together['changes'][number][] = [];
  let [at, { peakBytes }] = [input, await plan(input)];
  for (const { setting, next, value } of steps) {
    let [best, peak] = [at, peakBytes];
    for (let further = next(best); further && peak > bytes; further = next(best)) [best, peak] = [further, (await plan(further)).peakBytes];
    if (peak >= peakBytes) continue;
    [at, peakBytes] = [best, peak];
    changes.push({ setting: nameOf(setting, input), value: value(at) });
  }
  return { changes, peakBytes };
}

export type Fit = { readonly completionTokens: number; /** 0 where not even two fit. */ readonly group: number; readonly peakBytes: number };

/** For each length of completions the largest group, of 2, 4, 8 … 32, that fits into so many bytes. */
export async function largestGroups(input: TrainingPlanInput, bytes: number, lengths: readonly number[], plan: Planner = planTraining): Promise<readonly Fit[]> {
  const fits: Fit[] = [];
  for (const completionTokens of lengths) {
    let best: Fit = { completionTokens, group: 0, peakBytes: 0 };
    for (let group = 2; group <= 32; group *= 2) {
      const { peakBytes } = await plan({ ...input, completionTokens, group, slots: Math.min(group, input.slots) });
      if (peakBytes > bytes) break;
      best = { completionTokens, group, peakBytes };
    }
    fits.push(best);
  }
  return fits;
}
