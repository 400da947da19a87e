import { statSync } from 'node:fs';
import sharp from 'sharp';
import { InputError } from '../../records/input-error.ts';
import type { RgbImage } from './resize.ts';

/** What an image may cost before it is decoded. */
export type DecodeLimits = { readonly maxPixels: number; readonly maxBytes: number };

export const defaultLimits: DecodeLimits = { maxPixels: 100_000_000, maxBytes: 200 * 1024 ** 2 };

/**
 * An image file (or its bytes) as 8-bit RGB, turned upright by its EXIF orientation; of an animation the first frame.
 * Transparency is dropped without blending, as Pillow's convert('RGB') does, which the reference uses. 16-bit samples
 * are scaled to 8 bits (Pillow would clip them); CMYK is converted.
 * @param name How messages call the image; a path or "image 2".
 * @throws InputError for a file that is missing, no image, damaged, or beyond the limits (checked before decoding).
 */
export async function decodeImage(source: string | Uint8Array, name: string, limits: DecodeLimits = defaultLimits): Promise<RgbImage> {
  checkBytes(source, name, limits);
  try {
    const image = sharp(source, { limitInputPixels: false, failOn: 'truncated', pages: 1 });
    const header = await image.metadata();
    const pixels = header.width * header.height;
    if (pixels > limits.maxPixels) throw tooLarge(name, `${header.width} × ${header.height}, ${megapixels(pixels)}`, `at most ${megapixels(limits.maxPixels)}`);
    // 16-bit grey has a colour space of its own, which toColourspace would clip.
    const upright = image.rotate().toColourspace('srgb').removeAlpha();
    const { data, info } = await upright.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: asRgb(data, info.channels) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ thing: name, expected: 'an image that can be decoded (PNG, JPEG, WebP, TIFF, GIF, AVIF)', found: error instanceof Error ? firstLine(error.message) : String(error), remedy: 'Save the image again, or choose another.' }, { cause: error });
  }
}

function checkBytes(source: string | Uint8Array, name: string, limits: DecodeLimits): void {
  const bytes = typeof source === 'string' ? fileSize(source, name) : source.byteLength;
  if (bytes === 0) throw new InputError({ thing: name, expected: 'an image', found: 'an empty file', remedy: 'Choose another file.' });
  if (bytes > limits.maxBytes) throw tooLarge(name, `${(bytes / 1024 ** 2).toFixed(0)} MiB`, `at most ${(limits.maxBytes / 1024 ** 2).toFixed(0)} MiB`);
}

function fileSize(file: string, name: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw new InputError({ thing: name, expected: 'an image file that can be read', found: (error as Error).message, remedy: 'Check the path and its permissions.' }, { cause: error });
  }
}

const tooLarge = (name: string, found: string, expected: string): InputError =>
  new InputError({ thing: name, expected, found, remedy: 'Scale the image down before.' });

const megapixels = (pixels: number): string => `${(pixels / 1e6).toFixed(pixels < 1e7 ? 1 : 0)} megapixels`;

const firstLine = (text: string): string => text.split('\n')[0] ?? text;

/** Grey becomes three equal channels. */
function asRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const pixels = data.length / channels;
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) out.fill(data[i * channels] as number, i * 3, i * 3 + 3);
  return out;
}
