import { lengthMismatch } from "../errors.js";

/**
 * Share of predictions that equal their target, from 0 to 1; NaN if no target counts.
 *
 * @param predictions class ids, N of them
 * @param targets class ids, N of them
 * @param ignore a target that does not count, e.g. padding (default: every target counts)
 * @throws E_LENGTH if the two differ in length
 */
export function accuracy(predictions: ArrayLike<number>, targets: ArrayLike<number>, ignore?: number): number {
  if (predictions.length !== targets.length) throw lengthMismatch("accuracy", predictions.length, targets.length);
  let right = 0;
  let counted = 0;
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] === ignore) continue;
    counted++;
    if (predictions[i] === targets[i]) right++;
  }
  return right / counted;
}
