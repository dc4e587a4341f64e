import { checkIndices, kernelsOf, matrixShape } from "../kernels-of.js";
import { Lookup } from "../selection.js";
import { tableGradient } from "../table-gradient.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Rows of a table: out[.., :] = weight[indices[..], :].
 *
 * indices [..] int32 in 0 … V − 1, weight [V, F] → [.., F]. Errors: `E_INDEX`, `E_DTYPE`, `E_SHAPE`.
 */
export function embedding(indices: Tensor, weight: Tensor): Tensor {
  const kernels = kernelsOf("embedding", weight);
  const [v, width] = matrixShape("embedding", "a weight", weight);
  checkIndices("embedding", indices, 0, v);
  const out = weight.emptyLike([...indices.shape, width]);
  kernels.gatherRows(out.ptr, weight.ptr, indices.ptr, indices.size, width);
  out.selection = { from: new Lookup(out, weight, indices), rows: null };
  record([out], [weight], ([dOut]) => [tableGradient(weight, indices, dOut!)], "embedding");
  return out;
}
