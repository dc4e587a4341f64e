/** Arrays of plain numbers with a shape, outside the heap: what contract checks cut up, compare and keep. */
import type { Rng } from "../runtime/index.js";
import { Tensor } from "../tensor/index.js";

/** Row-major numbers. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Normal numbers, rounded to float32: both dtypes hold them exactly. */
export function randomNumbers(rng: Rng, shape: readonly number[]): Numbers {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float64Array.from({ length: size }, () => Math.fround(rng.normal())) };
}

/** A copy of a tensor's numbers. */
export function numbersOf(tensor: Tensor): Numbers {
  return { shape: [...tensor.shape], data: Float64Array.from(tensor.toArray()) };
}

export function tensorOf({ shape, data }: Numbers, dtype: "f32" | "f64", requiresGrad: boolean): Tensor {
  return Tensor.from(data, shape, { dtype, requiresGrad });
}

/** These places of one axis, in this order. */
export function take({ shape, data }: Numbers, axis: number, places: readonly number[]): Numbers {
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Float64Array(outer * places.length * inner);
  for (let o = 0; o < outer; o++) {
    places.forEach((place, i) => {
      const from = (o * shape[axis] + place) * inner;
      out.set(data.subarray(from, from + inner), (o * places.length + i) * inner);
    });
  }
  return { shape: shape.map((size, a) => (a === axis ? places.length : size)), data: out };
}

/** The numbers from … to − 1. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Index of the first number that differs in its bits or is not finite; −1 if all are equal and finite. */
export function firstDifference(a: Numbers, b: Numbers): number {
  if (a.data.length !== b.data.length) return 0;
  return a.data.findIndex((value, i) => !Number.isFinite(value) || !Object.is(value, b.data[i]));
}

/**
 * max|a − b| / max(max|b|, floor): how far a is from b, measured by the largest of b. NaN and infinities count as
 * infinitely far.
 */
export function distance(a: Numbers, b: Numbers, floor = 0.1): number {
  if (a.data.length !== b.data.length) return Infinity;
  let scale = floor;
  let worst = 0;
  a.data.forEach((value, i) => {
    scale = Math.max(scale, Math.abs(b.data[i]));
    const error = Math.abs(value - b.data[i]);
    worst = error <= worst ? worst : error === error ? error : Infinity;
  });
  return worst / scale;
}
