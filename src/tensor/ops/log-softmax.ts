import { rowSums } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { asRows } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Logarithm of the softmax over the last axis: y_c = x_c − ln Σ_j e^{x_j}. x [.., V] → [.., V]. Errors: `E_DTYPE`. */
export function logSoftmax(x: Tensor): Tensor {
  const kernels = kernelsOf("logSoftmax", x);
  const { rows, cols } = asRows(x.shape);
  const y = x.emptyLike();
  kernels.logSoftmax(y.ptr, x.ptr, rows, cols);
  record(
    [y],
    [x],
    ([dY]) => {
      // dx = dy − e^y · Σ dy
      const dX = x.emptyLike();
      const sums = x.emptyLike([rows]);
      rowSums(kernels, sums.ptr, dY!.ptr, rows, cols);
      kernels.unary("exp", dX.ptr, y.ptr, x.size);
      kernels.binary("mul", dX.ptr, rows, cols, dX.ptr, cols, 1, sums.ptr, 1, 0);
      kernels.binary("sub", dX.ptr, 1, x.size, dY!.ptr, 0, 1, dX.ptr, 0, 1);
      return [dX];
    },
    "logSoftmax",
  );
  return y;
}
