/**
 * bfloat16 and float16 to float32 and back, as bit patterns in Uint16Array: onnxruntime-node has no bfloat16 tensor,
 * and reads float16 from a Uint16Array. Rounding is to the nearest, ties to even (IEEE 754-2019, 4.3.1); subnormals,
 * signed zeros and infinities are kept; a NaN stays a NaN, made quiet where its payload does not fit.
 *
 * Source and target have the same length, else RangeError: a caller works in chunks by passing subarrays.
 */

/** A float16 has 65,536 values, so widening is a look-up: [bits] → float32 bits. Made on first use (256 KiB). */
let float16Table: Uint32Array | undefined;

export function bfloat16ToFloat32(source: Uint16Array, target: Float32Array): void {
  requireSameLength(source, target);
  const bits = bitsOf(target);
  const fours = source.length & ~3;
  // Four at a time: half as much again as one at a time, and a model has billions.
  for (let i = 0; i < fours; i += 4) {
    bits[i] = source[i]! << 16;
    bits[i + 1] = source[i + 1]! << 16;
    bits[i + 2] = source[i + 2]! << 16;
    bits[i + 3] = source[i + 3]! << 16;
  }
  for (let i = fours; i < source.length; i++) bits[i] = source[i]! << 16;
}

export function float32ToBfloat16(source: Float32Array, target: Uint16Array): void {
  requireSameLength(source, target);
  const bits = bitsOf(source);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    // Rounding up could carry a NaN's payload into infinity, so a NaN is cut and made quiet.
    target[i] = (x & 0x7fffffff) > 0x7f800000 ? (x >>> 16) | 0x40 : (x + 0x7fff + ((x >>> 16) & 1)) >>> 16;
  }
}

export function float16ToFloat32(source: Uint16Array, target: Float32Array): void {
  requireSameLength(source, target);
  const table = (float16Table ??= Uint32Array.from({ length: 0x10000 }, (_, half) => widenFloat16(half)));
  const bits = bitsOf(target);
  for (let i = 0; i < source.length; i++) bits[i] = table[source[i]!]!;
}

export function float32ToFloat16(source: Float32Array, target: Uint16Array): void {
  requireSameLength(source, target);
  const bits = bitsOf(source);
  for (let i = 0; i < bits.length; i++) target[i] = narrowToFloat16(bits[i]!);
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: Float32Array): number {
  // A finite number less itself is 0, any other gives NaN, and NaN stays in a sum. Four sums, so that they need not wait for each other.
  let [a, b, c, d] = [0, 0, 0, 0];
  const fours = values.length & ~3;
  for (let i = 0; i < fours; i += 4) {
    a += values[i]! - values[i]!;
    b += values[i + 1]! - values[i + 1]!;
    c += values[i + 2]! - values[i + 2]!;
    d += values[i + 3]! - values[i + 3]!;
  }
  for (let i = fours; i < values.length; i++) a += values[i]! - values[i]!;
  return a + b + c + d === 0 ? -1 : values.findIndex((value) => !Number.isFinite(value));
}

/** float16 bits → float32 bits: the exponent's bias goes from 15 to 127, a subnormal is normalised. */
function widenFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  const shift = Math.clz32(fraction) - 21; // brings the leading bit of the 10-bit fraction to the hidden bit
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)) >>> 0;
}

/** float32 bits → float16 bits. */
function narrowToFloat16(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x1ff);
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2^16 and above
  // From 2^-14 on a float16 is normal; a carry out of the fraction moves to the next exponent, at the top to infinity.
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  const exponent = magnitude >>> 23;
  if (exponent < 102) return sign; // below 2^-25, half of the smallest subnormal
  const shift = 126 - exponent; // 14 … 24: the fraction counts in units of 2^-24
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const half = 1 << (shift - 1);
  return sign | ((fraction + half - 1 + ((fraction >>> shift) & 1)) >>> shift);
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function requireSameLength(source: { readonly length: number }, target: { readonly length: number }): void {
  if (source.length !== target.length) throw new RangeError(`${source.length} values do not fit a target of ${target.length}`);
}
