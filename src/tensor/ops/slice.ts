import { badRange } from "../../errors.js";
import { copyBlock } from "../copy.js";
import { kernelsOf } from "../kernels-of.js";
import { around, resolveAxis } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";

/**
 * Elements start … end − 1 along an axis; negative numbers count from the end, `end` defaults to the whole rest.
 *
 * x [.., N, ..] → [.., end − start, ..]. Where the elements are adjacent (axis 0), the result shares the memory of x.
 * Errors: `E_RANGE`, `E_AXIS`.
 */
export function slice(x: Tensor, axis: number, start: number, end?: number): Tensor {
  const at = resolveAxis("slice", axis, x.shape);
  const { outer, extent, inner } = around(x.shape, at);
  const from = start < 0 ? start + extent : start;
  const to = end === undefined ? extent : end < 0 ? end + extent : end;
  const whole = Number.isInteger(from) && Number.isInteger(to);
  if (!whole || from < 0 || to < from || to > extent) throw badRange("slice", start, end ?? extent, extent);
  const shape = x.shape.with(at, to - from);
  const cols = (to - from) * inner;
  const width = extent * inner;
  const adjacent = outer === 1;
  const out = adjacent ? x.view(shape, from * inner) : x.emptyLike(shape);
  if (!adjacent) copyBlock(out, 0, cols, x, from * inner, width, outer, cols);
  record(
    [out],
    [x],
    ([dOut]) => {
      const dX = x.emptyLike();
      kernelsOf("slice", dX).fill(dX.ptr, 0, dX.size);
      copyBlock(dX, from * inner, width, dOut!, 0, cols, outer, cols);
      return [dX];
    },
    "slice",
  );
  return out;
}

/**
 * Element `index` along an axis, which goes away: x [T, B, F], axis 0 → [B, F]. −1 is the last.
 *
 * Errors: `E_RANGE`, `E_AXIS`.
 */
export function select(x: Tensor, axis: number, index: number): Tensor {
  const at = resolveAxis("select", axis, x.shape);
  const extent = x.shape[at];
  const from = index < 0 ? index + extent : index;
  if (!Number.isInteger(from) || from < 0 || from >= extent) throw badRange("select", index, index + 1, extent);
  const dropped = x.shape.filter((_, i) => i !== at);
  return reshape(slice(x, at, from, from + 1), dropped);
}
