/** Penalties on weights, tensor by tensor: terms to be added to the loss. */
import { badNumber } from "../../errors.js";
import { abs, scale, square, sum, type Tensor } from "../../tensor/index.js";

/** L1 penalty: lambda · Σ |w|. weight [..] → []. Errors: `E_NUMBER` for a negative lambda. */
export function l1Penalty(weight: Tensor, lambda: number): Tensor {
  checkLambda("l1Penalty", lambda);
  return scale(sum(abs(weight)), lambda);
}

/**
 * L2 penalty: lambda · Σ w². weight [..] → []. Its gradient is 2·lambda·w: the same as the optimizers' coupled weight decay
 * of 2·lambda. Errors: `E_NUMBER` for a negative lambda.
 */
export function l2Penalty(weight: Tensor, lambda: number): Tensor {
  checkLambda("l2Penalty", lambda);
  return scale(sum(square(weight)), lambda);
}

function checkLambda(who: string, lambda: number): void {
  if (!(lambda >= 0 && lambda < Infinity)) throw badNumber(who, "lambda", "a number from 0", lambda);
}
