/** Added to the score of a place that a token may not look at. */
export const closed = -1e9;

/** One row of S new tokens with `own` of `capacity` places in use: each token sees the new tokens up to itself and the own past. [1, 1, S, S + capacity] */
export function causalMask(tokens: number, own: number, capacity: number): Float32Array {
  const width = tokens + capacity;
  const mask = new Float32Array(tokens * width);
  for (let i = 0; i < tokens; i++) {
    mask.fill(closed, i * width + i + 1, i * width + tokens);
    mask.fill(closed, i * width + tokens + own, (i + 1) * width);
  }
  return mask;
}

/** One new token for each row; row b has lengths[b] of `capacity` places in use. [B, 1, 1, 1 + capacity] */
export function decodeMask(lengths: readonly number[], capacity: number): Float32Array {
  const mask = new Float32Array(lengths.length * (1 + capacity));
  for (const [b, length] of lengths.entries()) mask.fill(closed, b * (1 + capacity) + 1 + length, (b + 1) * (1 + capacity));
  return mask;
}
