import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { WorkerClient } from '../worker/client.ts';
import { type PolicyLossMetrics, type PolicyLossSettings, policyLoss } from './losses/policy-loss.ts';
import { type LossTotals, withoutTruncated } from './losses/tokens.ts';
import { mostWritten } from './plan-run.ts';
import { learningRateOf } from './schedule.ts';
import { type GroupTokens, joinShort, offsetsOf } from './token-batches.ts';
import { measuresKl, tokenKl } from './token-kl.ts';

/** What an update did, means over its trained tokens. */
export type LearnMetrics = Omit<PolicyLossMetrics, 'samplerDifference'> & {
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly samplerMean: number;
  readonly samplerMax: number;
};

export type Learned = {
  readonly metrics: LearnMetrics;
  /** k3 of each written token to the reference, before the first update; by place among the rollouts, for those that went through the reference. */
  readonly kl: ReadonlyMap<number, readonly number[]>;
};

/** The loss's settings as a configuration has them. */
export function lossSettings(config: RunConfig): PolicyLossSettings {
  const { loss } = config;
  return {
    loss: loss.name,
    epsilonLow: loss.epsilonLow,
    epsilonHigh: loss.epsilonHigh,
    ...(loss.delta > 0 && { delta: loss.delta }),
    sapoTemperature: { positive: 1, negative: 1.05 },
    beta: loss.beta,
    unbiasedKl: false,
    entropyCoefficient: loss.entropy,
    maxCompletionLength: mostWritten(config),
    ...(loss.correction !== 'off' && { samplerCorrection: { level: loss.correction, beyond: 'truncate' as const, cap: loss.correctionCap } }),
  };
}

/** @throws InputError for bounds that contradict the loss. */
export function checkLoss({ loss: { name, epsilonHigh, delta } }: RunConfig): void {
  // With the usual 0.28 each weight would be cut to that, and none would tell anything.
  if (name === 'cispo' && epsilonHigh < 1) throw new InputError({ thing: 'loss.epsilonHigh', expected: '1 or more for cispo, whose largest weight it is', found: String(epsilonHigh), remedy: 'Set it to 5, say, or choose another loss.' });
  if (delta > 0 && delta <= 1 + epsilonHigh) throw new InputError({ thing: 'loss.delta', expected: `0, or more than 1 + loss.epsilonHigh = ${1 + epsilonHigh}: below it good tokens are held back too`, found: String(delta), remedy: 'Raise it, or set it to 0.' });
}

/**
 * μ updates from the episodes of a step. `advantages` has one for each rollout of the step; a group without any is left
 * out where neither β nor the entropy bonus asks for it: its gradient is zero. Where no token of the step has a gradient,
 * as in one of episodes that were all cut off, there is no update: AdamW would go on by its means of earlier gradients, and
 * take its decay.
 * @param onPass Told before each batch of tokens goes through the model, and after the last.
 */
