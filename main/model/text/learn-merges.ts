import { SPLIT, byteAlphabet } from '../folder/random-tokenizer.ts';

/**
 * Byte-pair encoding learned from texts (Sennrich et al. 2016): the most frequent pair of neighbours becomes one token,
 * again and again, until there are `count` or no pair comes twice. Pairs in the order of learning, in the byte-level
 * alphabet; of equally frequent ones the first in the alphabet's order.
 */
export function learnMerges(texts: Iterable<string>, count: number): readonly (readonly [string, string])[] {
  const words = new Map<string, number>();
  for (const text of texts) for (const [word] of text.matchAll(new RegExp(splitRule, 'gu'))) words.set(word, (words.get(word) ?? 0) + 1);
  const alphabet = byteCharacters();
  let pieces = [...words].map(([word, times]) => ({ times, parts: [...Buffer.from(word)].map((byte) => alphabet[byte] as string) }));
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

/** The character of each byte: byteAlphabet lists the printable bytes first, then the others. */
export function byteCharacters(): readonly string[] {
  const printable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  const order = [...Array.from({ length: 256 }, (_, byte) => byte).filter(printable), ...Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !printable(byte))];
  const letters = byteAlphabet();
  const characters = new Array<string>(256);
  for (const [i, byte] of order.entries()) characters[byte] = letters[i] as string;
  return characters;
}
