import { type CompletionTokens, type LossTotals, type Numbers, type TokenGradients, totalsOf } from './tokens.ts';

/** The mean cross-entropy of the trained tokens, in nats, and its derivatives by each logprob: [tokens]. `totals` are the step's, where the batch is a part of one. */
export function supervisedLoss(batch: CompletionTokens & { readonly logprobs: Numbers }, totals: LossTotals = totalsOf(batch)): { readonly value: number; readonly gradients: TokenGradients } {
  const { mask, logprobs } = batch;
  const byLogprob = new Float32Array(mask.length);
  let loss = 0;
  for (const [t, bit] of mask.entries()) {
    if (bit === 0) continue;
    loss -= (logprobs[t] as number) / totals.tokens;
    byLogprob[t] = -1 / totals.tokens;
  }
  return { value: loss, gradients: { logprobs: byLogprob, entropies: new Float32Array(mask.length) } };
}
