import { wrongDtype } from "../../errors.js";
import type { DType } from "../../runtime/kernels.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * The same numbers in another dtype, rounded to nearest; gradients come back in the dtype of x.
 *
 * Errors: `E_DTYPE` for floats to int32, which would cut them.
 */
export function astype(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  if (dtype === "i32") throw wrongDtype("astype", "i32 to i32: round yourself, and make a tensor of it,", x.dtype);
  const out = converted(x, dtype);
  record([out], [x], ([dOut]) => [converted(dOut!, x.dtype)], "astype");
  return out;
}

function converted(x: Tensor, dtype: DType): Tensor {
  const out = x.emptyLike(x.shape, dtype);
  out.data().set(x.data());
  return out;
}
