import { expect, test } from 'vitest';
import { runConfig } from '../../../main/records/run-config.ts';
import type { StepMetrics } from '../../../main/records/run-events.ts';
import { stepLine } from '../../../main/cli/train.ts';
import { alarmsOf } from '../../../main/train/alarms.ts';
import { readLogLine } from '../../../main/train/log-line.ts';
import { type StepResult, stepMetrics } from '../../../main/train/step-metrics.ts';

const learned = { tokens: 0, loss: 0, entropy: 0, kl: 0, ratio: 0, ratioMax: 0, clippedLow: 0, clippedHigh: 0, samplerMean: 0, samplerMax: 0, gradNorm: 0, learningRate: 0.1 };
const result = (more: Partial<typeof learned>): StepResult => ({
  rollouts: [], rewards: [], advantages: { values: new Float64Array(0), zeroSpread: 1 }, learned: { ...learned, ...more }, measuredKl: true, kl: new Map(), learnt: [], resampled: 0,
  seconds: { rollout: 1, reward: 1, learn: 1, step: 3 },
});
const overTokens = ['entropy', 'kl', 'ratioMax', 'clippedLow', 'clippedHigh', 'samplerMean', 'samplerMax'] as const;

test('a step that learns from no token has no means over tokens, least of all an entropy of 0', () => {
  const metrics: StepMetrics = stepMetrics(result({}));
  expect(overTokens.filter((name) => name in metrics)).toEqual([]);
  expect(metrics).toMatchObject({ loss: 0, gradNorm: 0, trainedTokens: 0 });
  expect(alarmsOf(metrics, runConfig.parse({})).map(({ name }) => name)).toEqual(['zeroSpread']);
  expect(readLogLine(JSON.stringify({ kind: 'metrics', step: 0, metrics }))).toMatchObject({ kind: 'metrics', step: 0, metrics: { trainedTokens: 0, loss: 0 } });
  expect(stepLine(0, 2, metrics)).toContain('entropy –');
});

test('one that learns has them', () => {
  const metrics = stepMetrics(result({ tokens: 5, entropy: 0.5, ratioMax: 1 }));
  expect(overTokens.filter((name) => !(name in metrics))).toEqual([]);
  expect(stepLine(0, 2, metrics)).toContain('entropy 0.50');
});

test('an alarm asks for nothing that was done already, or that does not bear on this kind of run', () => {
  const metrics = { ...stepMetrics(result({ tokens: 5, samplerMean: 0.02, entropy: 1 })), zeroSpread: 0, truncated: 0.9 };
  const messages = (config: object) => alarmsOf(metrics, runConfig.parse(config)).map(({ message }) => message);
  expect(messages({})).toEqual([
    'Sampler and trainer disagree: the logprobs differ by 0.020 in the mean. Use the same precision for both, or set loss.correction to token.',
    '90 % of the episodes were cut off at a limit of length. Raise rollout.maxNewTokens or rollout.tokens.',
  ]);
  // A single step is one completion.
  expect(messages({ loss: { correction: 'sequence' }, data: { mode: 'step' } })).toEqual([
    'Sampler and trainer disagree: the logprobs differ by 0.020 in the mean, for which loss.correction weighs. Use the same precision for both, or raise alarms.samplerDifference.',
    '90 % of the episodes were cut off at a limit of length. Raise rollout.maxNewTokens.',
  ]);
});
