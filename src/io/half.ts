/** Half-precision formats widened to float32; every half is exactly a float32, so nothing is rounded. */

/** bfloat16 is the upper half of a float32. */
export function widenBF16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/**
 * IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Works on bits alone, so that a NaN keeps its
 * payload: hosts may change one that passes through a number.
 */
export function widenF16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = widenBits(halves[i]);
  return new Float32Array(bits.buffer);
}

function widenBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A denormal half is fraction · 2^−24: shift its leading one into the hidden place.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}
