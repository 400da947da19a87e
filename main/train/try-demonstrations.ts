import type { TrainingBatch } from '../model/training/batch.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import type { SampleSizes } from './plan-run.ts';
import type { Finding } from './preflight.ts';

/** Some of a supervised run's demonstrations as tokens. One that cannot be learnt is left out of the run, and is no reason to refuse it. */
export async function tryDemonstrations(samples: readonly Sample[], encode: (sample: Sample) => Promise<TrainingBatch>): Promise<{ readonly finding: Finding } & Omit<SampleSizes, 'imagePixels'>> {
  const faults: InputError[] = [];
  const tried = await Promise.all(samples.map((sample) => encode(sample).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    faults.push(error);
    return undefined;
  })));
  const batches = tried.filter((batch) => batch !== undefined);
  const promptTokens = Math.max(0, ...batches.map(({ prompt }) => prompt.ids.length));
  const completionTokens = Math.max(0, ...batches.flatMap(({ rows }) => rows.map(({ ids }) => ids.length)));
  const [fault] = faults;
  return {
    promptTokens, completionTokens,
    finding: fault === undefined
      ? { title: 'length', status: 'ok', detail: `demonstrations of up to ${promptTokens + completionTokens} tokens` }
      : { title: 'length', status: batches.length === 0 ? 'problem' : 'warning', detail: `${faults.length} of ${tried.length} demonstrations cannot be learnt: ${fault.message}` },
  };
}
