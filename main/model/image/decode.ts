import { closeSync, openSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SharpOptions } from 'sharp';
import { InputError } from '../../records/input-error.ts';
import { noFile, withFile } from '../folder/file-errors.ts';
import { paintUncovered, withoutTransparency } from './gif-frame.ts';
import { imageLibrary } from './library.ts';
import type { RgbImage } from './resize.ts';

/** What is expected of a file that is named as an image. */
export const imageFile = 'an image file that can be read';

/** What an image may cost before it is decoded. */
export type DecodeLimits = { readonly maxPixels: number; readonly maxBytes: number };

export const defaultLimits: DecodeLimits = { maxPixels: 100_000_000, maxBytes: 200 * 1024 ** 2 };

/**
 * An image file (or its bytes) as 8-bit RGB, turned upright by its EXIF orientation; of an animation the first frame.
 * Transparency is dropped without blending, colour profiles are passed over and CMYK is converted by its complement, as
 * Pillow's convert('RGB') does, which the reference uses. 16-bit grey is scaled to 8 bits (Pillow would clip it).
 * @param name How messages call the image; a path or "image 2".
 * @throws InputError for a file that is missing, no image, damaged, or beyond the limits (checked before decoding).
 */
export async function decodeImage(source: string | Uint8Array, name: string, limits: DecodeLimits = defaultLimits): Promise<RgbImage> {
  checkBytes(source, name, limits);
  try {
    const sharp = await imageLibrary();
    const options: SharpOptions = { limitInputPixels: false, failOn: 'truncated', pages: 1, ignoreIcc: true };
    const image = sharp(source, options);
    const header = await image.metadata();
    const excess = beyond(header.width, header.height, name, limits);
    if (excess) throw excess;
    if (header.format === 'gif') return await firstFrame(source, options);
    const inks = header.space === 'cmyk';
    // 16-bit grey has a colour space of its own, which toColourspace would clip.
    const upright = inks ? image.pipelineColourspace('cmyk').rotate().toColourspace('cmyk') : image.rotate().toColourspace('srgb').removeAlpha();
    const { data, info } = await upright.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: inks ? inksAsRgb(data, info.channels) : asRgb(data, info.channels) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw notDecodable(name, error);
  }
}

async function firstFrame(source: string | Uint8Array, options: SharpOptions): Promise<RgbImage> {
  const sharp = await imageLibrary();
  const { gif, frame } = withoutTransparency(typeof source === 'string' ? await readFile(source) : source);
  const { data, info } = await sharp(gif, options).toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const image = { width: info.width, height: info.height, data: asRgb(data, info.channels) };
  paintUncovered(image, frame);
  return image;
}

/** A JPEG file of more bytes is checked in less time when it is decoded at an eighth of its size. */
const largeJpeg = 128 * 1024;

/**
 * Whether an image can be decoded, in less time than decodeImage takes: every byte is read and unpacked, but no pixel is
 * turned or converted.
 * @throws InputError as decodeImage does.
 */
export async function checkDecodable(bytes: Uint8Array, name: string, limits: DecodeLimits = defaultLimits): Promise<void> {
  checkBytes(bytes, name, limits);
  try {
    const sharp = await imageLibrary();
    const image = sharp(bytes, { limitInputPixels: limits.maxPixels, failOn: 'truncated', pages: 1, sequentialRead: true });
    const isLargeJpeg = bytes.byteLength > largeJpeg && bytes[0] === 0xff && bytes[1] === 0xd8;
    await (isLargeJpeg ? image.resize(8, 8, { fit: 'fill', kernel: 'nearest' }) : image).raw().toBuffer();
  } catch (error) {
    throw (await tooManyPixels(bytes, name, limits)) ?? notDecodable(name, error);
  }
}

async function tooManyPixels(source: string | Uint8Array, name: string, limits: DecodeLimits): Promise<InputError | undefined> {
  const sharp = await imageLibrary();
  const header = await sharp(source, { limitInputPixels: false, pages: 1 }).metadata().catch(() => undefined);
  return header && beyond(header.width, header.height, name, limits);
}

function beyond(width: number, height: number, name: string, { maxPixels }: DecodeLimits): InputError | undefined {
  const pixels = width * height;
  return pixels > maxPixels ? tooLarge(name, `${width} × ${height}, ${megapixels(pixels)}`, `at most ${megapixels(maxPixels)}`) : undefined;
}

const notDecodable = (name: string, error: unknown): InputError =>
  new InputError({ thing: name, expected: 'an image that can be decoded (PNG, JPEG, WebP, TIFF, GIF, AVIF)', found: error instanceof Error ? firstLine(error.message) : String(error), remedy: 'Save the image again, or choose another.' }, { cause: error });

/** What can be told without decoding, or reading the file. @throws InputError for an image that is missing, empty or too large. */
export function checkBytes(source: string | Uint8Array, name: string, limits: DecodeLimits = defaultLimits): void {
  const bytes = typeof source === 'string' ? fileSize(source, name) : source.byteLength;
  if (bytes === 0) throw new InputError({ thing: name, expected: 'an image', found: 'an empty file', remedy: 'Choose another file.' });
  if (bytes > limits.maxBytes) throw tooLarge(name, `${(bytes / 1024 ** 2).toFixed(0)} MiB`, `at most ${(limits.maxBytes / 1024 ** 2).toFixed(0)} MiB`);
}

function fileSize(file: string, name: string): number {
  const found = withFile(name, imageFile, () => statSync(file));
  if (!found.isFile()) throw noFile(name, imageFile, found);
  // The decoder says of a file that it may not open that it is no image.
  withFile(name, imageFile, () => closeSync(openSync(file, 'r')));
  return found.size;
}

const tooLarge = (name: string, found: string, expected: string): InputError =>
  new InputError({ thing: name, expected, found, remedy: 'Scale the image down before.' });

const megapixels = (pixels: number): string => `${(pixels / 1e6).toFixed(pixels < 1e7 ? 1 : 0)} megapixels`;

/** Without the colon after which libvips may have nothing more to say. */
const firstLine = (text: string): string => (text.split('\n')[0] ?? text).replace(/:\s*$/, '');

/** Grey becomes three equal channels. */
function asRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const pixels = data.length / channels;
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) out.fill(data[i * channels] as number, i * 3, i * 3 + 3);
  return out;
}

/** CMYK by its complement, without a profile, in Pillow's whole numbers (Convert.c, cmyk2rgb). */
function inksAsRgb(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const light = 255 - (data[i * channels + 3] as number);
    for (let colour = 0; colour < 3; colour++) {
      const product = (data[i * channels + colour] as number) * light + 128;
      out[i * 3 + colour] = Math.max(0, light - (((product >> 8) + product) >> 8)); // product / 255, rounded
    }
  }
  return out;
}
