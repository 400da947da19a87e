import { type ObjectiveSettings, objectives } from './objectives.ts';
import { type SamplerCorrection, samplerDifference, samplerWeights } from './sampler-correction.ts';
import { type LossName, lossTable } from './table.ts';
import { type CompletionTokens, type LossTotals, type Numbers, type TokenGradients, completionCount, totalsOf, trainedTokens } from './tokens.ts';

export type PolicyTokens = CompletionTokens & {
  /** Of the policy that is trained: [tokens]; only those with mask 1 are read, here and below. */
  readonly logprobs: Numbers;
  /** Of the policy's whole distribution before each token, in nats: [tokens]. */
  readonly entropies: Numbers;
  /** One for each completion. */
  readonly advantages: Numbers;
  /** Of the policy that sampled, by the trainer: [tokens]. Left out on the first update after sampling: the ratio is then 1. */
  readonly oldLogprobs?: Numbers;
  /** Of the reference policy: [tokens]; needed where β is not 0. */
  readonly referenceLogprobs?: Numbers;
  /** Of the policy that sampled, by the sampler: [tokens]; needed for a correction. */
  readonly samplerLogprobs?: Numbers;
};

export type PolicyLossSettings = ObjectiveSettings & {
  readonly loss: LossName;
  /** Weight of the KL divergence to the reference, by the estimator k3. */
  readonly beta: number;
  /** Weights the KL term by the ratio, which makes its gradient unbiased off-policy (DeepSeek-V3.2, arXiv 2512.02556, eq. 7). */
  readonly unbiasedKl: boolean;
  /** Weight of the mean entropy, which is added to what is maximised. */
  readonly entropyCoefficient: number;
  /** The constant of dr_grpo, in tokens. */
  readonly maxCompletionLength: number;
  readonly samplerCorrection?: SamplerCorrection;
};

/** Means over the batch's trained tokens. */
export type PolicyLossMetrics = {
  readonly tokens: number;
  /** Nats. */
  readonly entropy: number;
  /** k3, in nats; 0 without a reference. */
  readonly kl: number;
  readonly ratio: number;
  readonly ratioMax: number;
  /** Share of tokens whose ratio is clipped below, and above. */
  readonly clippedLow: number;
  readonly clippedHigh: number;
  /** |Δ logprob| between sampler and trainer, in nats; 0 where the sampler's are not given. */
  readonly samplerDifference: { readonly mean: number; readonly max: number };
};

export type PolicyLoss = { readonly value: number; readonly gradients: TokenGradients; readonly metrics: PolicyLossMetrics };

/** k3 of a token in nats, exp(d) − d − 1 with d = reference − policy (http://joschu.net/blog/kl-approx.html), and its derivative by the policy's logprob. */
export function klEstimate(logprob: number, reference: number): { readonly value: number; readonly slope: number } {
  const d = reference - logprob;
  return { value: Math.expm1(d) - d, slope: -Math.expm1(d) };
}

/**
 * A policy-gradient loss by the rule of its name (table.ts), with its derivatives by each logprob and entropy: [tokens], 0
 * where the mask is 0. A batch without trained tokens has loss and gradient 0. `totals` are the step's, where the batch is a
 * part of one.
 * @throws Error where β or a correction asks for logprobs that are not given.
 */
