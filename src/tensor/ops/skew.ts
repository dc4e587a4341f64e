import { badRank } from "../../errors.js";
import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * The skew-symmetric matrix over the lower triangle of x: out = L − Lᵀ, L the part of x below its diagonal, padded with
 * zero columns to a square.
 *
 * x [M, K], M ≥ K → [M, M]. The diagonal of x and what is above it are not read, and get gradient 0. Errors: `E_SHAPE`
 * when x has more columns than rows, `E_DTYPE`.
 *
 * @example skew(Tensor.from([9, 9, 2, 9], [2, 2])).toArray() // [0, −2, 2, 0]
 */
export function skew(x: Tensor): Tensor {
  kernelsOf("skew", x);
  if (x.rank !== 2 || x.shape[0] < x.shape[1]) {
    throw badRank("skew", "a matrix with no more columns than rows", x.shape);
  }
  const [m, k] = x.shape;
  const out = x.emptyLike([m, m]);
  const from = x.data();
  const to = out.data().fill(0);
  for (let r = 0; r < m; r++) {
    for (let c = 0; c < Math.min(r, k); c++) {
      to[r * m + c] = from[r * k + c];
      to[c * m + r] = -from[r * k + c];
    }
  }
  record(
    [out],
    [x],
    ([dOut]) => {
      const dX = x.emptyLike();
      const above = dOut!.data();
      const below = dX.data().fill(0);
      for (let r = 0; r < m; r++) {
        for (let c = 0; c < Math.min(r, k); c++) below[r * k + c] = above[r * m + c] - above[c * m + r];
      }
      return [dX];
    },
    "skew",
  );
  return out;
}
