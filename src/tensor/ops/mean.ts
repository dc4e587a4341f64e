import { nothingToAverage } from "../../errors.js";
import { resolveAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { type ReduceOptions, reduce } from "./sum.js";

export type { ReduceOptions } from "./sum.js";

/**
 * Mean over everything, or over one axis: out = Σ x / N.
 *
 * x [.., N, ..], axis N → [.., ..], or [.., 1, ..] with keepDim. Errors: `E_EMPTY` when N = 0; `E_AXIS`, `E_DTYPE`.
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axis } = options;
  const count = axis === undefined ? x.size : x.shape[resolveAxis("mean", axis, x.shape)];
  if (count === 0) throw nothingToAverage("mean", "there are no elements");
  return reduce("mean", x, options, count);
}
