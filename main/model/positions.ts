/** An image's patches: frames, rows, columns. */
export type PatchGrid = readonly [number, number, number];

export type TokenPositions = {
  /** Three rows, one after another: time, height and width position of each token. [3·tokens] */
  readonly positions: Int32Array;
  /** Position of the token after the last. */
  readonly next: number;
  /** next − start − number of tokens, as the reference calls it. */
  readonly ropeDelta: number;
};

/**
 * M-RoPE positions of a passage that starts at position `start` (Qwen2.5-VL's get_rope_index, for still images).
 * Text advances all three positions by one a token. The tokens of an image share its time position and take rows and
 * columns of the merged grid from there on; the text behind it continues after the largest.
 * @throws RangeError when the image tokens are not as many as the grids ask for.
 */
export function mropePositions(
  ids: readonly number[],
  grids: readonly PatchGrid[],
  { imageToken, mergeSize }: { readonly imageToken: number; readonly mergeSize: number },
  start = 0,
): TokenPositions {
  const n = ids.length;
  const positions = new Int32Array(3 * n);
  const waiting = [...grids];
  let next = start;
  for (let i = 0; i < n; ) {
    if (ids[i] !== imageToken) {
      for (let axis = 0; axis < 3; axis++) positions[axis * n + i] = next;
      next += 1;
      i += 1;
      continue;
    }
    const grid = waiting.shift();
    if (!grid) throw new RangeError(`token ${i} belongs to an image, but only ${grids.length} images are given`);
    const [, rows, columns] = [grid[0], grid[1] / mergeSize, grid[2] / mergeSize];
    for (let place = 0; place < rows * columns; place++, i++) {
      if (ids[i] !== imageToken) throw new RangeError(`image ${grids.length - waiting.length - 1} needs ${rows * columns} image tokens, found ${place}`);
      positions[i] = next;
      positions[n + i] = next + Math.floor(place / columns);
      positions[2 * n + i] = next + (place % columns);
    }
    next += Math.max(rows, columns);
  }
  if (waiting.length > 0) throw new RangeError(`${grids.length} images are given, the tokens have places for ${grids.length - waiting.length}`);
  return { positions, next, ropeDelta: next - start - n };
}

export type RotaryTables = {
  /** [rows, headDim / 2]; the second half of a head turns by the same angles. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
};

/**
 * cos and sin of position·θ^(−2j/size), each factor in single precision as PyTorch computes it.
 * `at` gives the position of a row and the number of the frequency (0 ≤ j < size/2) for a column.
 */
export function rotaryAngles(
  rows: number,
  size: number,
  theta: number,
  at: (row: number, column: number) => { readonly position: number; readonly frequency: number },
  columns = size,
): RotaryTables {
  const frequencies = Float32Array.from({ length: size / 2 }, (_, j) => 1 / Math.fround(theta ** Math.fround((2 * j) / size)));
  const cos = new Float32Array(rows * columns);
  const sin = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const { position, frequency } = at(row, column);
      const radians = Math.fround(position * (frequencies[frequency] as number));
      cos[row * columns + column] = Math.cos(radians);
      sin[row * columns + column] = Math.sin(radians);
    }
  }
  return { cos, sin };
}

/** The decoder's angles: frequency j turns with the time, height or width position, by its section of `mropeSection`. */
export function rotaryTables(
  positions: Int32Array,
  { headDim, ropeTheta, mropeSection }: { readonly headDim: number; readonly ropeTheta: number; readonly mropeSection: readonly number[] },
): RotaryTables {
  const n = positions.length / 3;
  const axisOf = mropeSection.flatMap((count, axis) => new Array<number>(count).fill(axis));
  const at = (token: number, j: number) => ({ position: positions[(axisOf[j] as number) * n + token] as number, frequency: j });
  return rotaryAngles(n, headDim, ropeTheta, at, headDim / 2);
}
