import { rewardFigure } from '../../charts/figures.ts';

// Rewards and advantages on one scale that colour-blind people can read: orange below, blue above, nothing at 0.

/** Advantages are in spreads of their group; from here on the colour is full. */
const full = 2;

export function advantageGround(advantage: number): string {
  return ground(advantage < 0 ? 'var(--scale-low)' : 'var(--scale-high)', Math.abs(advantage) / full);
}

export const advantageColour = (advantage: number): string =>
  advantage === 0 ? 'color-mix(in srgb, var(--faint) 45%, var(--line))' : `color-mix(in srgb, ${advantage < 0 ? 'var(--scale-low)' : 'var(--scale-high)'} ${Math.round(Math.min(1, Math.abs(advantage) / full) * 80 + 20)}%, var(--line))`;

/** From here on, in nats of −log p, the colour is full; by its root, so that small doubts are seen too. */
const surprise = 6;

export const logprobGround = (logprob: number): string => ground('var(--scale-low)', Math.sqrt(Math.max(0, -logprob) / surprise));

/** From the first on, in nats, a token has a colour, which is full at the second; by powers of ten, as KL spans many. */
const drift = { least: 1e-4, full: 1 } as const;

export const klGround = (kl: number): string => ground('var(--scale-low)', Math.log(Math.max(kl, drift.least) / drift.least) / Math.log(drift.full / drift.least));

/** In percent: text can still be read on it. */
const strongest = 45;

const ground = (colour: string, share: number): string => `color-mix(in srgb, ${colour} ${Math.round(Math.min(1, Math.max(0, share)) * strongest)}%, transparent)`;

/** With two decimals. */
export const signed = (value: number): string => `${value < 0 ? '−' : value > 0 ? '+' : ''}${Math.abs(value).toFixed(2)}`;

export const plain = rewardFigure;
