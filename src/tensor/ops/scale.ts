import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Multiple of a tensor by a plain number: alpha · x. Errors: `E_DTYPE`. */
export function scale(x: Tensor, alpha: number): Tensor {
  const out = scaled(x, alpha);
  record([out], [x], ([dOut]) => [scaled(dOut!, alpha)], "scale");
  return out;
}

/** alpha · x, not recorded: for the backward passes of other ops. */
export function scaled(x: Tensor, alpha: number): Tensor {
  const out = x.emptyLike();
  kernelsOf("scale", x).scale(out.ptr, alpha, x.ptr, x.size);
  return out;
}
