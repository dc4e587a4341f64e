import { add, relu, sub, sum, type Tensor } from "../../tensor/index.js";

/**
 * What looking twice costs: Σ over steps, sequences and positions of min(a[t], cov[t − 1]), cov[t − 1] the sum of the weights
 * before step t.
 *
 * attention and coverage [T, B, S] as a `Decoder` gives them (coverage after the step) → a number; divide it by the predictions.
 * Source: See, Liu & Manning 2017.
 */
export function coverageLoss(attention: Tensor, coverage: Tensor): Tensor {
  const before = sub(coverage, attention);
  // min(a, b) = a − max(a − b, 0)
  return sum(sub(attention, relu(add(attention, before.neg()))));
}
