/** Values made at a time. */
const PIECE = 1 << 20;
const TABLE_BITS = 16;

/** 65,536 draws from the standard normal distribution, made once: a value is one of them, picked by 16 random bits. */
let normalTable: Float32Array | undefined;

/**
 * Weights of a tensor, the same for the same seed, name and shape, in pieces. Norms are near 1, biases have a spread of 0.1,
 * matrices one of 1.2 / √(inputs): activations keep a moderate size through any number of layers.
 */
export function* randomValues(name: string, shape: readonly number[], seed: number): Generator<Float32Array> {
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
  const isVector = shape.length === 1;
  const mean = isVector && name.endsWith('.weight') ? 1 : 0;
  const spread = isVector ? 0.1 : 1.2 / Math.sqrt(inputs);
  const table = (normalTable ??= standardNormals());
  const next = randomBits(seed ^ hash(name));
  const total = shape[0]! * inputs;
  for (let done = 0; done < total; done += PIECE) {
    const piece = new Float32Array(Math.min(PIECE, total - done));
    for (let i = 0; i < piece.length; i += 2) {
      const bits = next();
      piece[i] = mean + spread * table[bits & 0xffff]!;
      if (i + 1 < piece.length) piece[i + 1] = mean + spread * table[bits >>> 16]!;
    }
    yield piece;
  }
}

/** Box–Muller transform over uniform numbers of 32 bits. */
function standardNormals(): Float32Array {
  const next = randomBits(1);
  const uniform = (): number => (next() + 0.5) / 2 ** 32;
  return Float32Array.from({ length: 1 << TABLE_BITS }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/** Uniform 32-bit numbers: Marsaglia's xorshift with a Weyl sequence added ("Xorshift RNGs", 2003, xorwow). */
function randomBits(seed: number): () => number {
  let [x, y, z, w, v] = [seed | 0, seed ^ 0x9e3779b9, 0x243f6a88, 0x85a308d3, 0x13198a2e];
  let weyl = seed | 0;
  const next = (): number => {
    const t = x ^ (x >>> 2);
    x = y; y = z; z = w; w = v;
    v = v ^ (v << 4) ^ t ^ (t << 1);
    weyl = (weyl + 362437) | 0;
    return (v + weyl) >>> 0;
  };
  for (let i = 0; i < 16; i++) next(); // so that near seeds are far apart
  return next;
}

/** 32-bit FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}
