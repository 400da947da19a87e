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
};

export const greedy: SamplingSettings = { temperature: 0, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 };

export type Choice = {
  readonly id: number;
  /** Natural logarithm of the token's probability at temperature 1 with nothing dropped. */
  readonly logprob: number;
};

/**
 * Chooses a token from logits [vocab] (which are not changed). The order of the steps is that of Transformers:
 * repetition penalty, temperature, top-k, top-p, min-p. `seen` are the ids that the penalty applies to.
 * One uniform number is drawn for each choice at a temperature above 0.
 */
export function chooseToken(logits: Float32Array, settings: SamplingSettings, seen: ReadonlySet<number>, random: RandomStream): Choice {
  const logNormaliser = logSumExp(logits, 1);
  const penalised = settings.repetitionPenalty === 1 ? logits : penalise(logits, settings.repetitionPenalty, seen);
  const id = settings.temperature === 0 ? argmax(penalised) : sample(penalised, settings, random.next());
  return { id, logprob: (logits[id] as number) - logNormaliser };
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

function sample(logits: Float32Array, settings: SamplingSettings, uniform: number): number {
  const { temperature, topP, topK, minP } = settings;
  if (topP >= 1 && topK === 0 && minP === 0) return walk(logits, temperature, uniform);
  return walkCandidates(candidates(logits, settings), uniform);
}

/** Inverse-CDF sampling over the whole vocabulary. */
function walk(logits: Float32Array, temperature: number, uniform: number): number {
  const logNormaliser = logSumExp(logits, temperature);
  let rest = uniform;
  for (let i = 0; i < logits.length; i++) {
    rest -= Math.exp((logits[i] as number) / temperature - logNormaliser);
    if (rest < 0) return i;
  }
  return argmax(logits); // rounding left a sliver of probability beyond the last token
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
  return (kept[0] as Candidate).id;
}
