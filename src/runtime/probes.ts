/**
 * What this engine can do, found out by validating tiny modules: nothing is guessed from names or versions.
 */

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
/** Section 1: one type () → v128; section 3: one function of it. */
const RETURNS_V128 = [1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];
/** v128.const 0 */
const ZERO = [0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

function validates(bytes: readonly number[]): boolean {
  return typeof WebAssembly !== "undefined" && WebAssembly.validate(new Uint8Array(bytes));
}

/** A module with one function of type () → v128. */
function vectorModule(code: readonly number[]): readonly number[] {
  const body = [0, ...code, 0x0b];
  return [...HEADER, ...RETURNS_V128, 10, body.length + 2, 1, body.length, ...body];
}

/** 128-bit SIMD. */
export function hasSimd(): boolean {
  return validates(vectorModule(ZERO));
}

/** Relaxed SIMD: `f32x4.relaxed_madd`, a fused multiply-add where the machine has one. */
export function hasRelaxedSimd(): boolean {
  return validates(vectorModule([...ZERO, ...ZERO, ...ZERO, 0xfd, 0x85, 0x02]));
}
