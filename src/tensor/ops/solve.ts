import { badRank, shapesDoNotFit, singularMatrix } from "../../errors.js";
import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Solution of a system of linear equations: X with A·X = B, a [N, N], b [N, M] → [N, M].
 *
 * By LU decomposition with partial pivoting, in float64 for both dtypes, on one thread: N³·2/3 + 2·N²·M operations.
 * Backward: dB = A⁻ᵀ·dX, dA = −dB·Xᵀ, from the same decomposition. Errors: `E_SINGULAR` when a pivot is 0 or no number,
 * `E_SHAPE`, `E_DTYPE`. Source: Golub & Van Loan, "Matrix computations", 3.4; torch.linalg.solve.
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  kernelsOf("solve", a, b);
  if (a.rank !== 2 || a.shape[0] !== a.shape[1]) throw badRank("solve", "a square matrix on the left", a.shape);
  if (b.rank !== 2 || b.shape[0] !== a.shape[0]) {
    throw shapesDoNotFit("solve", a.shape, b.shape, "a [N, N] needs b [N, M]");
  }
  const [n, m] = b.shape;
  const factors = decompose(Float64Array.from(a.data()), n);
  const x = Float64Array.from(b.data());
  forwards(factors, x, n, m);
  const out = b.emptyLike().set(x);
  record(
    [out],
    [a, b],
    ([dX]) => {
      const y = Float64Array.from(dX!.data());
      backwards(factors, y, n, m);
      const dB = b.requiresGrad ? b.emptyLike().set(y) : null;
      const dA = a.requiresGrad ? a.emptyLike().set(outer(y, x, n, m)) : null;
      return [dA, dB];
    },
    "solve",
  );
  return out;
}

/** P·A = L·U: L below the diagonal (its own is 1), U from it on; row i of P·A is row `order[i]` of A. */
interface Factors {
  readonly lu: Float64Array;
  readonly order: Int32Array;
}

function decompose(lu: Float64Array, n: number): Factors {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let r = k + 1; r < n; r++) if (Math.abs(lu[r * n + k]) > Math.abs(lu[pivot * n + k])) pivot = r;
    const top = lu[pivot * n + k];
    if (!(Math.abs(top) > 0 && Math.abs(top) < Infinity)) throw singularMatrix("solve", k);
    if (pivot !== k) {
      [order[k], order[pivot]] = [order[pivot], order[k]];
      for (let c = 0; c < n; c++) [lu[k * n + c], lu[pivot * n + c]] = [lu[pivot * n + c], lu[k * n + c]];
    }
    for (let r = k + 1; r < n; r++) {
      const factor = (lu[r * n + k] /= top);
      if (factor !== 0) subtractRow(lu, r * n + k + 1, factor, k * n + k + 1, n - k - 1);
    }
  }
  return { lu, order };
}

/** x ← A⁻¹·x, x [n, m]. */
function forwards({ lu, order }: Factors, x: Float64Array, n: number, m: number): void {
  const given = x.slice();
  for (let r = 0; r < n; r++) x.set(given.subarray(order[r] * m, order[r] * m + m), r * m);
  for (let r = 0; r < n; r++) for (let k = 0; k < r; k++) subtractRow(x, r * m, lu[r * n + k], k * m, m);
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) subtractRow(x, r * m, lu[r * n + k], k * m, m);
    for (let c = 0; c < m; c++) x[r * m + c] /= lu[r * n + r];
  }
}

/** x ← A⁻ᵀ·x = Pᵀ·L⁻ᵀ·U⁻ᵀ·x, x [n, m]. */
function backwards({ lu, order }: Factors, x: Float64Array, n: number, m: number): void {
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < r; k++) subtractRow(x, r * m, lu[k * n + r], k * m, m);
    for (let c = 0; c < m; c++) x[r * m + c] /= lu[r * n + r];
  }
  for (let r = n - 1; r >= 0; r--) {
    for (let k = r + 1; k < n; k++) subtractRow(x, r * m, lu[k * n + r], k * m, m);
  }
  const solved = x.slice();
  for (let r = 0; r < n; r++) x.set(solved.subarray(r * m, r * m + m), order[r] * m);
}

/** −y·xᵀ, y and x [n, m] → [n, n]. */
function outer(y: Float64Array, x: Float64Array, n: number, m: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += y[r * m + k] * x[c * m + k];
      out[r * n + c] = -sum;
    }
  }
  return out;
}

/** x[to + c] −= factor·x[from + c], c < count. */
function subtractRow(x: Float64Array, to: number, factor: number, from: number, count: number): void {
  for (let c = 0; c < count; c++) x[to + c] -= factor * x[from + c];
}
