/** Element-wise functions of one tensor; their derivatives are the kernel table's `unaryGrad`. */
import type { UnaryOp } from "../../runtime/kernels.js";
import { kernelsOf } from "../kernels-of.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";

function unary(op: UnaryOp, x: Tensor): Tensor {
  const kernels = kernelsOf(op, x);
  const y = x.emptyLike();
  kernels.unary(op, y.ptr, x.ptr, x.size);
  record(
    [y],
    [x],
    ([dY]) => {
      const dX = x.emptyLike();
      kernels.unaryGrad(op, dX.ptr, dY!.ptr, x.ptr, y.ptr, x.size);
      return [dX];
    },
    op,
  );
  return y;
}

/** −x. Errors: `E_DTYPE`. */
export function neg(x: Tensor): Tensor {
  return unary("neg", x);
}

/** e^x. Errors: `E_DTYPE`. */
export function exp(x: Tensor): Tensor {
  return unary("exp", x);
}

/** Natural logarithm; −∞ at 0, NaN below. Errors: `E_DTYPE`. */
export function log(x: Tensor): Tensor {
  return unary("log", x);
}

/** Hyperbolic tangent. Errors: `E_DTYPE`. */
export function tanh(x: Tensor): Tensor {
  return unary("tanh", x);
}

/** Logistic function 1 / (1 + e^−x). Errors: `E_DTYPE`. */
export function sigmoid(x: Tensor): Tensor {
  return unary("sigmoid", x);
}

/** max(x, 0); the derivative at 0 is 0. Errors: `E_DTYPE`. */
export function relu(x: Tensor): Tensor {
  return unary("relu", x);
}

/** √x; NaN below 0. Errors: `E_DTYPE`. */
export function sqrt(x: Tensor): Tensor {
  return unary("sqrt", x);
}

/** |x|; the derivative at 0 is 0. Errors: `E_DTYPE`. */
export function abs(x: Tensor): Tensor {
  return unary("abs", x);
}

/** x². Errors: `E_DTYPE`. */
export function square(x: Tensor): Tensor {
  return unary("square", x);
}
