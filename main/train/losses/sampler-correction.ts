import { type CompletionTokens, type Numbers, completionCount, trainedTokens } from './tokens.ts';

/**
 * The sampler's probabilities are not the trainer's: other kernels, fewer bits. The policy's terms are weighted by
 * trainer/sampler, by token or by completion (their product); weights above the cap are cut to it or, as the ratio is
 * then no more to be trusted, set to 0.
 */
export type SamplerCorrection = {
  readonly level: 'token' | 'sequence';
  readonly beyond: 'truncate' | 'mask';
  readonly cap: number;
};

/** The weight of each trained token, 1 elsewhere: [tokens]. Logprobs of the policy that sampled, by the trainer and by the sampler. */
export function samplerWeights(tokens: CompletionTokens, trainer: Numbers, sampler: Numbers, { level, beyond, cap }: SamplerCorrection): Float64Array {
  const weights = new Float64Array(tokens.mask.length).fill(1);
  const bounded = (ratio: number): number => (ratio <= cap ? ratio : beyond === 'truncate' ? cap : 0);
  for (let completion = 0; completion < completionCount(tokens); completion++) {
    const trained = trainedTokens(tokens, completion);
    const logs = trained.map((t) => (trainer[t] as number) - (sampler[t] as number));
    const sum = logs.reduce((a, b) => a + b, 0);
    for (const [i, t] of trained.entries()) weights[t] = bounded(Math.exp(level === 'token' ? (logs[i] as number) : sum));
  }
  return weights;
}

/** How far sampler and trainer are apart over the trained tokens: |Δ logprob| in nats, its mean and its largest; 0 without such tokens. */
export function samplerDifference({ mask }: CompletionTokens, trainer: Numbers, sampler: Numbers): { readonly mean: number; readonly max: number } {
  let [sum, max, count] = [0, 0, 0];
  for (const [t, bit] of mask.entries()) {
    if (bit === 0) continue;
    const difference = Math.abs((trainer[t] as number) - (sampler[t] as number));
    sum += difference;
    max = Math.max(max, difference);
    count += 1;
  }
  return { mean: count === 0 ? 0 : sum / count, max };
}
