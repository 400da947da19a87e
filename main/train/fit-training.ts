import { type TrainingPlan, type TrainingPlanInput, planTraining } from './plan-training.ts';

/** A change of one setting, by its name in a run's configuration, and the peak that it would have. */
export type Change = { readonly setting: string; readonly value: string; readonly peakBytes: number };

/** Pixels of an image that are one token. */
const pixelsOfToken = 28 * 28;

const halved = (n: number): number => Math.max(1, n >> 1);

/** An image of so many pixels instead; the prompt loses the tokens that the image does. */
const withPixels = (input: TrainingPlanInput, imagePixels: number): TrainingPlanInput =>
  ({ ...input, imagePixels, promptTokens: Math.max(1, input.promptTokens - Math.round((input.imagePixels - imagePixels) / pixelsOfToken)) });

/** What makes a run smaller, the cheapest for its result first. */
const steps: readonly { readonly setting: string; readonly next: (input: TrainingPlanInput) => TrainingPlanInput | undefined; readonly value: (input: TrainingPlanInput) => string }[] = [
  { setting: 'model.quantize', next: (input) => (input.quantize || input.parameters.kind === 'full' ? undefined : { ...input, quantize: { bits: 4, block: 32, symmetric: true } }), value: () => 'int4' },
  { setting: 'rollout.slots', next: (input) => (input.slots > 1 ? { ...input, slots: halved(input.slots) } : undefined), value: ({ slots }) => String(slots) },
  { setting: 'rollout.tokens', next: (input) => (input.completionTokens > 64 ? { ...input, completionTokens: halved(input.completionTokens) } : undefined), value: ({ completionTokens }) => String(completionTokens) },
  { setting: 'model.maxPixels', next: (input) => (input.imagePixels > 4 * pixelsOfToken ? withPixels(input, halved(input.imagePixels)) : undefined), value: ({ imagePixels }) => String(imagePixels) },
  { setting: 'rollout.group', next: (input) => (input.group > 2 ? { ...input, group: halved(input.group), slots: Math.min(input.slots, halved(input.group)) } : undefined), value: ({ group }) => String(group) },
  { setting: 'parameters.rank', next: (input) => (input.parameters.kind === 'lora' && input.parameters.rank > 4 ? { ...input, parameters: { ...input.parameters, rank: halved(input.parameters.rank) } } : undefined), value: ({ parameters }) => (parameters.kind === 'lora' ? String(parameters.rank) : '') },
];

/**
 * For each setting that makes a run smaller: the first value, halving it, with which the run fits into so many bytes, or
 * the smallest where none does. Those that fit come first.
 */
export function changesToFit(input: TrainingPlanInput, bytes: number): readonly Change[] {
  const before = planTraining(input).peakBytes;
  const changes = steps.flatMap(({ setting, next, value }): readonly Change[] => {
    let changed = next(input);
    let peakBytes = changed && planTraining(changed).peakBytes;
    while (changed && peakBytes !== undefined && peakBytes > bytes) {
      const further = next(changed);
      if (!further) break;
      changed = further;
      peakBytes = planTraining(changed).peakBytes;
    }
    return changed && peakBytes !== undefined && peakBytes < before ? [{ setting, value: value(changed), peakBytes }] : [];
  });
  return changes.toSorted((a, b) => Number(a.peakBytes > bytes) - Number(b.peakBytes > bytes));
}

export type Fit = { readonly completionTokens: number; /** 0 where not even two fit. */ readonly group: number; readonly peakBytes: number };

/** For each length of completions the largest group, of 2, 4, 8 … 32, that fits into so many bytes. */
export const largestGroups = (input: TrainingPlanInput, bytes: number, lengths: readonly number[]): readonly Fit[] =>
  lengths.map((completionTokens) => {
    let best: Fit = { completionTokens, group: 0, peakBytes: 0 };
    for (let group = 2; group <= 32; group *= 2) {
      const { peakBytes }: TrainingPlan = planTraining({ ...input, completionTokens, group, slots: Math.min(group, input.slots) });
      if (peakBytes > bytes) break;
      best = { completionTokens, group, peakBytes };
    }
    return best;
  });
