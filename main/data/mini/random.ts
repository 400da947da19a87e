/** A stream of uniform numbers in [0, 1). */
export type Random = { next(): number };

/** A whole number from low to high, both included. */
export const integer = (random: Random, low: number, high: number): number => low + Math.floor(random.next() * (high - low + 1));

export const choose = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;

/** The list in a random order (Fisher and Yates). */
export function shuffled<T>(random: Random, list: readonly T[]): readonly T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = integer(random, 0, i);
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
