import { rowSums } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { asRows } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Softmax over the last axis: y_c = e^{x_c} / Σ_j e^{x_j}. x [.., V] → [.., V]. Errors: `E_DTYPE`. */
export function softmax(x: Tensor): Tensor {
  const kernels = kernelsOf("softmax", x);
  const { rows, cols } = asRows(x.shape);
  const y = x.emptyLike();
  kernels.softmax(y.ptr, x.ptr, rows, cols);
  record(
    [y],
    [x],
    ([dY]) => {
      // dx = y ⊙ (dy − Σ dy·y)
      const dX = x.emptyLike();
      const sums = x.emptyLike([rows]);
      kernels.binary("mul", dX.ptr, 1, x.size, dY!.ptr, 0, 1, y.ptr, 0, 1);
      rowSums(kernels, sums.ptr, dX.ptr, rows, cols);
      kernels.binary("sub", dX.ptr, rows, cols, dY!.ptr, cols, 1, sums.ptr, 1, 0);
      kernels.binary("mul", dX.ptr, 1, x.size, dX.ptr, 0, 1, y.ptr, 0, 1);
      return [dX];
    },
    "softmax",
  );
  return y;
}
