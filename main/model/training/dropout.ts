/**
 * Which of `count` elements stay when each is left out with probability p: 1 or 0. The same seed gives the same elements,
 * so that the way back leaves out what the way forth did. p counts in steps of 2⁻¹⁶.
 */
export function dropoutMask(seed: number, count: number, p: number): Uint8Array {
  const threshold = Math.round(p * 65_536);
  const mask = new Uint8Array(count);
  let state = mixed(seed) || 1;
  for (let i = 0; i < count; i += 2) {
    // xorshift32 (Marsaglia 2003): two draws of 16 bits each.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    mask[i] = (state & 0xffff) >= threshold ? 1 : 0;
    if (i + 1 < count) mask[i + 1] = state >>> 16 >= threshold ? 1 : 0;
  }
  return mask;
}

/** A seed for a part of what a seed stands for. */
export const seedOf = (seed: number, part: number): number => mixed(mixed(seed) + part);

/** Spreads neighbouring numbers apart (MurmurHash3's finaliser). */
function mixed(value: number): number {
  let h = (value + 0x9e3779b9) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
