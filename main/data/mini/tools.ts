import type { RawImage } from '../../records/tools.ts';
import { side } from './draw.ts';
import { brightened, cropped, medianFiltered, rotated } from './pixels.ts';

const half = side / 2;

/** What an agent can do to a picture: one line of Pillow about `img` (the sandbox knows it), the thought before it, and the same thing done here. */
export const tools = {
  rotate90: { think: 'turned', code: 'img = img.rotate(90)', apply: (image) => rotated(image, 1) },
  rotate180: { think: 'upside down', code: 'img = img.rotate(180)', apply: (image) => rotated(image, 2) },
  rotate270: { think: 'turned', code: 'img = img.rotate(270)', apply: (image) => rotated(image, 3) },
  brighten: { think: 'too dark', code: 'img = ImageEnhance.Brightness(img).enhance(6)', apply: (image) => brightened(image, 6) },
  median: { think: 'noisy', code: 'img = img.filter(ImageFilter.MedianFilter(3))', apply: medianFiltered },
  crop_tl: { think: 'small', code: 'img = img.crop((0,0,28,28))', apply: (image) => cropped(image, 0, 0, half, half) },
  crop_tr: { think: 'small', code: 'img = img.crop((28,0,56,28))', apply: (image) => cropped(image, half, 0, half, half) },
  crop_bl: { think: 'small', code: 'img = img.crop((0,28,28,56))', apply: (image) => cropped(image, 0, half, half, half) },
  crop_br: { think: 'small', code: 'img = img.crop((28,28,56,56))', apply: (image) => cropped(image, half, half, half, half) },
} as const satisfies Readonly<Record<string, { readonly think: string; readonly code: string; readonly apply: (image: RawImage) => RawImage }>>;

export type ToolName = keyof typeof tools;

export const toolNames = Object.keys(tools) as readonly ToolName[];

/** A line about `img` as a whole program, as larger models write it. PNG under the protocol's name, since JPEG would change pixels. */
export const programOf = (line: string): string =>
  `from PIL import Image, ImageEnhance, ImageFilter, ImageOps\nimg = Image.open('path_to_input_image.jpg').convert('RGB')\n${line}\nimg.convert('RGB').save('path_to_output_image.jpg', 'PNG')`;
