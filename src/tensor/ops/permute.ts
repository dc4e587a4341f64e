import { badPermutation } from "../../errors.js";
import { type Shape, resolveAxis, sizeOf } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * The axes in another order: out[i₀, i₁, …] has axis `order[d]` of x as its axis d. Copies.
 *
 * Errors: `E_AXIS` when `order` does not name each axis once.
 *
 * @example permute(x, [1, 0, 2]) // [B, T, F] → [T, B, F]
 */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const axes = order.map((axis) => resolveAxis("permute", axis, x.shape));
  if (axes.length !== x.rank || new Set(axes).size !== x.rank) throw badPermutation(order, x.shape);
  const out = permuted(x, axes);
  const inverse = axes.map((_, i) => axes.indexOf(i));
  record([out], [x], ([dOut]) => [permuted(dOut!, inverse)], "permute");
  return out;
}

/** Two axes exchanged, by default the last two: x [M, N] → [N, M]. Copies. Errors: `E_AXIS`. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const first = resolveAxis("transpose", a, x.shape);
  const second = resolveAxis("transpose", b, x.shape);
  const order = x.shape.map((_, i) => (i === first ? second : i === second ? first : i));
  return permute(x, order);
}

function permuted(x: Tensor, axes: readonly number[]): Tensor {
  const shape: Shape = axes.map((axis) => x.shape[axis]);
  const strides = axes.map((axis) => sizeOf(x.shape.slice(axis + 1)));
  const out = x.emptyLike(shape);
  const to = out.data();
  const from = x.data();
  const index = shape.map(() => 0);
  const last = shape.length - 1;
  const cols = shape[last] ?? 1;
  const stride = strides[last] ?? 0;
  for (let at = 0, base = 0; at < to.length;) {
    for (let c = 0; c < cols; c++) to[at++] = from[base + c * stride];
    for (let d = last - 1; d >= 0; d--) {
      base += strides[d];
      if (++index[d] < shape[d]) break;
      base -= strides[d] * shape[d];
      index[d] = 0;
    }
  }
  return out;
}
