/**
 * Parameters and data that every peer of the benchmark can make for itself: element i of the stream called `name` is a
 * hash of a counter, murmur3's finaliser over i · 0x9e3779b1 + FNV-1a(name), and nothing else.
 */

/** FNV-1a of the characters, 32 bits. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Element i of the stream with this seed, in [0, 1). */
export function unit(seed: number, i: number): number {
  let x = (Math.imul(i, 0x9e3779b1) + seed) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

/** n float32 numbers, uniform in [−scale, scale). */
export function uniform(name: string, n: number, scale: number): Float32Array {
  const seed = seedOf(name);
  return Float32Array.from({ length: n }, (_, i) => (2 * unit(seed, i) - 1) * scale);
}

/** n whole numbers, uniform in 0 … below − 1. */
export function integers(name: string, n: number, below: number): Int32Array {
  const seed = seedOf(name);
  return Int32Array.from({ length: n }, (_, i) => Math.floor(unit(seed, i) * below));
}
