/**
 * A machine of f32 lanes, as a lowering sees it: every value is 32 bits that an operation reads as a float, as an
 * integer or as a mask (all ones or all zeros). Each operation is one WebAssembly SIMD instruction.
 */
export interface Lanes<V> {
  /** The float `value`, rounded to f32. */
  constant(value: number): V;
  /** The 32 bits of `pattern`. */
  bits(pattern: number): V;

  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  div(a: V, b: V): V;
  sqrt(a: V): V;
  neg(a: V): V;
  abs(a: V): V;
  /** IEEE 754 minimum: NaN if either is NaN, −0 < +0. */
  min(a: V, b: V): V;
  /** IEEE 754 maximum: NaN if either is NaN, −0 < +0. */
  max(a: V, b: V): V;
  /** b < a ? b : a; a NaN in `a` passes through. Cheaper than `min`. */
  lesser(a: V, b: V): V;
  /** a < b ? b : a; a NaN in `a` passes through. Cheaper than `max`. */
  greater(a: V, b: V): V;

  /** Mask of a < b. */
  less(a: V, b: V): V;
  /** Mask of a ≤ b. */
  lessEqual(a: V, b: V): V;
  /** Mask of a = b. */
  equal(a: V, b: V): V;
  /** Bits of `a` where the mask is ones, of `b` elsewhere. */
  select(mask: V, a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;

  /** int32 sum, modulo 2³². */
  addInt(a: V, b: V): V;
  /** int32 difference, modulo 2³². */
  subInt(a: V, b: V): V;
  shiftLeft(a: V, count: number): V;
  /** Shift right, copying the sign. */
  shiftRight(a: V, count: number): V;
  /** The int32 as a float. */
  fromInt(a: V): V;
}
