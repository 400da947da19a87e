import { SPLIT } from '../folder/random-tokenizer.ts';
import { byteCharacters } from './byte-characters.ts';

/**
 * Byte-pair encoding learned from texts (Sennrich et al. 2016): the most frequent pair of neighbours becomes one token,
 * again and again, until there are `count` or no pair comes twice. Pairs in the order of learning, in the byte-level
 * alphabet; of equally frequent ones the first in the alphabet's order.
 */
export function learnMerges(texts: Iterable<string>, count: number): readonly (readonly [string, string])[] {
  const words = new Map<string, number>();
  for (const text of texts) for (const [word] of text.matchAll(new RegExp(splitRule, 'gu'))) words.set(word, (words.get(word) ?? 0) + 1);
  let pieces = [...words].map(([word, times]) => ({ times, parts: [...Buffer.from(word)].map((byte) => byteCharacters[byte] as string) }));
  const merges: (readonly [string, string])[] = [];
  while (merges.length < count) {
    const pairs = new Map<string, number>();
    for (const { times, parts } of pieces) for (let i = 1; i < parts.length; i++) {
      const pair = `${parts[i - 1]} ${parts[i]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + times);
    }
    const [best] = [...pairs].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    if (!best || best[1] < 2) break;
    const [left, right] = best[0].split(' ') as [string, string];
    merges.push([left, right]);
    pieces = pieces.map(({ times, parts }) => ({ times, parts: merged(parts, left, right) }));
  }
  return merges;
}

// JavaScript has no (?i:…) everywhere; contractions are of no use here.
const splitRule = SPLIT.replace(/^\(\?i:[^)]*\)\|/, '');

function merged(parts: readonly string[], left: string, right: string): string[] {
  const out: string[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === left && parts[i + 1] === right) {
      out.push(left + right);
      i += 1;
    } else {
      out.push(parts[i] as string);
    }
  }
  return out;
}
