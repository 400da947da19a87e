import { rewardFigure } from '../../charts/figures.ts';

// Rewards and advantages on one scale that colour-blind people can read: orange below, blue above, nothing at 0.

/** Advantages are in spreads of their group; from here on the colour is full. */
const full = 2;

/** A ground for text, so never stronger than what text can be read on. */
export function advantageGround(advantage: number, strongest = 45): string {
  return ground(advantage < 0 ? 'var(--scale-low)' : 'var(--scale-high)', Math.abs(advantage) / full, strongest);
}

export const advantageColour = (advantage: number): string =>
  advantage === 0 ? 'color-mix(in srgb, var(--faint) 45%, var(--line))' : `color-mix(in srgb, ${advantage < 0 ? 'var(--scale-low)' : 'var(--scale-high)'} ${Math.round(Math.min(1, Math.abs(advantage) / full) * 80 + 20)}%, var(--line))`;

/** From here on, in nats of −log p, the colour is full; by its root, so that small doubts are seen too. */
const surprise = 6;

export const logprobGround = (logprob: number): string => ground('var(--scale-low)', Math.sqrt(Math.max(0, -logprob) / surprise), 45);

/** From the first on, in nats, a token has a colour, which is full at the second; by powers of ten, as KL spans many. */
const drift = { least: 1e-4, full: 1 } as const;

export const klGround = (kl: number): string => ground('var(--scale-low)', Math.log(Math.max(kl, drift.least) / drift.least) / Math.log(drift.full / drift.least), 45);

const ground = (colour: string, share: number, strongest: number): string => `color-mix(in srgb, ${colour} ${Math.round(Math.min(1, Math.max(0, share)) * strongest)}%, transparent)`;

export const signed = (value: number, digits = 2): string => `${value < 0 ? '−' : value > 0 ? '+' : ''}${Math.abs(value).toFixed(digits)}`;

export const plain = rewardFigure;
