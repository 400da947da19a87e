import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import { keptImage } from './annotate-image.ts';
import type { EngineContext } from './context.ts';
import { forgetUploads } from './datasets-files.ts';

export type AddWish = { /** null: a new one. */ readonly dataset: number | null; readonly name: string; readonly uploads: readonly string[]; readonly task: Sample['task'] };

export type Added = { readonly dataset: number; readonly ordinals: number[]; readonly refused: { readonly file: string; readonly reason: string }[] };

/** Digits of an image's hash that name its sample. */
const digits = 16;

/**
 * Adds a sample for each image, or one without an image, to a dataset; a new one gets a number behind its name where that is taken.
 * Images that cannot be used are left out and listed.
 * @throws InputError where there is no such dataset, or none of the images for a new one can be used.
 */
export async function addSamples({ home, images, store: { datasets } }: EngineContext, { dataset, name, uploads, task }: AddWish, signal: AbortSignal): Promise<Added> {
  if (dataset !== null) datasets.get(dataset);
  const references: string[] = [];
  const faults: { readonly file: string; readonly error: InputError }[] = [];
  for (const upload of uploads) {
    signal.throwIfAborted();
    try {
      references.push(await keptImage(home, images, upload));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push({ file: path.basename(upload), error });
    }
  }
  if (dataset === null && references.length === 0 && faults[0]) throw faults[0].error;
  const id = dataset ?? datasets.create(datasets.freeName(name === '' ? 'annotations' : name)).id;
  const add = (sample: Pick<Sample, 'id' | 'images'>): number => datasets.add(id, { version: 1, id: datasets.freeId(id, sample.id), task, question: '', answers: [], images: sample.images });
  const ordinals = uploads.length === 0 ? [add({ id: `question-${randomUUID().slice(0, 8)}`, images: [] })] : references.map((reference) => add({ id: reference.slice('sha256:'.length).slice(0, digits), images: [reference] }));
  await forgetUploads(home, uploads);
  return { dataset: id, ordinals, refused: faults.map(({ file, error }) => ({ file, reason: error.message })) };
}
