import type { RunConfig } from '../records/run-config.ts';
import type { StepMetrics } from '../records/run-events.ts';

export type Alarm = { readonly name: string; readonly message: string };

type AlarmRule = (metrics: StepMetrics, limits: RunConfig['alarms'], config: RunConfig) => string | undefined;

const share = (value: number): string => `${Math.round(value * 100)} %`;

/** What may go wrong in a run, in words that say what to do. */
const rules: Readonly<Record<string, AlarmRule>> = {
  samplerDifference: ({ samplerMean }, { samplerDifference }, { loss }) => {
    if (samplerMean === undefined || samplerMean <= samplerDifference) return undefined;
    const found = `Sampler and trainer disagree: the logprobs differ by ${samplerMean.toPrecision(2)} in the mean`;
    return loss.correction === 'off' ? `${found}. Use the same precision for both, or set loss.correction to token.` : `${found}, for which loss.correction weighs. Use the same precision for both, or raise alarms.samplerDifference.`;
  },
  truncated: ({ truncated }, limits, { data }) =>
    truncated > limits.truncated ? `${share(truncated)} of the episodes were cut off at a limit of length. ${data.mode === 'step' ? 'Raise rollout.maxNewTokens.' : 'Raise rollout.maxNewTokens or rollout.tokens.'}` : undefined,
  zeroSpread: ({ zeroSpread }, limits) =>
    zeroSpread > limits.zeroSpread ? `In ${share(zeroSpread)} of the groups all rewards are equal, so there is nothing to learn from them: the samples are too easy or too hard. Mix in others, or raise rollout.group.` : undefined,
  kl: ({ kl }, limits) => (kl !== undefined && kl > limits.kl ? `The policy has moved ${kl.toPrecision(3)} nats from the reference. Lower the learning rate or raise loss.beta.` : undefined),
  entropyLow: ({ entropy, trainedTokens }, { entropyLow }) => (trainedTokens > 0 && entropy !== undefined && entropy < entropyLow ? `The policy hardly varies any more (entropy ${entropy.toPrecision(2)} nats). Lower the learning rate, or stop here.` : undefined),
  entropyHigh: ({ entropy }, { entropyHigh }) => (entropy !== undefined && entropy > entropyHigh ? `The policy writes almost at random (entropy ${entropy.toPrecision(3)} nats). Go back to the last good checkpoint and lower the learning rate.` : undefined),
  invalid: ({ invalid }, limits) => (invalid > limits.invalid ? `${share(invalid)} of the episodes ended by a fault of ours: see their endings in the log, and arft doctor.` : undefined),
};

export const alarmsOf = (metrics: StepMetrics, config: RunConfig): readonly Alarm[] =>
  Object.entries(rules).flatMap(([name, rule]) => {
    const message = rule(metrics, config.alarms, config);
    return message === undefined ? [] : [{ name, message }];
  });

/** What an evaluation gave each held-out item (F1, 0…1), and the mean reward of the step before it. */
export type HeldOutLook = { readonly scores: ReadonlyMap<string, number>; readonly reward: number };

/** Standard errors by which the score must have fallen: with few items one answer more or less is many points. */
const leastErrors = 2;

/** A reward that rises while the exact score falls is being hacked. Both looks are compared over the items that they share. */
export function hackedReward(best: HeldOutLook, now: HeldOutLook, { heldOutDrop }: RunConfig['alarms']): Alarm | undefined {
  const shared = [...now.scores.keys()].filter((id) => best.scores.has(id));
  const [before, after] = [best, now].map(({ scores }) => (100 * shared.reduce((sum, id) => sum + (scores.get(id) as number), 0)) / Math.max(1, shared.length)) as [number, number];
  if (now.reward <= best.reward || after >= before - heldOutDrop || fallErrors(shared, best.scores, now.scores) <= leastErrors) return undefined;
  return {
    name: 'hackedReward',
    message: `The reward rose from ${best.reward.toFixed(2)} to ${now.reward.toFixed(2)} while the held-out F1 fell from ${before.toFixed(1)} to ${after.toFixed(1)}: the policy earns the reward in another way than by right answers. Look at its answers, and mend the reward.`,
  };
}

/** How many standard errors a score fell, were up and down alike for each item: of exact answers that is McNemar's statistic (Psychometrika 12, 1947). */
function fallErrors(items: readonly string[], before: HeldOutLook['scores'], after: HeldOutLook['scores']): number {
  const falls = items.map((id) => (before.get(id) as number) - (after.get(id) as number));
  const squares = falls.reduce((sum, fall) => sum + fall ** 2, 0);
  return squares === 0 ? 0 : falls.reduce((sum, fall) => sum + fall, 0) / Math.sqrt(squares);
}