export function policyLoss(batch: PolicyTokens, settings: PolicyLossSettings, totals: LossTotals = totalsOf(batch)): PolicyLoss {
  const rule = lossTable[settings.loss];
  const objective = objectives[rule.objective];
  const { logprobs, entropies, advantages, mask } = batch;
  const old = batch.oldLogprobs ?? logprobs;
  const reference = batch.referenceLogprobs;
  if (settings.beta !== 0 && !reference) throw new Error('β is not 0, but there are no reference logprobs');
  const weights = correctionWeights(batch, old, settings.samplerCorrection);
  const batchTokens = totalsOf(batch).tokens;

  const byLogprob = new Float64Array(mask.length);
  const byEntropy = new Float32Array(mask.length);
  let loss = 0;
  const sums = { entropy: 0, kl: 0, ratio: 0, ratioMax: 0, clippedLow: 0, clippedHigh: 0 };
  for (let completion = 0; completion < completionCount(batch); completion++) {
    const trained = trainedTokens(batch, completion);
    const advantage = advantages[completion] as number;
    const logRatios = trained.map((t) => (logprobs[t] as number) - (old[t] as number));
    const meanLogRatio = logRatios.reduce((a, b) => a + b, 0) / Math.max(1, trained.length);
    const share = 1 / rule.divisor({ totals, completionTokens: trained.length, batchTokens, maxCompletionLength: settings.maxCompletionLength });
    let byMeanLogRatio = 0;
    for (const [i, t] of trained.entries()) {
      const logprob = logprobs[t] as number;
      const ratio = Math.exp(rule.ratio === 'token' ? (logRatios[i] as number) : meanLogRatio);
      const { value, slope } = objective(ratio, advantage, logprob, settings);
      const weight = share * (weights ? (weights[t] as number) : 1);
      loss += weight * value;
      let byLogRatio = weight * slope;
      if (reference) {
        const kl = klEstimate(logprob, reference[t] as number);
        const klWeight = share * settings.beta * (settings.unbiasedKl ? ratio : 1);
        loss += klWeight * kl.value;
        byLogprob[t] = (byLogprob[t] as number) + klWeight * kl.slope;
        if (settings.unbiasedKl) byLogRatio += klWeight * kl.value;
        sums.kl += kl.value;
      }
      if (rule.ratio === 'token') byLogprob[t] = (byLogprob[t] as number) + byLogRatio;
      else byMeanLogRatio += byLogRatio;
      loss -= (settings.entropyCoefficient * (entropies[t] as number)) / totals.tokens;
      byEntropy[t] = -settings.entropyCoefficient / totals.tokens;

      sums.entropy += entropies[t] as number;
      sums.ratio += ratio;
      sums.ratioMax = Math.max(sums.ratioMax, ratio);
      const { low, high } = clips[rule.objective](ratio, advantage, settings);
      sums.clippedLow += Number(low);
      sums.clippedHigh += Number(high);
    }
    for (const t of trained) byLogprob[t] = (byLogprob[t] as number) + byMeanLogRatio / trained.length;
  }
  const mean = (sum: number): number => sum / Math.max(1, batchTokens);
  return {
    value: loss,
    gradients: { logprobs: Float32Array.from(byLogprob), entropies: byEntropy },
    metrics: {
      tokens: batchTokens,
      entropy: mean(sums.entropy),
      kl: mean(sums.kl),
      ratio: mean(sums.ratio),
      ratioMax: sums.ratioMax,
      clippedLow: mean(sums.clippedLow),
      clippedHigh: mean(sums.clippedHigh),
      samplerDifference: batch.samplerLogprobs ? samplerDifference(batch, old, batch.samplerLogprobs) : { mean: 0, max: 0 },
    },
  };
}

function correctionWeights(batch: PolicyTokens, old: Numbers, correction: SamplerCorrection | undefined): Float64Array | undefined {
  if (!correction) return undefined;
  if (!batch.samplerLogprobs) throw new Error('a correction for the sampler is asked for, but its logprobs are not given');
  return samplerWeights(batch, old, batch.samplerLogprobs, correction);
}

/** Whether a clip holds the ratio back, below and above. */
const clips: Readonly<Record<keyof typeof objectives, (ratio: number, advantage: number, settings: ObjectiveSettings) => { readonly low: boolean; readonly high: boolean }>> = {
  clipped: (ratio, advantage, { epsilonLow, epsilonHigh }) => ({ low: advantage < 0 && ratio < 1 - epsilonLow, high: advantage > 0 && ratio > 1 + epsilonHigh }),
  weighted: (ratio, _, { epsilonHigh }) => ({ low: false, high: ratio > epsilonHigh }),
  gated: () => ({ low: false, high: false }),
};
