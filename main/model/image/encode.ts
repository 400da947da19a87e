import sharp from 'sharp';
import type { RawImage } from '../../records/tools.ts';

/** RGB pixels as a PNG file; the same pixels give the same bytes. */
export const encodePng = (image: RawImage): Promise<Uint8Array> =>
  sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } }).png({ compressionLevel: 6 }).toBuffer();
