import { InputError } from '../../records/input-error.ts';
import { defaultLimits } from './decode.ts';
import { imageLibrary } from './library.ts';

/**
 * An image that fits into a square of `side` pixels, upright, as WebP. A smaller image keeps its size.
 * @param name How messages call the image.
 * @throws InputError for bytes that are no image, or one beyond the limits of decoding.
 */
export async function encodeThumbnail(bytes: Uint8Array, side: number, name: string): Promise<Uint8Array> {
  try {
    const sharp = await imageLibrary();
    const image = sharp(bytes, { limitInputPixels: defaultLimits.maxPixels, failOn: 'truncated', pages: 1 });
    return await image.rotate().resize(side, side, { fit: 'inside', withoutEnlargement: true }).webp({ quality: 80 }).toBuffer();
  } catch (error) {
    throw new InputError({ thing: name, expected: 'an image that can be decoded', found: (error as Error).message.split('\n')[0] ?? '', remedy: 'Save the image again, or choose another.' }, { cause: error });
  }
}
