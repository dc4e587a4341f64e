/** Moving rows by number. Each of the two ops is the other's derivative, so they share a page. */
import { badRank, shapesDoNotFit } from "../../errors.js";
import { checkIndices, kernelsOf } from "../kernels-of.js";
import { gatheredSelection } from "../selection.js";
import { sizeOf } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Rows in another order: out[r] = x[index[r]], and zeros where index[r] is negative.
 *
 * x [N, ..], index [R] int32 below N → [R, ..]. Errors: `E_INDEX`, `E_DTYPE`, `E_SHAPE`.
 */
export function gatherRows(x: Tensor, index: Tensor): Tensor {
  kernelsOf("gatherRows", x);
  if (x.rank === 0) throw badRank("gatherRows", "one dimension or more", x.shape);
  if (index.rank !== 1) throw badRank("gatherRows", "an index of one dimension", index.shape);
  checkIndices("gatherRows", index, -Infinity, x.shape[0]);
  const out = gathered(x, index);
  out.selection = gatheredSelection(x, index);
  record([out], [x], ([dOut]) => [scattered(dOut!, index, x.shape[0])], "gatherRows");
  return out;
}

function gathered(x: Tensor, index: Tensor): Tensor {
  const width = sizeOf(x.shape.slice(1));
  const out = x.emptyLike([index.size, ...x.shape.slice(1)]);
  kernelsOf("gatherRows", x).gatherRows(out.ptr, x.ptr, index.ptr, index.size, width);
  return out;
}

/**
 * Rows put in their places: out[index[r]] += x[r], from zeros; a row with a negative index is dropped.
 *
 * x [R, ..], index [R] int32 below `rows` → [rows, ..]. Errors: `E_INDEX`, `E_DTYPE`, `E_SHAPE`.
 */
export function scatterRows(x: Tensor, index: Tensor, rows: number): Tensor {
  kernelsOf("scatterRows", x);
  if (x.rank === 0) throw badRank("scatterRows", "one dimension or more", x.shape);
  if (index.rank !== 1 || index.size !== x.shape[0]) {
    throw shapesDoNotFit("scatterRows", x.shape, index.shape, "the index must hold one number per row");
  }
  checkIndices("scatterRows", index, -Infinity, rows);
  const out = scattered(x, index, rows);
  record([out], [x], ([dOut]) => [gathered(dOut!, index)], "scatterRows");
  return out;
}

function scattered(x: Tensor, index: Tensor, rows: number): Tensor {
  const kernels = kernelsOf("scatterRows", x);
  const width = sizeOf(x.shape.slice(1));
  const out = x.emptyLike([rows, ...x.shape.slice(1)]);
  kernels.fill(out.ptr, 0, out.size);
  kernels.scatterAddRows(out.ptr, x.ptr, index.ptr, index.size, width);
  return out;
}
