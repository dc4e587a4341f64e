import { classOutside, lengthMismatch } from "../errors.js";

/**
 * How often each class was taken for each other: `matrix[target][prediction]`, [V, V] counts.
 *
 * @param predictions class ids, N of them
 * @param targets class ids, N of them
 * @param classes number of classes V
 * @param ignore a target that does not count, e.g. padding (default: every target counts)
 * @throws E_LENGTH if the two differ in length; E_CLASS for an id that is none
 * @example
 * confusionMatrix([0, 0, 2, 2, 0, 2], [2, 0, 2, 2, 0, 1], { classes: 3 }); // [[2, 0, 0], [0, 0, 1], [1, 0, 2]]
 */
export function confusionMatrix(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: { classes: number; ignore?: number },
): number[][] {
  return countConfusions("confusionMatrix", predictions, targets, options);
}

/** The same for a function of another name, which then speaks in errors. */
export function countConfusions(
  who: string,
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  { classes, ignore }: { classes: number; ignore?: number },
): number[][] {
  if (predictions.length !== targets.length) {
    throw lengthMismatch(who, predictions.length, targets.length);
  }
  const matrix = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  const isClass = (id: number): boolean => Number.isInteger(id) && id >= 0 && id < classes;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i];
    if (target === ignore) continue;
    if (!isClass(target)) throw classOutside(who, "target", i, target, classes);
    if (!isClass(predictions[i])) throw classOutside(who, "prediction", i, predictions[i], classes);
    matrix[target][predictions[i]]++;
  }
  return matrix;
}
