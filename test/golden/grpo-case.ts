import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LossName } from '../../main/train/losses/table.ts';
import type { PolicyLossSettings, PolicyTokens } from '../../main/train/losses/policy-loss.ts';
import { withoutTruncated } from '../../main/train/losses/tokens.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { goldenFolder } from './folder.ts';

export type LossCase = {
  name: string; loss_type: LossName; level: 'token' | 'sequence'; beta?: number; delta?: number; on_policy?: boolean; mask_truncated?: boolean;
  scale?: 'group' | 'batch' | 'none'; loss: number; grad_norm: number; epsilon_low: number; epsilon_high: number; max_completion_length: number;
};

/** The reference's GRPO group: grpo.json and grpo.safetensors. */
export const grpo = JSON.parse(readFileSync(path.join(goldenFolder(), 'grpo.json'), 'utf8')) as {
  prompt_ids: number[]; image: number; completion_lengths: number[]; truncated: number[]; rewards: number[][]; sft_loss: number; cases: LossCase[];
  adamw: { steps: { lr: number; loss: number; grad_norm: number }[] };
  full_finetune: { value: number; grad_norms: Record<string, number> };
};

export const grpoTensors = openSafetensors(path.join(goldenFolder(), 'grpo.safetensors'));

export const goldenImage = (JSON.parse(readFileSync(path.join(goldenFolder(), 'images.json'), 'utf8')) as { grid_thw: [number, number, number] }[])[grpo.image] as { grid_thw: [number, number, number] };

const { completion_lengths: lengths } = grpo;
const longest = Math.max(...lengths);

/** Values of [completions, longest] without the padding. */
export function unpadded(values: ArrayLike<number>): Float32Array {
  return Float32Array.from(lengths.flatMap((length, row) => Array.from({ length }, (_, i) => values[row * longest + i] as number)));
}

export const reference = (name: string): Float32Array => unpadded(grpoTensors.readFloat32(name));

const integers = (name: string): Float32Array => unpadded([...new BigInt64Array(grpoTensors.readBytes(name).slice().buffer)].map(Number));

export const offsets = [0, ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b))];
export const completionIds = [...integers('completion_ids')];
export const toolMask = Uint8Array.from(integers('tool_mask'));

/** The loss's inputs in a case, from logprobs and entropies. */
export function lossTokens(each: LossCase, logprobs: Float32Array, entropies: Float32Array): PolicyTokens {
  const truncated = lengths.map((_, i) => each.mask_truncated === true && grpo.truncated.includes(i));
  return {
    offsets, logprobs, entropies,
    mask: withoutTruncated({ offsets, mask: toolMask }, truncated),
    advantages: grpoTensors.readFloat32(`advantages.${each.scale ?? 'group'}`).subarray(0, lengths.length),
    ...(each.beta && { referenceLogprobs: reference('ref_logprobs') }),
    ...(!each.on_policy && { oldLogprobs: reference('old_logprobs') }),
  };
}

export const lossSettings = (each: LossCase): PolicyLossSettings => ({
  loss: each.level === 'sequence' && each.loss_type === 'grpo' ? 'gspo' : each.loss_type,
  epsilonLow: each.epsilon_low, epsilonHigh: each.epsilon_high, beta: each.beta ?? 0, unbiasedKl: true, entropyCoefficient: 0,
  maxCompletionLength: each.max_completion_length, sapoTemperature: { positive: 1, negative: 1.05 },
  ...(each.delta && { delta: each.delta }),
});
