import type { RgbImage } from './resize.ts';

/** The first frame of a GIF: its place in the picture, and the colour of what it leaves uncovered. */
export type GifFrame = { readonly left: number; readonly top: number; readonly width: number; readonly height: number; readonly uncovered: readonly [number, number, number] };

const [extension, graphicControl, image] = [0x21, 0xf9, 0x2c];

/**
 * A GIF whose first frame shows the palette's colour where it is transparent, as Pillow has it; libvips makes that black.
 * What the frame leaves uncovered has the colour of the transparent place in its palette, else the first.
 */
export function withoutTransparency(gif: Uint8Array): { readonly gif: Uint8Array; readonly frame: GifFrame } {
  const opaque = Uint8Array.from(gif);
  const byte = (at: number): number => opaque[at] ?? 0;
  const paletteBytes = (packed: number): number => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
  let transparent = 0;
  let at = 13 + paletteBytes(byte(10));
  while (at < opaque.length && byte(at) === extension) {
    if (byte(at + 1) === graphicControl && byte(at + 3) & 1) {
      transparent = byte(at + 6);
      opaque[at + 3] = byte(at + 3) & ~1;
    }
    // Sub-blocks, each after its length, up to one of nothing.
    for (at += 2; byte(at) > 0; at += byte(at) + 1);
    at += 1;
  }
  const palette = byte(at) === image && byte(at + 9) & 0x80 ? at + 10 : 13;
  const [place, word] = [palette + 3 * transparent, (from: number): number => byte(from) + 256 * byte(from + 1)];
  return { gif: opaque, frame: { left: word(at + 1), top: word(at + 3), width: word(at + 5), height: word(at + 7), uncovered: [byte(place), byte(place + 1), byte(place + 2)] } };
}

/** Paints what the frame leaves uncovered. */
export function paintUncovered({ width, height, data }: RgbImage, { left, top, width: wide, height: high, uncovered }: GifFrame): void {
  if (left === 0 && top === 0 && wide >= width && high >= height) return;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x < left || x >= left + wide || y < top || y >= top + high) data.set(uncovered, 3 * (y * width + x));
    }
  }
}
