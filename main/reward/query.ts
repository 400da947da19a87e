import { sharedMultiset } from './text-metrics.ts';
import { standardMetric } from './standard-metric.ts';

/** Below this similarity a query earns nothing (the paper). */
const least = 0.5;

/** Cosine similarity of two texts in −1…1, from a sentence embedder. */
export type TextSimilarity = (a: string, b: string) => Promise<number>;

/** Similarity of a search query and the annotator's in 0…1, 0 below ½ (Visual-ARFT, section 4.3): the embedder's cosine where there is one, else the F1 of their words. */
export async function queryReward(query: string, gold: string, similarity?: TextSimilarity): Promise<number> {
  const value = query.trim() === '' || gold.trim() === '' ? 0 : similarity ? await similarity(query, gold) : lexicalSimilarity(query, gold);
  return value < least ? 0 : Math.min(1, value);
}

/** F1 of the words of two texts, as often as they are there: 0…1. */
export function lexicalSimilarity(a: string, b: string): number {
  const [first, second] = [a, b].map((text) => standardMetric.tokens(standardMetric.normalise(text), '')) as [readonly string[], readonly string[]];
  const shared = sharedMultiset(first, second);
  return shared === 0 ? 0 : (2 * shared) / (first.length + second.length);
}
