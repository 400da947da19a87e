import type { TrainingBatch } from '../model/training/batch.ts';
import { InputError } from '../records/input-error.ts';
import type { WorkerClient } from '../worker/client.ts';
import type { Rollout } from './roll-out.ts';
import type { RunContext } from './run-context.ts';
import type { RunFolder } from './run-folder.ts';
import { tokenBatches } from './token-batches.ts';

// Numbers that are none, or have no end. Where gradients are computed the model itself stops at them; here is what would
// pass by otherwise: a model that only writes, and one that is only saved.

/** Looks through every layer of the model as it is now, with one row. @throws an error named NonFiniteError that names the layer. */
export async function assertFiniteModel(worker: WorkerClient, { prompt, rows }: TrainingBatch): Promise<void> {
  await worker.call('trainForward', { batch: { prompt, rows: rows.slice(0, 1) }, adapter: true, keep: false });
}

/** @throws likewise where the policy wrote with logprobs that are no numbers. What it wrote then is noise, often the same noise everywhere, from which nothing is learnt. */
export async function assertFiniteLogprobs(rollouts: readonly Rollout[], { worker, processedImage }: RunContext): Promise<void> {
  const broken = rollouts.find(({ trajectory: { turns } }) => turns.some(({ tokens }) => tokens?.logprobs.some((logprob) => !Number.isFinite(logprob))));
  if (!broken) return;
  const [group] = await tokenBatches([broken], processedImage);
  if (group) await assertFiniteModel(worker, group.batch);
  throw new Error(`sample ${broken.sample.id}: the sampler’s logprobs are not finite, though the trainer’s are`);
}

/** What ended a run where it was such numbers, in words that say how to go on; undefined for anything else. */
export function nonFinite(error: unknown, run: RunFolder, step: number): InputError | undefined {
  const { name, message } = error as Error;
  if (name !== 'NonFiniteError') return undefined;
  const last = run.checkpoints.list().at(-1);
  const remedy = last
    ? `arft resume ${run.name} --set optimizer.learningRate=${Number((run.config.optimizer.learningRate / 10).toPrecision(3))} goes on from the checkpoint after ${stepsText(last.step)}, at a lower rate${last.step === step ? `; where that meets the same numbers, take ${last.folder} away to go on from the one before` : ''}.`
    : 'No checkpoint was written yet. Begin again with a lower optimizer.learningRate; before the first update it is the model’s own weights.';
  return new InputError({ thing: `run ${run.name}, after ${stepsText(step)}`, expected: 'finite numbers in every layer', found: message, remedy });
}

const stepsText = (steps: number): string => `${steps} ${steps === 1 ? 'step' : 'steps'}`;
