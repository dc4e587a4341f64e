import type { FloatType } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import { bytesOf } from "./tensor-core.js";
import type { Tensor } from "./tensor.js";

/**
 * Copy a block of columns between tensors of one dtype: out[r, 0..cols) = x[r, 0..cols), r < rows.
 *
 * @param outAt first element in `out`
 * @param ldo elements from row to row in `out`
 * @param xAt first element in `x`
 * @param ldx elements from row to row in `x`
 */
export function copyBlock(
  out: Tensor,
  outAt: number,
  ldo: number,
  x: Tensor,
  xAt: number,
  ldx: number,
  rows: number,
  cols: number,
): void {
  if (rows === 0 || cols === 0) return;
  const bytes = bytesOf(x.dtype);
  const to = out.ptr + outAt * bytes;
  const from = x.ptr + xAt * bytes;
  if (x.dtype !== "i32") {
    const kernels = runtime().kernels(x.dtype satisfies FloatType);
    if (rows === 1) kernels.copy(to, from, cols);
    else kernels.copyColumns(to, ldo, from, ldx, rows, cols);
    return;
  }
  // Integers never pass through floats: an engine may change the bits of what looks like a NaN.
  const { heap } = runtime();
  const target = heap.i32(to, (rows - 1) * ldo + cols);
  const source = heap.i32(from, (rows - 1) * ldx + cols);
  for (let r = 0; r < rows; r++) target.set(source.subarray(r * ldx, r * ldx + cols), r * ldo);
}
