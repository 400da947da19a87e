import type { TokenScores } from '../model/language-model.ts';
import type { RandomStream } from './random.ts';

/** How the next token is chosen. A setting at its neutral value (topP 1, topK 0, minP 0, repetitionPenalty 1) does nothing. */
export type SamplingSettings = {
  /** 0 chooses the most probable token. */
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  /** Tokens less probable than this share of the most probable one are dropped. */
  readonly minP: number;
  /** Above 1: tokens of the prompt and of the completion so far become less probable (CTRL, Keskar et al. 2019). */
  readonly repetitionPenalty: number;
  /** Tokens that are never written (an image's place among text). Their share is left out by drawing again; logprobs do not change. */
  readonly bannedIds?: ReadonlySet<number>;
  /** At which the probabilities are told, whatever temperature chooses; 1 where left out. */
  readonly logprobTemperature?: number;
};

export const greedy: SamplingSettings = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

export type Choice = {
  readonly id: number;
  /** Natural logarithm of the token's probability at temperature 1, or the one that was asked for, with nothing dropped. */
  readonly logprob: number;
};

/**
 * Chooses a token. The order of the steps is that of Transformers: repetition penalty, temperature, top-k, top-p, min-p.
 * `seen` are the ids that the penalty applies to. One uniform number is drawn for each choice at a temperature above 0.
 */
export function chooseToken({ logits, logNormaliser, masses }: TokenScores, settings: SamplingSettings, seen: ReadonlySet<number>, random: RandomStream): Choice {
  const { temperature, topP, topK, minP, repetitionPenalty, logprobTemperature = 1 } = settings;
  const penalised = repetitionPenalty === 1 ? logits : penalise(logits, repetitionPenalty, seen);
  const choose = (): number => {
    if (temperature === 0) return argmax(penalised);
    if (topP < 1 || topK > 0 || minP > 0) return walkCandidates(candidates(penalised, settings), random.next());
    if (temperature === 1 && repetitionPenalty === 1) return walkBlocks(logits, logNormaliser, masses, random.next());
    return walk(penalised, 0, penalised.length, temperature, logSumExp(penalised, temperature), random.next());
  };
  const id = allowed(choose, penalised, settings);
  const normaliser = logprobTemperature === 1 ? logNormaliser : logSumExp(logits, logprobTemperature);
  return { id, logprob: (logits[id] as number) / logprobTemperature - normaliser };
}

/** Draws until the token may be written; after many draws, the most probable one that may. */
function allowed(choose: () => number, logits: Float32Array, { bannedIds, temperature }: SamplingSettings): number {
  if (!bannedIds || bannedIds.size === 0) return choose();
  for (let draw = 0; draw < (temperature === 0 ? 1 : 64); draw++) {
    const id = choose();
    if (!bannedIds.has(id)) return id;
  }
  return argmax(logits.map((logit, id) => (bannedIds.has(id) ? Number.NEGATIVE_INFINITY : logit)));
}

export function argmax(logits: Float32Array): number {
  let best = 0;
  let value = logits[0] as number;
  for (let i = 1; i < logits.length; i++) {
    const candidate = logits[i] as number;
    if (candidate > value) {
      value = candidate;
      best = i;
    }
  }
  return best;
}

function maximum(logits: Float32Array): number {
  let value = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) value = Math.max(value, logits[i] as number);
  return value;
}

/** ln Σ exp(logit / temperature) */
function logSumExp(logits: Float32Array, temperature: number): number {
  const top = maximum(logits);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(((logits[i] as number) - top) / temperature);
  return top / temperature + Math.log(sum);
}

function penalise(logits: Float32Array, penalty: number, seen: ReadonlySet<number>): Float32Array {
  const changed = logits.slice();
  for (const id of seen) {
    const value = changed[id] as number;
    changed[id] = value < 0 ? value * penalty : value / penalty;
  }
  return changed;
}

/** Inverse-CDF sampling: finds the block by the blocks' sums, then the token in it. */
function walkBlocks(logits: Float32Array, logNormaliser: number, masses: Float32Array, uniform: number): number {
  const block = logits.length / masses.length;
  let rest = uniform;
  for (let b = 0; b < masses.length; b++) {
    const mass = masses[b] as number;
    if (rest < mass) return walk(logits, b * block, (b + 1) * block, 1, logNormaliser, rest);
    rest -= mass;
  }
  return argmax(logits); // rounding left a sliver of probability beyond the last block
}

/** Inverse-CDF sampling over the tokens start ≤ id < end. */
function walk(logits: Float32Array, start: number, end: number, temperature: number, logNormaliser: number, uniform: number): number {
  let rest = uniform;
  let best = start;
  for (let id = start; id < end; id++) {
    const logit = logits[id] as number;
    rest -= Math.exp(logit / temperature - logNormaliser);
    if (rest < 0) return id;
    if (logit > (logits[best] as number)) best = id;
  }
  return best; // rounding left a sliver of probability beyond the last token
}

type Candidate = { readonly id: number; readonly weight: number };

/** The tokens that the filters leave, most probable first, with weights relative to the most probable. */
function candidates(logits: Float32Array, { temperature, topP, topK, minP }: SamplingSettings): readonly Candidate[] {
  const top = maximum(logits);
  // Further down the weights underflow in float32, where the reference computes them.
  const floor = minP > 0 && topK === 0 && topP >= 1 ? Math.log(minP) : -104;
  const kept: Candidate[] = [];
  for (let id = 0; id < logits.length; id++) {
    const scaled = ((logits[id] as number) - top) / temperature;
    if (scaled >= floor) kept.push({ id, weight: Math.exp(scaled) });
  }
  kept.sort((a, b) => b.weight - a.weight || a.id - b.id);
  const afterTopK = topK > 0 ? kept.slice(0, topK) : kept;
  const afterTopP = topP < 1 ? nucleus(afterTopK, topP) : afterTopK;
  return minP > 0 ? afterTopP.filter(({ weight }) => weight >= minP) : afterTopP;
}

/** The fewest most probable tokens that together reach the share topP. */
function nucleus(sorted: readonly Candidate[], topP: number): readonly Candidate[] {
  const wanted = topP * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const end = sorted.findIndex(({ weight }) => (sum += weight) >= wanted);
  return end < 0 ? sorted : sorted.slice(0, end + 1);
}

function walkCandidates(kept: readonly Candidate[], uniform: number): number {
  let rest = uniform * kept.reduce((sum, { weight }) => sum + weight, 0);
  for (const { id, weight } of kept) {
    rest -= weight;
    if (rest < 0) return id;
  }
  return kept[0]?.id ?? 0; // none is kept of logits that are no numbers, which whoever asked sees by the logprob
}
