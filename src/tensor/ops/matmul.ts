import { badRank, shapesDoNotFit } from "../../errors.js";
import { kernelsOf, matrixShape } from "../kernels-of.js";
import { product } from "../product.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Matrix product: out[.., m, n] = Σ_k a[.., m, k] · b[k, n]; leading dimensions of a are rows like any other.
 *
 * a [.., M, K], b [K, N] → [.., M, N]. Each sum is one chain over ascending k. Errors: `E_SHAPE`, `E_DTYPE`.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  const kernels = kernelsOf("matmul", a, b);
  const [k, n] = matrixShape("matmul", "a right operand", b);
  if (a.rank === 0) throw badRank("matmul", "a left operand of one dimension or more", a.shape);
  if (a.shape.at(-1) !== k) {
    throw shapesDoNotFit("matmul", a.shape, b.shape, "the last extent of the left must be the first of the right");
  }
  const m = k === 0 ? a.shape.slice(0, -1).reduce((rows, extent) => rows * extent, 1) : a.size / k;
  const out = a.emptyLike([...a.shape.slice(0, -1), n]);
  product(kernels, out.ptr, a.ptr, b.ptr, [m, n, k], 1, n);
  record(
    [out],
    [a, b],
    ([dOut]) => {
      let dA: Tensor | null = null;
      let dB: Tensor | null = null;
      if (a.requiresGrad) {
        dA = a.emptyLike();
        product(kernels, dA.ptr, dOut!.ptr, b.ptr, [m, k, n], n, 1);
      }
      if (b.requiresGrad) {
        dB = b.emptyLike();
        kernels.gemmTN(dB.ptr, a.ptr, k, dOut!.ptr, n, 0, m, k, n, false);
      }
      return [dA, dB];
    },
    "matmul",
  );
  return out;
}
