/** Added to the score of a place that a token may not look at. */
export const closed = -1e9;

/** One row of S new tokens with `own` of `capacity` places in use: each token sees the own past and the new tokens up to itself. [1, 1, S, capacity + S] */
export function causalMask(tokens: number, own: number, capacity: number): Float32Array {
  const width = capacity + tokens;
  const mask = new Float32Array(tokens * width);
  for (let i = 0; i < tokens; i++) {
    mask.fill(closed, i * width + own, i * width + capacity);
    mask.fill(closed, i * width + capacity + i + 1, (i + 1) * width);
  }
  return mask;
}

/** One new token for each row; row b has lengths[b] of `capacity` places in use. [B, 1, 1, capacity + 1] */
export function decodeMask(lengths: readonly number[], capacity: number): Float32Array {
  const mask = new Float32Array(lengths.length * (capacity + 1));
  for (const [b, length] of lengths.entries()) mask.fill(closed, b * (capacity + 1) + length, b * (capacity + 1) + capacity);
  return mask;
}