export async function learn(worker: WorkerClient, all: readonly GroupTokens[], advantages: Float64Array, config: RunConfig, step: number, imageToken: number, onPass: (done: number, total: number) => void = () => {}): Promise<Learned> {
  const settings = lossSettings(config);
  const silent = settings.beta === 0 && settings.entropyCoefficient === 0;
  const everyMask = all.map((group) => maskOf(group, config.loss.maskTruncated));
  const totals: LossTotals = { completions: all.reduce((sum, { members }) => sum + members.length, 0), tokens: Math.max(1, everyMask.reduce((sum, mask) => sum + mask.reduce((n, bit) => n + bit, 0), 0)), batches: all.length };
  const heard = silent ? all.filter(({ members }) => members.some((member) => advantages[member] !== 0)) : all;
  // A mean over batches needs to know them: they are the groups, however they go through the model.
  const groups = config.loss.name === 'bnpo' ? heard : joinShort(heard, imageToken);
  const masks = groups.map((group) => maskOf(group, config.loss.maskTruncated));
  const moving = [...groups.keys()];
  const moves = groups.some((group, g) => {
    const offsets = offsetsOf(group);
    return group.members.some((member, row) => (!silent || advantages[member] !== 0) && masks[g]?.subarray(offsets[row], offsets[row + 1]).includes(1));
  });
  const references = new Map<number, Float32Array>();
  if (measuresKl(config)) for (const g of moving) references.set(g, (await worker.call('trainForward', { batch: (groups[g] as GroupTokens).batch, adapter: false })).logprobs);
  const old = new Map<number, Float32Array>();
  const kl = new Map<number, readonly number[]>();
  let metrics: LearnMetrics | undefined;
  for (let iteration = 0; iteration < config.loss.iterations; iteration++) {
    const parts: { readonly value: number; readonly metrics: PolicyLossMetrics }[] = [];
    for (const g of moving) {
      const group = groups[g] as GroupTokens;
      onPass(iteration * moving.length + g, config.loss.iterations * moving.length);
      const dropoutSeed = config.parameters.dropout > 0 ? config.seed * 1_000_003 + (step * config.loss.iterations + iteration) * 1009 + g : undefined;
      const { pass, ...values } = await worker.call('trainForward', { batch: group.batch, adapter: true, ...(dropoutSeed !== undefined && { dropoutSeed }) });
      const before = old.get(g);
      const reference = references.get(g);
      const { value, gradients, metrics: part } = policyLoss(
        {
          offsets: offsetsOf(group),
          mask: masks[g] as Uint8Array,
          ...values,
          advantages: group.members.map((member) => advantages[member] as number),
          samplerLogprobs: joined(group.samplerLogprobs),
          ...(before && { oldLogprobs: before }),
          ...(reference && { referenceLogprobs: reference }),
        },
        settings,
        totals,
      );
      if (iteration === 0 && config.loss.iterations > 1) old.set(g, values.logprobs);
      if (iteration === 0 && reference) for (const [member, each] of tokenKl(group, values.logprobs, reference)) kl.set(member, each);
      await worker.call('trainBackward', { pass, derivatives: gradients });
      parts.push({ value, metrics: part });
    }
    const learningRate = learningRateOf(config, step);
    if (!moves) await worker.call('trainDiscard', null);
    const { gradNorm } = moves ? await worker.call('trainUpdate', { learningRate, maxGradNorm: config.optimizer.maxGradNorm }) : { gradNorm: 0 };
    // How far the policy is from the reference is told as it was before the step.
    metrics = { ...combined(parts, gradNorm, learningRate), ...(metrics && { kl: metrics.kl }) };
  }
  onPass(config.loss.iterations * moving.length, config.loss.iterations * moving.length);
  return { metrics: metrics as LearnMetrics, kl };
}

function joined(arrays: readonly ArrayLike<number>[]): Float32Array {
  const out = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}

function maskOf(group: GroupTokens, maskTruncated: boolean): Uint8Array {
  const mask = Uint8Array.from(joined(group.batch.rows.map((row) => row.mask)));
  return maskTruncated ? withoutTruncated({ offsets: offsetsOf(group), mask }, group.truncated) : mask;
}

/** Means by the tokens of each part; the largest of the maxima. */
function combined(parts: readonly { readonly value: number; readonly metrics: PolicyLossMetrics }[], gradNorm: number, learningRate: number): LearnMetrics {
  const tokens = parts.reduce((sum, { metrics }) => sum + metrics.tokens, 0);
  const mean = (pick: (metrics: PolicyLossMetrics) => number): number => parts.reduce((sum, { metrics }) => sum + pick(metrics) * metrics.tokens, 0) / Math.max(1, tokens);
  const most = (pick: (metrics: PolicyLossMetrics) => number): number => Math.max(0, ...parts.map(({ metrics }) => pick(metrics)));
  return {
    loss: parts.reduce((sum, { value }) => sum + value, 0),
    tokens,
    entropy: mean((m) => m.entropy),
    kl: mean((m) => m.kl),
    ratio: mean((m) => m.ratio),
    ratioMax: most((m) => m.ratioMax),
    clippedLow: mean((m) => m.clippedLow),
    clippedHigh: mean((m) => m.clippedHigh),
    samplerMean: mean((m) => m.samplerDifference.mean),
    samplerMax: most((m) => m.samplerDifference.max),
    gradNorm,
    learningRate,
  };
}
