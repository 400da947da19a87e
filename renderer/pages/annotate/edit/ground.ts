import { withoutResults } from '../chain/chain.ts';
import type { Field, Had, Written } from './saver.ts';

// Steps show what code made of an image: they are never written without saying of which.

/** Fields with what they were written on. */
export const withGround = (fields: readonly Field[]): readonly Field[] => (fields.includes('steps') && !fields.includes('image') ? [...fields, 'image'] : fields);

/** Edits on the image that the sample has by now; what code made of the one before goes with that. */
export function onImage({ edits, before }: Written, image: Had['image']): Written {
  if (edits.steps === undefined || edits.image !== undefined || before.image === undefined || before.image === image) return { edits, before };
  return { edits: { ...edits, steps: withoutResults(edits.steps) }, before: { ...before, image, ...(before.steps && { steps: withoutResults(before.steps) }) } };
}
