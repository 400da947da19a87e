import { type PatchGrid, type RotaryTables, rotaryAngles } from './positions.ts';

export type WindowLayout = {
  /** Merged unit (in reading order) at each place of the window order. */
  readonly order: Int32Array;
  /** Place in the window order of each merged unit. */
  readonly inverse: Int32Array;
  /** Merged units in each window, in order; windows at the right and bottom edge may be smaller. */
  readonly windows: readonly number[];
};

/** The attention windows of one image, row by row, each in reading order (Qwen2.5-VL's get_window_index). */
export function windowLayout(
  [, gridRows, gridColumns]: PatchGrid,
  { mergeSize, patchSize, windowSize }: { readonly mergeSize: number; readonly patchSize: number; readonly windowSize: number },
): WindowLayout {
  const side = Math.floor(Math.floor(windowSize / mergeSize) / patchSize);
  const [rows, columns] = [gridRows / mergeSize, gridColumns / mergeSize];
  const order = new Int32Array(rows * columns);
  const inverse = new Int32Array(rows * columns);
  const windows: number[] = [];
  let place = 0;
  for (let top = 0; top < rows; top += side) {
    for (let left = 0; left < columns; left += side) {
      const before = place;
      for (let row = top; row < Math.min(rows, top + side); row++) {
        for (let column = left; column < Math.min(columns, left + side); column++, place++) {
          order[place] = row * columns + column;
          inverse[row * columns + column] = place;
        }
      }
      windows.push(place - before);
    }
  }
  return { order, inverse, windows };
}

// Fixed in Qwen2.5-VL's code, not in its config.
const theta = 10_000;

/** The vision tower's angles for each patch, merged unit by merged unit: half of a head turns with the row, half with the column. */
export function visionRotary([, rows, columns]: PatchGrid, { mergeSize, headDim }: { readonly mergeSize: number; readonly headDim: number }): RotaryTables {
  const unitColumns = columns / mergeSize;
  const place = (patch: number): readonly [number, number] => {
    const unit = Math.floor(patch / mergeSize ** 2);
    const inside = patch % mergeSize ** 2;
    return [
      Math.floor(unit / unitColumns) * mergeSize + Math.floor(inside / mergeSize),
      (unit % unitColumns) * mergeSize + (inside % mergeSize),
    ];
  };
  const quarter = headDim / 4;
  return rotaryAngles(rows * columns, headDim / 2, theta, (patch, j) => ({ position: place(patch)[j < quarter ? 0 : 1] as number, frequency: j % quarter }));
}
