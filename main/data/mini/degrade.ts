import type { ImageIssue } from '../../records/sample.ts';
import type { RawImage } from '../../records/tools.ts';
import type { Corner } from './draw.ts';
import { rotated } from './pixels.ts';
import { type Random, choose } from './random.ts';
import type { ToolName } from './tools.ts';

/** What is wrong with a picture: turned with the clock, dark, noisy, or small in a corner. */
export type Damage = 'none' | 'cw90' | 'cw180' | 'cw270' | 'dark' | 'noise' | Corner;

/** A kind of damage is drawn first, then which of it; each of the five is as likely. */
export const damages = [['none'], ['cw90', 'cw180', 'cw270'], ['dark'], ['noise'], ['tl', 'tr', 'bl', 'br']] as const satisfies readonly (readonly Damage[])[];

/** What the damage is called, the tool that repairs it, and the damage itself; a corner is drawn small, not made so. */
export const damage: Readonly<Record<Damage, { readonly issue: ImageIssue; readonly fix: ToolName | 'direct'; readonly apply: (image: RawImage, random: Random) => RawImage }>> = {
  none: { issue: 'none', fix: 'direct', apply: (image) => image },
  cw90: { issue: 'rotation90', fix: 'rotate90', apply: (image) => rotated(image, 3) },
  cw180: { issue: 'rotation180', fix: 'rotate180', apply: (image) => rotated(image, 2) },
  // MAT has one name for a quarter turn; which way it went, the picture tells.
  cw270: { issue: 'rotation90', fix: 'rotate270', apply: (image) => rotated(image, 1) },
  dark: { issue: 'dark', fix: 'brighten', apply: ({ width, height, data }) => ({ width, height, data: data.map((value) => Math.floor((value * 4) / 25)) }) },
  noise: { issue: 'noise', fix: 'median', apply: noisy },
  tl: { issue: 'crop', fix: 'crop_tl', apply: (image) => image },
  tr: { issue: 'crop', fix: 'crop_tr', apply: (image) => image },
  bl: { issue: 'crop', fix: 'crop_bl', apply: (image) => image },
  br: { issue: 'crop', fix: 'crop_br', apply: (image) => image },
};

/** Every fourth pixel, on average, with each channel either dark or light. */
function noisy({ width, height, data }: RawImage, random: Random): RawImage {
  const out = data.slice();
  for (let i = 0; i < out.length; i += 3) {
    if (random.next() < 0.25) out.set([choose(random, [0, 255]), choose(random, [0, 255]), choose(random, [0, 255])], i);
  }
  return { width, height, data: out };
}
