/** The committed golden numbers, and the one measure of how far a tensor is from them. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { positions, project } from "./streams.js";

/** What is stored of a tensor: all of it, or samples, projections and (always) its largest magnitude. */
export interface Golden {
  shape: number[];
  max: number;
  values?: number[];
  sample?: number[];
  projections?: number[];
}

export interface Provenance {
  torch: string;
  numpy: string;
  python: string;
  machine: string;
}

/** A case: its options, the seed of its streams, and its golden tensors by name. */
export type Case<Options> = Options & { seed: string; tensors: Record<string, Golden> };

/** Relative to max|golden|: float32 programs, and float64 ones. */
export const TOLERANCE = { f32: 1e-5, f64: 1e-12 } as const;

/** The cases of `data/<name>.json`. */
export function load<Options>(name: string): Case<Options>[] {
  const text = readFileSync(new URL(`./data/${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { provenance: Provenance; cases: Case<Options>[] }).cases;
}

/**
 * max|Δ| / max|golden| over what is stored; a projection's Δ counts per length of its weights; the largest magnitude
 * counts as one more element. Where the golden tensor is 0, the difference itself. NaN where a NaN was met.
 */
export function errorOf(values: ArrayLike<number>, golden: Golden): number {
  const size = golden.shape.reduce((a, b) => a * b, 1);
  if (values.length !== size) throw new Error(`${values.length} values for golden shape [${golden.shape.join(", ")}]`);
  const scale = golden.max || 1;
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, Math.abs(values[i]));
  let worst = Math.abs(largest - golden.max);
  golden.values?.forEach((value, i) => (worst = Math.max(worst, Math.abs(values[i] - value))));
  if (golden.sample !== undefined) {
    const at = positions(size, golden.sample.length);
    golden.sample.forEach((value, i) => (worst = Math.max(worst, Math.abs(values[at[i]] - value))));
  }
  golden.projections?.forEach((value, k) => {
    const { sum, norm } = project(k, values);
    worst = Math.max(worst, Math.abs(sum - value) / norm);
  });
  return worst / scale;
}

/** Every golden tensor has its counterpart, none is missing or extra, and all are within the tolerance. */
export function expectGolden(
  actual: Record<string, ArrayLike<number>>,
  golden: Record<string, Golden>,
  tolerance: number,
): void {
  expect(Object.keys(actual).toSorted()).toEqual(Object.keys(golden).toSorted());
  const far: Record<string, number> = {};
  for (const [name, tensor] of Object.entries(golden)) {
    const error = errorOf(actual[name], tensor);
    if (!(error <= tolerance)) far[name] = error;
  }
  expect(far, `tensors further than ${tolerance} from PyTorch's`).toEqual({});
}
