import sharp, { type Sharp } from 'sharp';

/** A picture with four colours in four corners: every rotation and crop is told apart. */
export const [width, height] = [64, 32];
export const corners = { topLeft: [255, 0, 0], topRight: [0, 255, 0], bottomLeft: [0, 0, 255], bottomRight: [255, 255, 255] } as const;

const pixels = Buffer.alloc(width * height * 3);
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) {
    const colour = y < height / 2 ? (x < width / 2 ? corners.topLeft : corners.topRight) : x < width / 2 ? corners.bottomLeft : corners.bottomRight;
    pixels.set(colour, (y * width + x) * 3);
  }
}

export const picture = (): Sharp => sharp(pixels, { raw: { width, height, channels: 3 } });
export const png = new Uint8Array(await picture().png().toBuffer());
