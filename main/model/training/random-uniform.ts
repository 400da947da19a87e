import { seedOf } from './dropout.ts';

/** `count` numbers spread evenly over −bound … bound, fixed by a seed and the number of the tensor. */
export function randomUniform(seed: number, tensor: number, count: number, bound: number): Float32Array {
  let state = seedOf(seed, tensor);
  return Float32Array.from({ length: count }, () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1) * bound;
  });
}
