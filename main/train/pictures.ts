import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { isDataUri, scheme } from '../data/image-reference.ts';
import { hashPlaces } from '../model/folder/weights-mark.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';

// By which a resumed run notices pictures that were changed in place. Those of the image store are named by their hash, and
// those that stand in the samples are looked at with them.

/** The mark of each picture by its path; '' for one that cannot be read. */
export type PictureMarks = Readonly<Record<string, string>>;

/** Of 4 KiB each: a picture of up to 32 KiB is read whole. */
const places = 8;

/** Of the pictures that samples and their chains name by a path. */
export function pictureMarks(samples: readonly Sample[]): PictureMarks {
  const files = new Set(samples.flatMap(({ images, cleanImage, chain = [] }) => [...images, ...(cleanImage === undefined ? [] : [cleanImage]), ...chain.flatMap(({ image }) => image ?? [])]));
  return Object.fromEntries([...files].flatMap((file) => (file.startsWith(scheme) || isDataUri(file) ? [] : [[file, pictureMark(file)]])));
}

/** Size, and a hash over bytes at several places: a compressed picture with other pixels has other bytes nearly everywhere. Its time says nothing, since copies have their own. */
function pictureMark(file: string): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const hash = createHash('sha256');
      hashPlaces(hash, descriptor, { from: 0, size, places });
      return `${size} ${hash.digest('base64url').slice(0, 16)}`;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return '';
  }
}

/** @throws InputError that names a picture which is another than when the run began, or gone. One that could not be read then may have been put there. */
export function assertSamePictures(run: string, began: PictureMarks, now: PictureMarks): void {
  const others = Object.keys(now).filter((file) => (began[file] ?? '') !== '' && began[file] !== now[file]);
  const [first] = others;
  if (first === undefined) return;
  throw new InputError({
    thing: `run ${run}: ${first}`, expected: 'the same picture as when the run began', found: `${now[first] === '' ? 'none that can be read' : 'another: it was changed in place'}${others.length > 1 ? `; ${others.length} pictures in all` : ''}`,
    remedy: 'Put back what was there, or begin a new run; model.adapter lets it begin with what this one has learnt.',
  });
}
