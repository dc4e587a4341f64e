import { sizeMismatch } from "../../errors.js";
import { reshapedSelection } from "../selection.js";
import { type Shape, checkShape, sizeOf } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * The same elements in another shape, without copying; one extent may be −1 and is worked out.
 *
 * Errors: `E_SIZE` when the element counts differ; `E_SHAPE`.
 *
 * @example reshape(Tensor.zeros([2, 6]), [3, -1]).shape // [3, 4]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const free = shape.indexOf(-1);
  const known = sizeOf(shape.filter((_, i) => i !== free));
  const resolved = free < 0 ? shape : shape.with(free, known === 0 ? 0 : x.size / known);
  if (free >= 0 && !Number.isInteger(resolved[free])) throw sizeMismatch("reshape", shape.with(free, 1), x.size);
  checkShape("reshape", resolved);
  if (sizeOf(resolved) !== x.size) throw sizeMismatch("reshape", resolved, x.size);
  const out = x.view(resolved);
  out.selection = reshapedSelection(x, resolved);
  record([out], [x], ([dOut]) => [dOut!.view(x.shape)], "reshape");
  return out;
}
