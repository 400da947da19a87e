import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import type { datasetsContract } from '../../preload/contract/datasets.ts';
import { imageReference } from '../data/image-reference.ts';
import { ImageImport } from '../data/images.ts';
import { ImageStore } from '../data/image-store.ts';
import { importFile } from '../data/import.ts';
import type { FormatName, Layout } from '../data/layout.ts';
import type { Fault } from '../data/row-import.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import { resolveUpload, uploadsFolder, withGivenNames } from '../serve/files.ts';

type Previewed = z.input<(typeof datasetsContract)['datasets.preview']['output']>['files'][number];

/** Files that a user named or dropped: data, and images among them. */
export type GatheredFiles = {
  readonly data: readonly string[];
  /** The folder of dropped images; a file of this machine has its own beside it. */
  readonly images?: string;
  /** Removes what was dropped. */
  readonly discard: () => Promise<void>;
};

const isData = (file: string): boolean => /\.(json|jsonl|ndjson|parquet)$/i.test(file) && !file.endsWith('.layout.json');
const isImage = (file: string): boolean => /\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.test(file);

/**
 * The data files among what was named; a folder stands for those in it.
 * @throws InputError where something is not there, or none of it is data.
 */
export async function gatherFiles(home: string, places: readonly string[]): Promise<GatheredFiles> {
  const files = (await Promise.all(places.map((place) => filesOf(home, place)))).flat();
  const dropped = places.filter((place) => place.startsWith('upload:'));
  const data = files.filter((file) => !isImage(file));
  const droppedImages = files.filter((file) => isImage(file) && file.startsWith(uploadsFolder(home) + path.sep));
  if (data.length === 0) throw new InputError({ thing: places.length === 1 ? (places[0] as string) : `${places.length} files`, expected: 'a data file (.json, .jsonl or .parquet), or a folder with some', found: 'none', remedy: 'Choose the data set’s own files; an archive must be unpacked before.' });
  const images = droppedImages.length > 0 ? path.join(uploadsFolder(home), randomUUID()) : undefined;
  if (images !== undefined) {
    await mkdir(images, { recursive: true });
    for (const file of droppedImages) {
      await link(file, path.join(images, path.basename(file))).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }
  const discard = async (): Promise<void> => {
    await forgetUploads(home, dropped);
    if (images !== undefined) await rm(images, { recursive: true, force: true });
  };
  return { data, ...(images !== undefined && { images }), discard };
}

/** Removes files that were dropped. */
export async function forgetUploads(home: string, places: readonly string[]): Promise<void> {
  for (const place of places) {
    const id = /^upload:([0-9a-f-]{36})\//.exec(place)?.[1];
    if (id !== undefined) await rm(path.join(uploadsFolder(home), id), { recursive: true, force: true });
  }
}

async function filesOf(home: string, place: string): Promise<readonly string[]> {
  const file = await resolveUpload(home, placeOnMachine(place));
  if (!(await stat(file)).isDirectory()) return [file];
  const names = await readdir(file);
  return names.filter(isData).sort().map((name) => path.join(file, name));
}

/** A path as a user types it. @throws InputError for one that begins nowhere. */
export function placeOnMachine(text: string): string {
  const place = text.trim().replace(/^~(?=$|[/\\])/, os.homedir());
  if (place.startsWith('upload:') || path.isAbsolute(place)) return place;
  throw new InputError({ thing: text, expected: 'a whole path, such as /home/me/data', found: 'one that does not begin at the root', remedy: 'Type the path from the root, or from ~.' });
}

/** Samples and faults of a file that a preview shows, and rows at which it stops. */
const [mostSamples, mostFaults] = [20, 100];

type PreviewWish = { readonly places: readonly string[]; readonly format: FormatName | null; readonly images: string | null };

/** The first rows of files as they would be imported, with what is wrong with them; nothing is kept. */
export async function previewFiles(home: string, { places, format, images }: PreviewWish, signal: AbortSignal): Promise<Previewed[]> {
  const gathered = await gatherFiles(home, places);
  const shown: Previewed[] = [];
  const store = new LookedAtImages(path.join(home, 'images'));
  try {
    for (const file of gathered.data) {
      signal.throwIfAborted();
      shown.push(await previewFile(home, file, format, new ImageImport(store, images === null ? (gathered.images ?? path.dirname(file)) : placeOnMachine(images)), signal));
    }
  } finally {
    if (gathered.images !== undefined) await rm(gathered.images, { recursive: true, force: true });
  }
  return shown;
}

/** The data folder's images; new ones are decoded, to learn that they can be, and not kept. */
class LookedAtImages extends ImageStore {
  override put(bytes: Uint8Array, reference = imageReference(bytes)): Promise<string> {
    return Promise.resolve(reference);
  }
}

async function previewFile(home: string, file: string, format: FormatName | null, images: ImageImport, signal: AbortSignal): Promise<Previewed> {
  const samples: Sample[] = [];
  const faults: Fault[] = [];
  const enough = new AbortController();
  const look = (): void => {
    if (samples.length >= mostSamples || faults.length >= mostFaults) enough.abort();
  };
  const { size } = await stat(file);
  const about = { place: file, name: path.basename(file), bytes: size };
  let told: Layout | undefined;
  let [found, faulty, whole] = [0, 0, true];
  const sink = {
    sample: (sample: Sample) => {
      found++;
      if (samples.length < mostSamples) samples.push(sample);
      look();
    },
    fault: (fault: Fault) => {
      faulty++;
      if (faults.length < mostFaults) faults.push(fault);
      look();
    },
  };
  try {
    await importFile(file, sink, { keepText: false, images, ...(format && { format }), onLayout: (layout) => (told = layout), signal: AbortSignal.any([signal, enough.signal]) });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof InputError) return { ...about, refused: withGivenNames(home, error.message), format: null, container: null, found: 0, samples: [], faulty: 0, faults: [], whole: true };
    if (!enough.signal.aborted) throw error;
    whole = false;
  }
  return { ...about, refused: null, format: told?.format ?? null, container: told?.container ?? null, found, samples: samples.map(shownSample), faulty, faults: faults.map(({ line, reason, ...fault }) => ({ ...fault, reason: withGivenNames(home, reason), line: line ?? null })), whole };
}

const shownSample = ({ id, task, question, answers, images, split, chain }: Sample): Previewed['samples'][number] => ({ id, kind: task, question: question.slice(0, 300), answers: answers.slice(0, 4).map((answer) => answer.slice(0, 100)), images: images.length, split: split ?? null, steps: chain?.length ?? 0 });
