/** Numbers by token or by completion; float64 where differences are taken. */
export type Numbers = Float32Array | Float64Array | readonly number[];

/** The completions of a batch, their tokens one after the other. */
export type CompletionTokens = {
  /** First token of each completion, and after the last the number of all tokens: [completions + 1]. */
  readonly offsets: readonly number[];
  /** 1 where the policy wrote the token and it is to be learnt from; 0 for what a tool wrote: [tokens]. */
  readonly mask: Uint8Array;
};

/**
 * What a loss is averaged over: the whole step, of which a batch may be a part. A step cut into batches has the
 * gradient of the uncut one when each is given the step's totals and the gradients are added.
 */
export type LossTotals = {
  readonly completions: number;
  /** Tokens whose mask is 1. */
  readonly tokens: number;
  /** Parts that the step is cut into. */
  readonly batches: number;
};

/** Per-token derivatives of a loss. */
export type TokenGradients = {
  /** d loss / d logprob: [tokens] */
  readonly logprobs: Float32Array;
  /** d loss / d entropy: [tokens] */
  readonly entropies: Float32Array;
};

/** Number of completions. */
export const completionCount = ({ offsets }: CompletionTokens): number => offsets.length - 1;

/** The completion's masked tokens, as indices. */
export function trainedTokens({ offsets, mask }: CompletionTokens, completion: number): readonly number[] {
  const indices: number[] = [];
  for (let t = offsets[completion] as number; t < (offsets[completion + 1] as number); t++) if (mask[t] === 1) indices.push(t);
  return indices;
}

/** The totals of a step that is this batch alone. */
export function totalsOf(batch: CompletionTokens): LossTotals {
  return { completions: completionCount(batch), tokens: batch.mask.reduce((n, bit) => n + bit, 0), batches: 1 };
}

/** The mask with every token of the completions that were cut off at the length limit left out. */
export function withoutTruncated({ offsets, mask }: CompletionTokens, truncated: readonly boolean[]): Uint8Array {
  const kept = mask.slice();
  for (const [completion, cut] of truncated.entries()) if (cut) kept.fill(0, offsets[completion], offsets[completion + 1]);
  return kept;
}
