import { invalidValue, nothingToAverage, shapeMismatch } from "../../errors.js";
import { exp, log1p } from "../../runtime/float64.js";
import { kernelsOf } from "../kernels-of.js";
import { type Reduction, checkReduction } from "../reduction.js";
import { sameShape } from "../shape.js";
import { record, recording } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What binary cross-entropy can be told. */
export interface BinaryCrossEntropyOptions {
  /** Default "mean": over all elements. */
  reduction?: Reduction;
  /** How much a target of 1 weighs against one of 0, per class [V], of the logits' dtype; default 1 each. */
  positiveWeight?: Tensor;
}

/**
 * Yes or no, for each element on its own, in nats: loss = −w·y·ln σ(x) − (1 − y)·ln(1 − σ(x)).
 *
 * logits x [.., V], targets y of that shape and dtype, 0 … 1 → [] for "mean" and "sum", that shape for "none". Computed
 * as (1 − y)·x + (1 + (w − 1)·y)·(ln(1 + e^{−|x|}) + max(−x, 0)), which overflows nowhere. Sums accumulate in float64. No
 * gradient flows to targets or weights. Errors: `E_SHAPE`, `E_DTYPE`, `E_VALUE` for targets outside 0 … 1 and weights that
 * are negative, `E_EMPTY`. Source: torch.nn.functional.binary_cross_entropy_with_logits.
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor {
  const who = "binaryCrossEntropy";
  const { reduction = "mean", positiveWeight } = options;
  checkReduction(who, reduction);
  const kernels = kernelsOf(who, logits, targets, positiveWeight);
  if (!sameShape(logits.shape, targets.shape)) {
    throw shapeMismatch(who, logits.shape, targets.shape, "The targets have the shape of the logits.");
  }
  const { size } = logits;
  const V = logits.shape.at(-1) ?? 1;
  if (positiveWeight !== undefined && (positiveWeight.rank !== 1 || positiveWeight.size !== V)) {
    throw shapeMismatch(`${who}: positiveWeight`, [V], positiveWeight.shape, "One number for each class.");
  }
  if (reduction === "mean" && size === 0) throw nothingToAverage(who, "there are no elements");
  const divisor = reduction === "mean" ? size : 1;
  const weights = positiveWeight === undefined ? null : Float64Array.from(positiveWeight.data());
  const wrong = weights?.find((value) => !(value >= 0 && value < Infinity));
  if (wrong !== undefined) throw invalidValue(who, "a positive weight", "a finite number ≥ 0", wrong);

  const losses = logits.emptyLike();
  const dLogits = recording([logits]) ? logits.emptyLike() : null;
  const [x, y, loss, gradient] = [logits.data(), targets.data(), losses.data(), dLogits?.data() ?? null];
  const factor = reduction === "none" ? 1 : 1 / divisor;
  for (let i = 0; i < size; i++) {
    const target = y[i];
    if (!(target >= 0 && target <= 1)) throw invalidValue(who, `target ${i}`, "a number, 0 … 1", target);
    const yes = 1 + ((weights?.[i % V] ?? 1) - 1) * target;
    const small = exp(-Math.abs(x[i]));
    loss[i] = (1 - target) * x[i] + yes * (log1p(small) + Math.max(-x[i], 0));
    if (gradient === null) continue;
    // 1 − σ(x), from the power that cannot overflow.
    const no = (x[i] >= 0 ? small : 1) / (1 + small);
    gradient[i] = factor * (1 - target - yes * no);
  }
  const out = reduction === "none" ? losses : logits.constant(kernels.sum(losses.ptr, size) / divisor);
  record(
    [out],
    [logits],
    ([dOut]) => {
      const dX = logits.emptyLike();
      if (reduction === "none") kernels.binary("mul", dX.ptr, 1, size, dLogits!.ptr, 0, 1, dOut!.ptr, 0, 1);
      else kernels.scale(dX.ptr, dOut!.item(), dLogits!.ptr, size);
      return [dX];
    },
    who,
  );
  return out;
}
