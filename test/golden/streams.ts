/** Numbers from a name, as in streams.py: what fills the weights, inputs and cotangents of a golden case. */

/** Weighted sums stored of a large tensor. */
export const PROJECTIONS = 4;

/** FNV-1a, 32 bits, of an ASCII name. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Element i of a stream, in [0, 1): murmur3's finaliser over a counter. */
export function unit(seed: number, i: number): number {
  let x = (Math.imul(i, 0x9e3779b1) + seed) | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return (x >>> 0) / 4294967296;
}

/** n numbers in [−scale, scale), float32 values: both precisions start from the same ones. */
export function uniform(name: string, n: number, scale = 1): Float32Array {
  const seed = seedOf(name);
  return Float32Array.from({ length: n }, (_, i) => (2 * unit(seed, i) - 1) * scale);
}

/** n integers in [0, bound). */
export function integers(name: string, n: number, bound: number): Int32Array {
  const seed = seedOf(name);
  return Int32Array.from({ length: n }, (_, i) => Math.floor(unit(seed, i) * bound));
}

/** One place in each of `samples` equal parts of [0, n). */
export function positions(n: number, samples: number): number[] {
  const seed = seedOf("positions");
  return Array.from({ length: samples }, (_, i) => Math.floor(((i + unit(seed, i)) * n) / samples));
}

/** Σ wᵢ·vᵢ over the whole tensor for the weights w of projection k, in [−1, 1), and the length ‖w‖₂ of those. */
export function project(k: number, values: ArrayLike<number>): { sum: number; norm: number } {
  const seed = seedOf(`projection/${k}`);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = 2 * unit(seed, i) - 1;
    sum += weight * values[i];
    squares += weight * weight;
  }
  return { sum, norm: Math.sqrt(squares) };
}
