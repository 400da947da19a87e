import type { HeldOut, StepMetrics } from '../../records/run-events.ts';

export type Curve = { readonly steps: readonly { readonly step: number; readonly metrics: StepMetrics }[]; readonly heldOut: readonly { readonly step: number; readonly heldOut: HeldOut }[] };

/** The mean reward of each step in one line of eight heights. */
export function curveText({ steps }: Curve): string {
  const bars = '▁▂▃▄▅▆▇█';
  const values = steps.flatMap(({ metrics }) => metrics.rewardMean ?? []);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${low.toFixed(2)} ${values.map((value) => bars[Math.min(7, Math.floor((8 * (value - low)) / Math.max(1e-9, high - low)))]).join('')} ${high.toFixed(2)}`;
}

const [width, height, left, right, top, bottom] = [760, 320, 52, 60, 24, 40];

/** Reward by step and held-out shares, as a picture that stands alone. */
export function curveSvg({ steps, heldOut }: Curve): string {
  const last = Math.max(1, steps.length);
  const x = (step: number): number => left + ((width - left - right) * step) / last;
  const rewards = steps.flatMap(({ step, metrics }) => (metrics.rewardMean === undefined ? [] : [[step, metrics.rewardMean] as const]));
  const most = Math.max(2, ...rewards.map(([, reward]) => reward));
  const y = (share: number): number => height - bottom - (height - top - bottom) * share;
  const line = (points: readonly (readonly [number, number])[]): string => points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`).join('');
  const path = (points: readonly (readonly [number, number])[], colour: string, dots: boolean): string =>
    `<path d="${line(points)}" fill="none" stroke="${colour}" stroke-width="2"/>${dots ? points.map(([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3.5" fill="${colour}"/>`).join('') : ''}`;
  const shares = (pick: (figures: HeldOut) => number | undefined): readonly (readonly [number, number])[] => heldOut.flatMap(({ step, heldOut: figures }) => (pick(figures) === undefined ? [] : [[x(step), y((pick(figures) as number) / 100)] as const]));
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => `<line x1="${left}" x2="${width - right}" y1="${y(share)}" y2="${y(share)}" stroke="#8884"/><text x="${left - 8}" y="${y(share) + 4}" text-anchor="end">${(most * share).toFixed(1)}</text><text x="${width - right + 8}" y="${y(share) + 4}">${Math.round(100 * share)} %</text>`).join('');
  const labels = [0, 0.25, 0.5, 0.75, 1].map((part) => `<text x="${x(Math.round(part * last))}" y="${height - bottom + 18}" text-anchor="middle">${Math.round(part * last)}</text>`).join('');
  const legend = [['#3b82f6', 'reward of training (left)'], ['#16a34a', 'held-out F1 (right)'], ['#d97706', 'held-out right tool (right)']].map(([colour, text], i) => `<rect x="${left + i * 215}" y="4" width="12" height="12" fill="${colour}"/><text x="${left + 18 + i * 215}" y="14">${text}</text>`).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#888" role="img" aria-label="Reward and held-out figures by step">${grid}${labels}<text x="${(width - right + left) / 2}" y="${height - 6}" text-anchor="middle">step</text>${path(rewards.map(([step, reward]) => [x(step + 0.5), y(reward / most)] as const), '#3b82f6', false)}${path(shares(({ f1 }) => f1), '#16a34a', true)}${path(shares(({ rightTool }) => rightTool), '#d97706', true)}${legend}</svg>\n`;
}
