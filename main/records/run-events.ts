import type { ChainStep, Sample } from './sample.ts';
import type { Reward, Score } from './score.ts';
import type { Trajectory } from './trajectory.ts';

// What a run says of itself, one line each in its log.jsonl. The log is the truth: whatever else shows a run reads it.

/** Figures of one step; shares in 0…1, times in seconds. */
export type StepMetrics = {
  /** Absent, as the next, where no episode counts. */
  readonly rewardMean?: number;
  readonly rewardSpread?: number;
  /** Mean of each part of the reward, over the episodes that have it. */
  readonly parts: Readonly<Record<string, number>>;
  /** Groups whose rewards are all equal: nothing is learnt from them. */
  readonly zeroSpread: number;
  /** Groups that were asked in place of such. */
  readonly resampled: number;
  readonly loss: number;
  /** Over the tokens that are learnt from, as the next; absent where there are none. */
  readonly entropy?: number;
  /** To the reference, k3; absent, too, where nobody measures it (β = 0 without loss.watchKl). */
  readonly kl?: number;
  readonly ratioMax?: number;
  readonly clippedLow?: number;
  readonly clippedHigh?: number;
  /** |Δ logprob| between sampler and trainer, mean and largest. */
  readonly samplerMean?: number;
  readonly samplerMax?: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly trainedTokens: number;
  /** Tokens of an episode: read before its first completion, written in the mean, and written by the longest. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly completionTokensMax: number;
  readonly turns: number;
  readonly truncated: number;
  readonly answered: number;
  readonly toolUse: number;
  /** Programs that failed, of those that ran. */
  readonly toolErrors: number;
  readonly invalidActions: number;
  /** Episodes that ended by a fault of ours. */
  readonly invalid: number;
  /** `tools`: programs of all episodes added up, which run beside each other within the rollout. */
  readonly seconds: { readonly rollout: number; readonly tools: number; readonly reward: number; readonly learn: number; readonly step: number };
  readonly tokensPerSecond: number;
  /** Of the process: now, and the most so far. */
  readonly memoryBytes: number;
  readonly memoryPeakBytes: number;
};

/** Figures of one step of supervised training. */
export type SupervisedMetrics = {
  /** Mean cross-entropy of what was to be learnt, in nats a token; none, like what follows, where nothing could be learnt. */
  readonly loss?: number;
  readonly entropy?: number;
  /** Learnt from. */
  readonly tokens: number;
  readonly gradNorm?: number;
  readonly learningRate: number;
  readonly seconds: { readonly encode: number; readonly learn: number; readonly step: number };
  readonly tokensPerSecond: number;
  readonly memoryBytes: number;
};

/** What an episode was asked, so that its record can be read alone: images before any tool; in step mode the annotated step. */
export type Asked = Pick<Sample, 'task' | 'question' | 'answers' | 'images'> & { readonly step?: Pick<ChainStep, 'kind' | 'context' | 'solution'> };

/** Held-out figures in percent. `rightTool` for the built-in task only. */
export type HeldOut = { readonly items: number; readonly f1: number; readonly em: number; readonly rightTool?: number };

/** A field of the configuration that is another from here on. */
export type ConfigChange = { readonly key: string; readonly from: unknown; readonly to: unknown };

/** `at`: when, as ISO 8601; logs of earlier versions have it at beginnings and ends alone. */
export type RunEvent =
  /** `changes`: against what the steps before were made with. */
  | { readonly kind: 'started'; readonly at: string; readonly step: number; readonly resumed: boolean; readonly changes?: readonly ConfigChange[]; readonly parameters: number; readonly tools: { readonly code: string; readonly search: string } }
  /**
   * `kl`: for each turn the divergence to the reference at each token that the policy wrote, as k3 in nats and to four
   * digits, with the policy as it was before the step's update. Absent where the episode did not go through the
   * reference: in runs that do not measure it, for what nothing is learnt from, and in logs of earlier versions.
   */
  | { readonly kind: 'trajectory'; readonly step: number; readonly group: number; readonly member: number; readonly asked: Asked; readonly trajectory: Trajectory; readonly reward: Reward | null; readonly advantage: number; readonly kl?: readonly (readonly number[])[] }
  | { readonly kind: 'metrics'; readonly step: number; readonly metrics: StepMetrics }
  /** A step of supervised training, and the demonstrations that it learnt from. */
  | { readonly kind: 'supervised'; readonly step: number; readonly samples: readonly string[]; readonly leftOut: readonly { readonly sample: string; readonly reason: string }[]; readonly metrics: SupervisedMetrics }
  | { readonly kind: 'evaluation'; readonly at?: string; readonly step: number; readonly seconds: number; readonly heldOut: HeldOut; readonly items: readonly ({ readonly id: string; readonly answer: string | null } & Score)[] }
  | { readonly kind: 'checkpoint'; readonly at?: string; readonly step: number; readonly seconds: number; readonly folder: string; readonly best: boolean }
  | { readonly kind: 'alarm'; readonly at?: string; readonly step: number; readonly name: string; readonly message: string }
  | { readonly kind: 'stopped'; readonly at: string; readonly step: number; readonly why: 'asked' | 'now' | 'alarm' }
  | { readonly kind: 'finished'; readonly at: string; readonly step: number; readonly seconds: number }
  | { readonly kind: 'failed'; readonly at: string; readonly step: number; readonly reason: string };
