/** Numbers of a distribution, the same for the same seed. */
export function randomNumbers(count: number, seed: number, distribution: (uniform: () => number) => number): Float32Array {
  let state = BigInt(seed) * 2n + 1n;
  // A multiplicative congruential generator of 64 bits; its upper 32 bits are used.
  const uniform = (): number => {
    state = (state * 0xd1342543de82ef95n) & 0xffffffffffffffffn;
    return (Number(state >> 32n) + 0.5) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => distribution(uniform));
}

/** Standard normal, by Box and Muller. */
export const normal = (uniform: () => number): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

/** Student's t with two degrees of freedom: now and then a weight far outside. */
export const heavyTailed = (uniform: () => number): number => normal(uniform) / Math.sqrt(-Math.log(uniform()));
