import { readAdapterFields } from '../model/folder/adapter-config.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import type { RunConfig } from '../records/run-config.ts';
import { checkBeginning } from './check-parameters.ts';
import { type TrainingPlanInput, placeOf } from './plan-training.ts';
import { measuresKl } from './token-kl.ts';

/** Sizes of a run's samples, seen or supposed: tokens of the longest prompt, of the longest episode behind it, and the largest image's pixels. */
export type SampleSizes = { readonly promptTokens: number; readonly completionTokens: number; readonly imagePixels: number };

/** A step of a run as the plan has it. @throws InputError for an adapter to begin with that is none, or that nothing can begin with. */
export function planInput(config: RunConfig, { promptTokens, completionTokens, imagePixels }: SampleSizes): TrainingPlanInput {
  const { model, parameters, rollout, data, method } = config;
  checkBeginning(config);
  return {
    config: readModelConfig(model.folder),
    ...placeOf(model.provider),
    // An adapter to begin with is trained as it is.
    parameters: parameters.kind === 'lora' && model.adapter !== '' ? { ...parameters, rank: readAdapterFields(model.adapter).r, begun: true } : parameters,
    ...(model.quantize !== '' && { quantize: parseScheme(model.quantize, 'model.quantize') }),
    precision: model.precision,
    imagePixels,
    promptTokens: Math.max(1, promptTokens),
    completionTokens: Math.max(1, completionTokens),
    lengthSetting: method === 'sft' ? null : data.mode === 'step' ? 'rollout.maxNewTokens' : 'rollout.tokens',
    group: method === 'sft' ? 1 : rollout.group,
    prompts: rollout.prompts,
    slots: rollout.slots,
    reference: measuresKl(config),
    otherShapes: true,
  };
}

/** Tokens that an episode may write. A single step is one completion, which no limit of episodes holds. */
export const mostWritten = ({ rollout, data }: RunConfig): number => (data.mode === 'step' ? rollout.maxNewTokens : Math.min(rollout.tokens, rollout.steps * rollout.maxNewTokens));
