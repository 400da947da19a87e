import { expect, test } from 'vitest';
import type { TrainingBatch } from '../../../main/model/training/batch.ts';
import { InputError } from '../../../main/records/input-error.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { tryDemonstrations } from '../../../main/train/try-demonstrations.ts';

const sampleOf = (id: string): Sample => ({ version: 1, id, task: 'search', question: 'q', answers: ['a'], images: [] });
const encode = async ({ id }: Sample): Promise<TrainingBatch> => {
  if (id === 'odd') throw new InputError({ thing: 'demonstration odd', expected: 'one that can be learnt', found: 'a special token', remedy: 'Leave it out.' });
  return { prompt: { ids: [1, 2, 3], images: [] }, rows: [{ ids: [4, 5], mask: Uint8Array.of(1, 1), images: [] }] };
};
const tried = (...ids: readonly string[]) => tryDemonstrations(ids.map(sampleOf), encode);

test('one demonstration that cannot be learnt is a warning, as the run leaves it out; none that can be is a problem', async () => {
  expect(await tried('a', 'b')).toEqual({ promptTokens: 3, completionTokens: 2, finding: { title: 'length', status: 'ok', detail: 'demonstrations of up to 5 tokens' } });
  expect(await tried('a', 'odd')).toMatchObject({ promptTokens: 3, completionTokens: 2, finding: { status: 'warning', detail: expect.stringMatching(/^1 of 2 demonstrations cannot be learnt: demonstration odd: /) } });
  expect(await tried('odd', 'odd')).toMatchObject({ promptTokens: 0, completionTokens: 0, finding: { status: 'problem', detail: expect.stringMatching(/^2 of 2 /) } });
  await expect(tryDemonstrations([sampleOf('x')], () => Promise.reject(new Error('ours')))).rejects.toThrow('ours');
});
