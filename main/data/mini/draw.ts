import type { RawImage } from '../../records/tools.ts';
import { type Glyph, glyphRows, glyphSize } from './glyphs.ts';
import { type Random, choose, integer } from './random.ts';

/** Side of a picture: 4 × 4 patches of 14 pixels, 4 tokens of the model; the processor leaves it as it is. */
export const side = 56;

export const colours = { red: [200, 30, 30], green: [20, 140, 40], blue: [30, 60, 210], black: [25, 25, 25], purple: [140, 40, 170] } as const;

export type Colour = keyof typeof colours;
export type Corner = 'tl' | 'tr' | 'bl' | 'br';

/**
 * A character on a light ground, with a dark bar along the top that tells which way is up; in the middle, or at half
 * the size in a corner. It is moved by at most 2 pixels: with 8, a model of a million weights did not learn to read.
 */
export function drawGlyph(random: Random, glyph: Glyph, corner?: Corner): { readonly image: RawImage; readonly colour: Colour } {
  const colour = choose(random, Object.keys(colours) as Colour[]);
  const ground = [integer(random, 220, 255), integer(random, 220, 255), integer(random, 220, 255)];
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < data.length; i++) data[i] = i < 4 * side * 3 ? 60 : (ground[i % 3] as number);
  const scale = corner ? 2 : 4;
  const [width, height] = [glyphSize.width * scale, glyphSize.height * scale];
  const half = side / 2;
  const top = corner ? (corner[0] === 't' ? 0 : half) + integer(random, 6, 8) : (side - height) / 2 + integer(random, -2, 2);
  const left = corner ? (corner[1] === 'l' ? 0 : half) + integer(random, 8, 10) : (side - width) / 2 + integer(random, -2, 2);
  for (let y = 0; y < height; y++) {
    const row = glyphRows[glyph][Math.floor(y / scale)] as string;
    for (let x = 0; x < width; x++) {
      if (row[Math.floor(x / scale)] === '#') data.set(colours[colour], ((top + y) * side + left + x) * 3);
    }
  }
  return { image: { width: side, height: side, data }, colour };
}
