import { kernelsOf } from "./kernels-of.js";
import type { Gradient } from "./tape.js";
import type { Tensor } from "./tensor.js";

/**
 * Gradient of a table of which rows were taken: d[v, :] = Σ of dRows[r, :] over the r with index[r] = v, r ascending.
 *
 * table [V, F], index [N] int32 below V (a negative one took no row), dRows [N, F] → for [V, F], to be returned as it is
 * by the `backward` of an operation that has the table among its inputs.
 */
export function tableGradient(table: Tensor, index: Tensor, dRows: Tensor): Gradient {
  const kernels = kernelsOf("tableGradient", table, dRows);
  const gradient = table.emptyLike();
  kernels.fill(gradient.ptr, 0, gradient.size);
  kernels.scatterAddRows(gradient.ptr, dRows.ptr, index.ptr, index.size, table.size / table.shape[0]);
  return gradient;
}
