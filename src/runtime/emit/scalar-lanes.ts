/**
 * One lane in plain JavaScript: the oracle of bits. A value is its bit pattern as an int32, so that masks and NaN keep
 * theirs; rounding the double result of + − × ÷ √ to f32 gives the correctly rounded f32 result, denormals included.
 */
import type { Lanes } from "./lanes.js";

const float = new Float32Array(1);
const int = new Int32Array(float.buffer);

/** Bit pattern of `x` rounded to f32, as an int32. */
export function toBits(x: number): number {
  float[0] = x;
  return int[0];
}

/** The f32 whose bit pattern is `pattern`. */
export function fromBits(pattern: number): number {
  int[0] = pattern;
  return float[0];
}

const mask = (condition: boolean): number => (condition ? -1 : 0);

/** `Lanes` over int32 bit patterns. */
export const scalarLanes: Lanes<number> = {
  constant: toBits,
  bits: (pattern) => pattern | 0,
  add: (a, b) => toBits(fromBits(a) + fromBits(b)),
  sub: (a, b) => toBits(fromBits(a) - fromBits(b)),
  mul: (a, b) => toBits(fromBits(a) * fromBits(b)),
  div: (a, b) => toBits(fromBits(a) / fromBits(b)),
  sqrt: (a) => toBits(Math.sqrt(fromBits(a))),
  neg: (a) => a ^ 0x80000000,
  abs: (a) => a & 0x7fffffff,
  min: (a, b) => toBits(Math.min(fromBits(a), fromBits(b))),
  max: (a, b) => toBits(Math.max(fromBits(a), fromBits(b))),
  lesser: (a, b) => (fromBits(b) < fromBits(a) ? b : a),
  greater: (a, b) => (fromBits(a) < fromBits(b) ? b : a),
  less: (a, b) => mask(fromBits(a) < fromBits(b)),
  lessEqual: (a, b) => mask(fromBits(a) <= fromBits(b)),
  equal: (a, b) => mask(fromBits(a) === fromBits(b)),
  select: (m, a, b) => (a & m) | (b & ~m),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  addInt: (a, b) => (a + b) | 0,
  subInt: (a, b) => (a - b) | 0,
  shiftLeft: (a, count) => a << count,
  shiftRight: (a, count) => a >> count,
  fromInt: (a) => toBits(a),
};
