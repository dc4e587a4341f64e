import { nothingToAverage, shapeMismatch } from "../../errors.js";
import { binary } from "../broadcast.js";
import { kernelsOf } from "../kernels-of.js";
import { type Reduction, checkReduction } from "../reduction.js";
import { sameShape } from "../shape.js";
import { record } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { scaled } from "./scale.js";

/** What the squared error can be told. */
export interface MseLossOptions {
  /** Default "mean": over all elements. */
  reduction?: Reduction;
}

/**
 * Squared error: loss = (input − target)², averaged, summed or as it is.
 *
 * input and target of one shape → [] for "mean" and "sum", that shape for "none". Sums accumulate in float64.
 * Errors: `E_SHAPE` when shapes differ (nothing is broadcast: it is nearly always a mistake here), `E_DTYPE`, `E_EMPTY`.
 * Source: torch.nn.functional.mse_loss.
 */
export function mseLoss(input: Tensor, target: Tensor, options: MseLossOptions = {}): Tensor {
  const { reduction = "mean" } = options;
  checkReduction("mseLoss", reduction);
  const kernels = kernelsOf("mseLoss", input, target);
  if (!sameShape(input.shape, target.shape)) {
    throw shapeMismatch("mseLoss", input.shape, target.shape, "The target has the shape of the input.");
  }
  const { size } = input;
  if (reduction === "mean" && size === 0) throw nothingToAverage("mseLoss", "there are no elements");
  const divisor = reduction === "mean" ? size : 1;
  const difference = binary("mseLoss", "sub", input, target);
  let out: Tensor;
  if (reduction === "none") {
    out = input.emptyLike();
    kernels.unary("square", out.ptr, difference.ptr, size);
  } else {
    out = input.constant(kernels.sumSquares(difference.ptr, size) / divisor);
  }
  record(
    [out],
    [input, target],
    ([dOut]) => {
      const dInput = input.emptyLike();
      if (reduction === "none") kernels.unaryGrad("square", dInput.ptr, dOut!.ptr, difference.ptr, out.ptr, size);
      else kernels.scale(dInput.ptr, (2 * dOut!.item()) / divisor, difference.ptr, size);
      return [dInput, target.requiresGrad ? scaled(dInput, -1) : null];
    },
    "mseLoss",
  );
  return out;
}
