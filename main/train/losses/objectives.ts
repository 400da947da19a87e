/** A token's share of the loss before it is averaged, and its derivative by the log of the ratio. */
export type Objective = { readonly value: number; readonly slope: number };

export type ObjectiveSettings = {
  /** The ratio is not followed below 1 − ε where the advantage is negative. */
  readonly epsilonLow: number;
  /** Nor above 1 + ε where it is positive; for cispo the largest weight itself. */
  readonly epsilonHigh: number;
  /** Dual clip: the ratio counts as at most this where the advantage is negative (INTELLECT-2, arXiv 2505.07291). */
  readonly delta?: number;
  /** Of sapo's gate, for positive advantages and for the others. */
  readonly sapoTemperature: { readonly positive: number; readonly negative: number };
};

type ObjectiveRule = (ratio: number, advantage: number, logprob: number, settings: ObjectiveSettings) => Objective;

/** −min(r·A, clip(r)·A): PPO's surrogate (arXiv 1707.06347, eq. 7), with both ends of the clip apart (DAPO, arXiv 2503.14476). */
const clipped: ObjectiveRule = (ratio, advantage, _, { epsilonLow, epsilonHigh, delta = Infinity }) => {
  const [low, high] = [1 - epsilonLow, 1 + epsilonHigh];
  const free = Math.min(ratio, delta) * advantage;
  const bounded = Math.min(Math.max(ratio, low), high) * advantage;
  const moves = free <= bounded ? ratio <= delta : ratio >= low && ratio <= high;
  return { value: -Math.min(free, bounded), slope: moves ? -ratio * advantage : 0 };
};

/** −min(r, ε)·A·logprob with the weight held fixed (MiniMax-M1, arXiv 2506.13585, eq. 4). */
const weighted: ObjectiveRule = (ratio, advantage, logprob, { epsilonHigh }) => {
  const weight = Math.min(ratio, epsilonHigh);
  return { value: -weight * advantage * logprob, slope: -weight * advantage };
};

/** −4/τ·σ(τ(r − 1))·A: a gate in place of a clip (arXiv 2511.20347). */
const gated: ObjectiveRule = (ratio, advantage, _, { sapoTemperature: { positive, negative } }) => {
  const temperature = advantage > 0 ? positive : negative;
  const gate = 1 / (1 + Math.exp(-temperature * (ratio - 1)));
  return { value: (-4 / temperature) * gate * advantage, slope: -4 * gate * (1 - gate) * ratio * advantage };
};

export const objectives = { clipped, weighted, gated } as const;
