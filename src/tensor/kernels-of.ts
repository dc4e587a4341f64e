/** What ops share at their doors: the kernel table of their operands, and checks in the words of `errors.ts`. */
import { badRank, indexOutOfRange, mixedDtypes, wrongDtype } from "../errors.js";
import type { FloatType, Kernels } from "../runtime/kernels.js";
import { runtime } from "../runtime/runtime.js";
import type { Tensor } from "./tensor.js";

/** The kernels for these operands. Errors: `E_DTYPE` for int32 and for operands of different dtypes. */
export function kernelsOf(who: string, first: Tensor, ...others: (Tensor | null | undefined)[]): Kernels {
  for (const other of others) {
    if (other != null && other.dtype !== first.dtype) throw mixedDtypes(who, [first.dtype, other.dtype]);
  }
  if (first.dtype === "i32") throw wrongDtype(who, "f32 or f64", first.dtype);
  return runtime().kernels(first.dtype satisfies FloatType);
}

/** Rows and columns of a matrix. Errors: `E_SHAPE` when `x` is none. */
export function matrixShape(who: string, what: string, x: Tensor): [rows: number, cols: number] {
  if (x.rank !== 2) throw badRank(who, `${what} of two dimensions`, x.shape);
  return [x.shape[0], x.shape[1]];
}

/**
 * Check that `indices` are int32 and each in low … high − 1 (or equal to `except`).
 *
 * Errors: `E_DTYPE`; `E_INDEX` with the first offender and its position.
 */
export function checkIndices(who: string, indices: Tensor, low: number, high: number, except?: number): void {
  if (indices.dtype !== "i32") throw wrongDtype(who, "i32 indices", indices.dtype);
  const values = indices.data();
  for (let i = 0; i < values.length; i++) {
    const index = values[i];
    if ((index < low || index >= high) && index !== except) throw indexOutOfRange(who, index, i, low, high);
  }
}
