import type { RawImage } from '../../records/tools.ts';
import { imageLibrary } from './library.ts';

/** The image turned with the clock. */
export async function turned(image: RawImage, degrees: 90 | 180 | 270): Promise<RawImage> {
  const { data, info } = await (await opened(image)).rotate(degrees).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The image under a Gaussian of this standard deviation in pixels, at least 0.3. */
export async function blurred(image: RawImage, sigma: number): Promise<RawImage> {
  return { ...image, data: await (await opened(image)).blur(sigma).raw().toBuffer() };
}

const opened = async ({ width, height, data }: RawImage) => (await imageLibrary())(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
