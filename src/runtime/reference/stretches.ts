import type { GradientRecord } from "../records.js";

/** A run of elements of a tensor that have a gradient: the first, how many, and the address of their gradient. */
export type Stretch = readonly [first: number, n: number, from: number];

/** Where a tensor has a gradient, in ascending order; `bytes` per element of the gradient. */
export function stretches(
  { gradient, size, rows, count, width, spread }: GradientRecord,
  ints: (ptr: number, n: number) => Int32Array,
  bytes: number,
): Stretch[] {
  if (rows === 0) return [[0, size, gradient]];
  return Array.from(ints(rows, count), (row, k) => [row * width, width, gradient + (spread ? row : k) * width * bytes]);
}
