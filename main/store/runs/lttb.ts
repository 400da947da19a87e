/** Points of a line, by rising step. */
export type Points = { readonly steps: Float64Array; readonly values: Float64Array };

/**
 * At most `most` (≥ 3) points that keep the line's shape: the first, the last, and of each bucket between the one that
 * spans the largest triangle with the point chosen before and the mean of the next bucket (Largest-Triangle-Three-Buckets;
 * Steinarsson 2013, section 4.2).
 */
export function downsampled(points: Points, most: number): Points {
  const { steps, values } = points;
  const count = steps.length;
  if (count <= most) return points;
  const chosen = { steps: new Float64Array(most), values: new Float64Array(most) };
  const width = (count - 2) / (most - 2);
  const bucket = (i: number): number => Math.floor(i * width) + 1; // where bucket i begins; the last point is its own
  let before = 0;
  const choose = (i: number, point: number): void => {
    chosen.steps[i] = steps[point] as number;
    chosen.values[i] = values[point] as number;
    before = point;
  };
  choose(0, 0);
  for (let i = 0; i < most - 2; i++) {
    const [from, to] = [bucket(i), bucket(i + 1)];
    const end = Math.min(bucket(i + 2), count);
    let [meanStep, meanValue] = [0, 0];
    for (let j = to; j < end; j++) {
      meanStep += steps[j] as number;
      meanValue += values[j] as number;
    }
    meanStep /= end - to;
    meanValue /= end - to;
    const [x, y] = [steps[before] as number, values[before] as number];
    let [best, area] = [from, -1];
    for (let j = from; j < to; j++) {
      const twice = Math.abs((x - meanStep) * ((values[j] as number) - y) - (x - (steps[j] as number)) * (meanValue - y));
      if (twice > area) [best, area] = [j, twice];
    }
    choose(i + 1, best);
  }
  choose(most - 1, count - 1);
  return chosen;
}
