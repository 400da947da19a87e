import type { RunEvent, StepMetrics } from '../../../main/records/run-events.ts';
import type { Trajectory, Turn } from '../../../main/records/trajectory.ts';

/** Metrics that differ from step to step; `seconds` are of the clock, as in a real run. */
export const metricsOf = (step: number, more: Partial<StepMetrics> = {}): RunEvent => ({
  kind: 'metrics',
  step,
  metrics: {
    rewardMean: step / 10, rewardSpread: 0.5, parts: { answer: step / 20, format: 1 }, zeroSpread: 0, resampled: 0, loss: -step, entropy: 1, kl: 0, ratioMax: 1, clippedLow: 0, clippedHigh: 0, gradNorm: 1, learningRate: 1e-5, samplerMean: 0, samplerMax: 0,
    trainedTokens: 10, promptTokens: 3, completionTokens: 5, completionTokensMax: 6, turns: 1, truncated: 0, answered: 1, toolUse: 0, toolErrors: 0, invalidActions: 0, invalid: 0, seconds: { rollout: performance.now(), tools: 0, reward: 0, learn: 1, step: 2 }, tokensPerSecond: 3, memoryBytes: 4, memoryPeakBytes: 5, ...more,
  },
});

const turn = (observation: Turn['observation'], finishReason: Turn['finishReason']): Turn => ({ completion: '…', finishReason, action: { kind: 'answer', think: 'so', answer: 'x' }, observation, usage: { promptTokens: 1, completionTokens: 1, ms: 1 } });

export type Told = { readonly step: number; readonly group?: number; readonly member?: number; readonly sample?: string; readonly reward?: number | null; readonly status?: string; readonly cut?: boolean };

/** A trajectory whose code ended with `status`, and which was cut off where `cut` says so. */
export function told({ step, group = 0, member = 0, sample = `q${group}`, reward = 1, status = 'ok', cut = false }: Told): RunEvent & { readonly kind: 'trajectory' } {
  const trajectory: Trajectory = {
    version: 1, sample, policy: 'test', protocol: 'tags', mode: 'agent', seed: step,
    turns: [turn({ kind: 'code', status, stdout: '', stderr: '', outputs: [], ms: 1 }, 'stop'), turn(null, cut ? 'length' : 'stop')],
    ending: reward === null ? { kind: 'invalid', where: 'sandbox', reason: 'gone' } : { kind: 'answered', answer: `图 ${step}/${group}/${member}` },
    startedAt: new Date().toISOString(), ms: 1,
  };
  return { kind: 'trajectory', step, group, member, asked: { task: 'coding', question: 'q', answers: [], images: [] }, trajectory, reward: reward === null ? null : { total: reward, parts: [] }, advantage: member - 0.5 };
}
