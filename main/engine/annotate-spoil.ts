import { withIssues } from '../data/edited-sample.ts';
import { changesPixels, orderedIssues } from '../data/image-issues.ts';
import { spoiledFile } from '../data/spoil-image.ts';
import { InputError } from '../records/input-error.ts';
import type { ImageIssue, Sample } from '../records/sample.ts';
import { drafted } from '../store/annotations/states.ts';
import type { EngineContext } from './context.ts';

export type SpoilWish = { readonly author: string; readonly issues: readonly ImageIssue[]; readonly strength: 1 | 2 | 3 };

/**
 * Spoils the clean image of a sample, which is kept beside the spoiled one, and names the issues. The seed is the sample's
 * ordinal, so the same wish gives the same image.
 * @throws InputError where there is no image, or only one that was spoiled elsewhere.
 */
export async function spoilSample({ store: { annotations }, images }: EngineContext, place: { readonly dataset: number; readonly ordinal: number }, { author, issues, strength }: SpoilWish): Promise<void> {
  const wanted = orderedIssues(issues);
  const { sample } = annotations.get(place);
  const clean = cleanImageOf(sample);
  if (clean === undefined) {
    if (wanted.length === 0) return;
    throw new InputError({ thing: `sample ${sample.id}`, expected: 'an image', found: 'none', remedy: 'Choose an image for it.' });
  }
  const spoils = wanted.some(changesPixels);
  if (spoils && sample.cleanImage === undefined && sample.issues?.some(changesPixels)) {
    throw new InputError({ thing: `sample ${sample.id}`, expected: 'its image before it was spoiled', found: 'only the spoiled one', remedy: 'Take its issues away first, if this image is to count as clean.' });
  }
  const shown = spoils ? await images.put(await spoiledFile(await images.read(clean), `image ${clean}`, { issues: wanted, strength, seed: place.ordinal })) : clean;
  annotations.change(place, { author, what: 'issues' }, (before) => {
    if (cleanImageOf(before.sample) !== clean || before.sample.issues?.join() !== sample.issues?.join()) throw new InputError({ thing: `sample ${sample.id}`, expected: 'the image that was spoiled', found: 'another, which came meanwhile', remedy: 'Try again.' });
    const after = withIssues(before.sample, wanted, { clean, shown });
    return after === before.sample ? before : { sample: after, annotation: drafted(before.annotation, author) };
  });
}

const cleanImageOf = ({ cleanImage, images }: Sample): string | undefined => cleanImage ?? images[0];
