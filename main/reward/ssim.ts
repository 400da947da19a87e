import type { RawImage } from '../records/tools.ts';

// Structural similarity (Wang et al. 2004): a Gaussian window of σ 1.5 over luminance, K1 0.01, K2 0.03, L 255.

const radius = 5;
const kernel = ((): Float64Array => {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * 1.5 ** 2)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
})();

/** One number a pixel, row by row. */
export type Plane = { readonly width: number; readonly height: number; readonly data: Float64Array };

/** Luminance of BT.601 in 0…255. */
export function luminance({ width, height, data }: RawImage): Plane {
  const out = new Float64Array(width * height);
  for (let i = 0; i < out.length; i++) out[i] = 0.299 * (data[3 * i] as number) + 0.587 * (data[3 * i + 1] as number) + 0.114 * (data[3 * i + 2] as number);
  return { width, height, data: out };
}

/** The mean over every place where the window lies inside, in −1…1; 1 for equal planes. @throws Error unless both are of one size, at least 11 × 11. */
export function ssim(a: Plane, b: Plane): number {
  if (a.width !== b.width || a.height !== b.height) throw new Error(`ssim of ${a.width} × ${a.height} and ${b.width} × ${b.height}: sizes differ`);
  if (Math.min(a.width, a.height) < kernel.length) throw new Error(`ssim of ${a.width} × ${a.height}: smaller than the window`);
  const product = (x: Plane, y: Plane): Plane => ({ ...x, data: x.data.map((value, i) => value * (y.data[i] as number)) });
  const [ma, mb, aa, bb, ab] = [a, b, product(a, a), product(b, b), product(a, b)].map(blur) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let sum = 0;
  for (let i = 0; i < ma.length; i++) {
    const [x, y] = [ma[i] as number, mb[i] as number];
    const [varianceX, varianceY, covariance] = [(aa[i] as number) - x * x, (bb[i] as number) - y * y, (ab[i] as number) - x * y];
    sum += ((2 * x * y + c1) * (2 * covariance + c2)) / ((x * x + y * y + c1) * (varianceX + varianceY + c2));
  }
  return sum / ma.length;
}

/** Gaussian means of the places where the window lies inside: [(height − 10) · (width − 10)]. */
function blur({ width, height, data }: Plane): Float64Array {
  const [columns, rows] = [width - 2 * radius, height - 2 * radius];
  const across = new Float64Array(columns * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] as number) * (data[y * width + x + k] as number);
      across[y * columns + x] = sum;
    }
  }
  const out = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] as number) * (across[(y + k) * columns + x] as number);
      out[y * columns + x] = sum;
    }
  }
  return out;
}
