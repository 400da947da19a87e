import type { TrainingBatch } from '../model/training/batch.ts';
import { InputError } from '../records/input-error.ts';
import type { RunEvent, SupervisedMetrics } from '../records/run-events.ts';
import type { WorkerClient } from '../worker/client.ts';
import { supervisedLoss } from './losses/supervised-loss.ts';
import type { LossTotals } from './losses/tokens.ts';
import type { RunContext } from './run-context.ts';
import { learningRateOf } from './schedule.ts';
import { type GroupTokens, joinShort, offsetsOf } from './token-batches.ts';

export type SupervisedUpdate = Required<Pick<SupervisedMetrics, 'loss' | 'entropy' | 'tokens' | 'gradNorm'>>;

export type UpdateSettings = {
  readonly imageToken: number;
  readonly learningRate: number;
  readonly maxGradNorm: number;
  /** Of each pass, where adapters drop inputs. */
  readonly dropoutSeed?: (pass: number) => number;
  readonly onPass?: (done: number, total: number) => void;
};

/** One update by the mean cross-entropy of what is to be learnt: a token counts the same, whichever demonstration it is in. Loss and entropy are means over these tokens, in nats. */
export async function superviseBatches(worker: WorkerClient, batches: readonly TrainingBatch[], { imageToken, learningRate, maxGradNorm, dropoutSeed, onPass }: UpdateSettings): Promise<SupervisedUpdate> {
  const groups = joinShort(batches.map(asGroup), imageToken);
  const masks = groups.map(({ batch }) => Uint8Array.from(batch.rows.flatMap(({ mask }) => Array.from(mask))));
  const tokens = masks.reduce((sum, mask) => sum + mask.reduce((n, bit) => n + bit, 0), 0);
  const totals: LossTotals = { completions: batches.length, tokens, batches: groups.length };
  let [loss, entropy] = [0, 0];
  for (const [g, group] of groups.entries()) {
    onPass?.(g, groups.length);
    const { pass, ...values } = await worker.call('trainForward', { batch: group.batch, adapter: true, ...(dropoutSeed && { dropoutSeed: dropoutSeed(g) }) });
    const part = supervisedLoss({ offsets: offsetsOf(group), mask: masks[g] as Uint8Array, logprobs: values.logprobs }, totals);
    await worker.call('trainBackward', { pass, derivatives: part.gradients });
    loss += part.value;
    entropy += values.entropies.reduce((sum, value) => sum + value, 0) / tokens;
  }
  onPass?.(groups.length, groups.length);
  const { gradNorm } = await worker.call('trainUpdate', { learningRate, maxGradNorm });
  return { loss, entropy, tokens, gradNorm };
}

/** A group of one that nobody sampled. */
const asGroup = (batch: TrainingBatch, member: number): GroupTokens => ({ batch, members: [member], samplerLogprobs: batch.rows.map(({ ids }) => new Float32Array(ids.length)), truncated: [false] });

/** What a step learnt from, and what could not be learnt. */
export type SupervisedStep = Pick<Extract<RunEvent, { kind: 'supervised' }>, 'samples' | 'leftOut' | 'metrics'>;

type SuperviseResult = { readonly told: SupervisedStep; /** What went through the model. */ readonly learnt: readonly TrainingBatch[] };

/**
 * One step of supervised training: demonstrations → token ids → gradients → one update. A demonstration that cannot be
 * read is left out; where none can be, nothing is learnt.
 */
export async function superviseStep(context: RunContext, step: number, signal: AbortSignal): Promise<SuperviseResult> {
  const { config, order, demonstrations, worker, imageToken, onProgress } = context;
  if (!demonstrations) throw new Error('the run was opened without demonstrations');
  const started = performance.now();
  const drawn = order.batch(step, config.rollout.prompts);
  const batches: TrainingBatch[] = [];
  const samples: string[] = [];
  const leftOut: { sample: string; reason: string }[] = [];
  for (const [i, sample] of drawn.entries()) {
    signal.throwIfAborted();
    onProgress('demonstrations', i, drawn.length);
    try {
      batches.push(await demonstrations(sample));
      samples.push(sample.id);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      leftOut.push({ sample: sample.id, reason: error.message });
    }
  }
  onProgress('demonstrations', drawn.length, drawn.length);
  const encoded = performance.now();
  const learningRate = learningRateOf(config, step);
  const { parameters, optimizer: { maxGradNorm }, seed } = config;
  const update = batches.length === 0 ? { tokens: 0 } : await superviseBatches(worker, batches, {
    imageToken, learningRate, maxGradNorm,
    ...(parameters.dropout > 0 && { dropoutSeed: (pass: number) => seed * 1_000_003 + step * 1009 + pass }),
    onPass: (done, total) => onProgress('update', done, total),
  });
  const ended = performance.now();
  const seconds = { encode: (encoded - started) / 1000, learn: (ended - encoded) / 1000, step: (ended - started) / 1000 };
  return { learnt: batches, told: { samples, leftOut, metrics: { ...update, learningRate, seconds, tokensPerSecond: update.tokens / seconds.step, memoryBytes: process.memoryUsage.rss() } } };
}
