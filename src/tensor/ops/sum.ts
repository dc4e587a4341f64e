import { expandTo, sumInto } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { type Shape, resolveAxis } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What a reduction can be told. */
export interface ReduceOptions {
  /** The axis to reduce; −1 is the last. Default: all of them. */
  axis?: number;
  /** Keep the reduced axes with extent 1; default false: they go away. */
  keepDim?: boolean;
}

/**
 * Sum over everything, or over one axis: out = Σ x. Everything and the last axis are accumulated in float64.
 *
 * x [.., N, ..], axis N → [.., ..], or [.., 1, ..] with keepDim. Errors: `E_AXIS`, `E_DTYPE`.
 *
 * @example sum(Tensor.from([1, 2, 3, 4], [2, 2]), { axis: 0 }).toArray() // [4, 6]
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduce("sum", x, options, 1);
}

/** Sum divided by `divisor`: the common part of sum and mean. */
export function reduce(who: string, x: Tensor, { axis, keepDim = false }: ReduceOptions, divisor: number): Tensor {
  const kernels = kernelsOf(who, x);
  const at = axis === undefined ? 0 : resolveAxis(who, axis, x.shape);
  const whole = axis === undefined ? x.view([x.size]) : x;
  const kept: Shape = x.shape.map((extent, i) => (axis === undefined || i === at ? 1 : extent));
  const dropped = axis === undefined ? [] : x.shape.filter((_, i) => i !== at);
  const out = x.emptyLike(keepDim ? kept : dropped);
  sumInto(kernels, out, whole, at);
  if (divisor !== 1) kernels.binary("div", out.ptr, 1, out.size, out.ptr, 0, 1, out.constant(divisor).ptr, 0, 0);
  record([out], [x], ([dOut]) => [expandTo(dOut!.view(kept), x.shape, 1 / divisor)], who);
  return out;
}
