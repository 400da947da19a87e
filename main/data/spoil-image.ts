import { setImmediate } from 'node:timers/promises';
import { RandomStream } from '../generation/random.ts';
import { decodeImage } from '../model/image/decode.ts';
import { blurred, turned } from '../model/image/effects.ts';
import { encodePng } from '../model/image/encode.ts';
import type { ImageIssue } from '../records/sample.ts';
import type { RawImage } from '../records/tools.ts';
import { orderedIssues } from './image-issues.ts';

// Clean images made as MAT-Coding's are: turned, too dark or too bright, blurred, noisy, or several of these.

export type Spoiling = {
  readonly issues: readonly ImageIssue[];
  /** From what is seen on a second look to what hides most of the image; a turn has none. */
  readonly strength: 1 | 2 | 3;
  /** Decides which way a quarter turn goes, and the noise. A whole number. */
  readonly seed: number;
};

/** By strength. Exposure: what each value is multiplied with (MAT's dark images are at 0.2); blur: standard deviation as a share of the shorter side; noise: standard deviation of 0–255. */
const amounts = { dark: [0.4, 0.2, 0.1], overexposure: [1.6, 2.4, 4], blur: [1 / 400, 1 / 200, 1 / 100], noise: [16, 36, 72] } as const;

/** Blur of an image of a few pixels, by strength. */
const leastSigma = [0.6, 1.2, 1.8] as const;

/** Values that get noise before the thread is given up. */
const slice = 1 << 20;

/** Values of noise that are drawn; which of them is where is drawn again for each value of the image. */
const draws = 1 << 16;

/**
 * A clean image with these issues, turned first, then exposed, blurred, and noisy. `crop` and `none` leave the pixels alone.
 * The same image and wish give the same pixels.
 * @throws InputError for issues that exclude each other.
 */
export async function spoiled(clean: RawImage, { issues, strength, seed }: Spoiling): Promise<RawImage> {
  const wanted = orderedIssues(issues);
  const level = strength - 1;
  let image = clean;
  if (wanted.includes('rotation90')) image = await turned(image, new RandomStream(seed, 0).next() < 0.5 ? 90 : 270);
  if (wanted.includes('rotation180')) image = await turned(image, 180);
  for (const issue of ['dark', 'overexposure'] as const) if (wanted.includes(issue)) image = exposed(image, amounts[issue][level] as number);
  if (wanted.includes('blur')) image = await blurred(image, Math.max(leastSigma[level] as number, Math.min(image.width, image.height) * (amounts.blur[level] as number)));
  return wanted.includes('noise') ? noisy(image, amounts.noise[level] as number, new RandomStream(seed, 1)) : image;
}

/**
 * The same for an image file. The same bytes and wish give the same PNG file.
 * @param name How messages call the image.
 * @throws InputError for bytes that are no image, and as `spoiled` does.
 */
export const spoiledFile = async (bytes: Uint8Array, name: string, spoiling: Spoiling): Promise<Uint8Array> => encodePng(await spoiled(await decodeImage(bytes, name), spoiling));

function exposed(image: RawImage, factor: number): RawImage {
  const value = Uint8Array.from({ length: 256 }, (_, before) => Math.min(255, Math.round(before * factor)));
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i++) data[i] = value[image.data[i] as number] as number;
  return { ...image, data };
}

/** Gaussian noise on each value of each pixel. */
async function noisy(image: RawImage, sigma: number, random: RandomStream): Promise<RawImage> {
  const noise = Int16Array.from({ length: draws }, () => Math.round(sigma * Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next()))); // Box and Muller
  const data = new Uint8ClampedArray(image.data.length);
  for (let i = 0; i < data.length; i++) {
    if (i % slice === slice - 1) await setImmediate();
    data[i] = (image.data[i] as number) + (noise[Math.floor(draws * random.next())] as number);
  }
  return { ...image, data: new Uint8Array(data.buffer) };
}
