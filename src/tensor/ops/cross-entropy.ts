import { badRank, nothingToAverage, shapesDoNotFit } from "../../errors.js";
import { checkIndices, kernelsOf } from "../kernels-of.js";
import { type Reduction, checkReduction } from "../reduction.js";
import { asRows, sameShape } from "../shape.js";
import { record, recording } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { type ClassWeights, classWeights, weigh } from "./class-weights.js";

/** What cross-entropy can be told. */
export interface CrossEntropyOptions {
  /** A target that does not count; default −100. */
  ignoreIndex?: number;
  /** Default "mean": over the targets that count, each as often as its class weighs. */
  reduction?: Reduction;
  /** How much each class weighs, [V], of the logits' dtype; default 1 each. No gradient flows to it. */
  weight?: Tensor;
  /** ε: the share of a target that is spread evenly over all classes, 0 … 1; default 0. */
  labelSmoothing?: number;
}

/**
 * Softmax cross-entropy in nats: loss_r = ln Σ_v e^{logits[r, v]} − logits[r, targets[r]].
 *
 * With weights w and smoothing ε: loss_r = −(1 − ε)·w_y·ln p_y − (ε/V)·Σ_c w_c·ln p_c for y = targets[r], and the mean
 * divides by Σ w_y over the targets that count.
 *
 * logits [.., V], targets [..] int32 in 0 … V − 1 → [] for "mean" and "sum", [..] for "none". An ignored target has
 * loss 0 and gradient 0. Sums accumulate in float64. Errors: `E_INDEX`, `E_DTYPE`, `E_SHAPE`, `E_VALUE`; `E_EMPTY` for the
 * mean when every target is ignored or weighs 0: PyTorch returns NaN there, which would poison the weights some steps later.
 * Source: torch.nn.functional.cross_entropy.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { ignoreIndex = -100, reduction = "mean", weight, labelSmoothing = 0 } = options;
  checkReduction("crossEntropy", reduction);
  const kernels = kernelsOf("crossEntropy", logits, weight);
  if (logits.rank === 0) throw badRank("crossEntropy", "logits of one dimension or more", logits.shape);
  const { rows, cols } = asRows(logits.shape);
  if (!sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw shapesDoNotFit("crossEntropy", logits.shape, targets.shape, "logits [.., V] need targets [..]");
  }
  checkIndices("crossEntropy", targets, 0, cols, ignoreIndex);
  const plain = weight === undefined && labelSmoothing === 0;
  const classes = plain ? null : classWeights("crossEntropy", cols, weight, labelSmoothing);
  const divisor = reduction === "mean" ? counted(targets, ignoreIndex, classes) : 1;
  if (divisor === 0) throw nothingToAverage("crossEntropy", `every target is ignored${plain ? "" : " or weighs 0"}`);

  const losses = logits.emptyLike(targets.shape);
  // The gradient costs one exp per logit, which forward needs anyway: computed now if it will be asked for.
  const dLogits = recording([logits]) ? logits.emptyLike() : null;
  const factor = reduction === "none" ? 1 : 1 / divisor;
  kernels.crossEntropy(losses.ptr, dLogits?.ptr ?? 0, logits.ptr, targets.ptr, rows, cols, ignoreIndex, factor);
  if (classes !== null) weigh(losses, dLogits, { logits, targets, ignoreIndex, factor, classes });
  const out = reduction === "none" ? losses : logits.constant(kernels.sum(losses.ptr, rows) / divisor);
  record(
    [out],
    [logits],
    ([dOut]) => {
      // The usual end of a backward pass: a loss whose gradient is 1 has nothing left to multiply.
      if (reduction !== "none" && dOut!.item() === 1) return [dLogits];
      const dX = logits.emptyLike();
      if (reduction === "none") {
        kernels.binary("mul", dX.ptr, rows, cols, dLogits!.ptr, cols, 1, dOut!.ptr, 1, 0);
      } else {
        kernels.scale(dX.ptr, dOut!.item(), dLogits!.ptr, dX.size);
      }
      return [dX];
    },
    "crossEntropy",
  );
  return out;
}

function counted(targets: Tensor, ignoreIndex: number, classes: ClassWeights | null): number {
  let count = 0;
  for (const target of targets.data()) if (target !== ignoreIndex) count += classes?.weights[target] ?? 1;
  return count;
}
