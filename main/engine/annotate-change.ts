import { isDeepStrictEqual } from 'node:util';
import { withoutResults } from '../data/edited-chain.ts';
import { type SampleChange, type WrittenFields, withChange, writtenFields } from '../data/edited-sample.ts';
import { InputError } from '../records/input-error.ts';
import { drafted } from '../store/annotations/states.ts';
import type { EngineContext } from './context.ts';

/** Fields of a change in the order in which they name it. */
const fields = ['image', 'task', 'question', 'answers', 'split', 'box', 'steps'] as const satisfies readonly (keyof SampleChange)[];

export type ChangeWish = { readonly author: string; readonly change: SampleChange; /** Fields as the writer had them. */ readonly before: WrittenFields };

/**
 * Writes fields of a sample. @returns those that somebody else wrote meanwhile, which are not written over.
 * @throws InputError for an image that is not kept, and as `withChange` does.
 */
export async function changeSample({ store: { annotations }, images }: EngineContext, place: { readonly dataset: number; readonly ordinal: number }, { author, change, before: had }: ChangeWish): Promise<(typeof fields)[number][]> {
  const { image } = change;
  if (image !== undefined && !(await images.has(image))) throw new InputError({ thing: `image ${image}`, expected: `its file in ${images.folder}`, found: 'none', remedy: 'Choose the image again.' });
  const now = writtenFields(annotations.get(place).sample);
  const known = onImageOf(now, had);
  const written = fields.filter((field) => change[field] !== undefined);
  const refused = written.filter((field) => !isDeepStrictEqual(now[field], known[field]) && !isDeepStrictEqual(now[field], change[field]));
  const what = written.find((field) => !refused.includes(field));
  if (what === undefined) return refused;
  const allowed: SampleChange = { ...change, ...Object.fromEntries(refused.map((field) => [field, undefined])) };
  annotations.change(place, { author, what }, ({ sample: before, annotation }) => {
    const sample = withChange(before, withOwnResults(allowed, now.image, image ?? had.image));
    return JSON.stringify(sample) === JSON.stringify(before) ? { sample: before, annotation } : { sample, annotation: drafted(annotation, author) };
  });
  return refused;
}

/** What a writer had, without what code made of another image: where that came meanwhile, nobody else took it away. */
const onImageOf = (now: WrittenFields, had: WrittenFields): WrittenFields => (had.steps === undefined || had.image === undefined || had.image === now.image ? had : { ...had, steps: withoutResults(had.steps) });

/** The change without what code made of another image than the sample has then. @param seen What its steps were written on, where that is known. */
const withOwnResults = (change: SampleChange, image: string | null | undefined, seen: string | null | undefined): SampleChange => (change.steps === undefined || seen === undefined || seen === (change.image ?? image) ? change : { ...change, steps: withoutResults(change.steps) });
