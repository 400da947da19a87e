import type { Score } from '../records/score.ts';

// How an answer compares with gold answers: F1 over tokens, and exact match after normalising (docs/scoring.md).

/** How a text is normalised and cut into tokens, and how shared tokens are counted. */
export type TextMetric = {
  readonly normalise: (text: string) => string;
  /** Tokens of a normalised text that is compared with another. */
  readonly tokens: (normalised: string, other: string) => readonly string[];
  /** Tokens that both have. */
  readonly shared: (prediction: readonly string[], gold: readonly string[]) => number;
};

/**
 * The best score over the gold answers, F1 in 0…1 and exact match 0 or 1; an exact match has F1 1. No prediction (null or nothing but white space) scores 0.
 * A sample without gold answers scores 0: nothing can be right.
 */
export function scoreAnswer(metric: TextMetric, prediction: string | null, golds: readonly string[]): Score {
  if (prediction === null || prediction.trim() === '') return { f1: 0, em: 0 };
  const normalised = metric.normalise(prediction);
  let [f1, em] = [0, 0];
  for (const gold of golds) {
    const wanted = metric.normalise(gold);
    if (wanted === normalised) em = 1;
    f1 = Math.max(f1, tokenF1(metric, metric.tokens(normalised, wanted), metric.tokens(wanted, normalised)));
  }
  return { f1: em === 1 ? 1 : f1, em };
}

function tokenF1(metric: TextMetric, prediction: readonly string[], gold: readonly string[]): number {
  const shared = metric.shared(prediction, gold);
  // 2·P·R / (P + R) with P = shared / |prediction|, R = shared / |gold|
  return shared === 0 ? 0 : (2 * shared) / (prediction.length + gold.length);
}

/** Each token of one text pairs with one of the other: "new york new york" has four in common with itself. */
export function sharedMultiset(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const token of b) counts.set(token, (counts.get(token) ?? 0) + 1);
  let shared = 0;
  for (const token of a) {
    const left = counts.get(token) ?? 0;
    if (left > 0) {
      counts.set(token, left - 1);
      shared += 1;
    }
  }
  return shared;
}

/** The number of different tokens that both have, whatever their number. */
export const sharedSet = (a: readonly string[], b: readonly string[]): number => new Set(a).intersection(new Set(b)).size;
