import { invalidValue, lengthMismatch } from "../errors.js";
import { countConfusions } from "./confusion-matrix.js";
import {
  type AveragedScores,
  averagedScores,
  type ClassCounts,
  type PrecisionRecallF1,
  scoresOf,
  type ZeroDivision,
} from "./counted-scores.js";
import { refuseUnknown } from "./known-options.js";

/** How to score predicted classes. */
export interface ClassificationOptions {
  /** Number of classes V. */
  readonly classes: number;
  /** A target that does not count, e.g. padding (default: every target counts). */
  readonly ignore?: number;
  /** The classes that are averaged, e.g. without one that says "nothing" (default: those in predictions or targets). */
  readonly averaged?: readonly number[];
  /** What a quotient with nothing below the line is (default 0). */
  readonly zeroDivision?: ZeroDivision;
}

/** Figures of a classifier that gives each example one class. */
export interface ClassificationScores extends AveragedScores {
  /** Share of examples whose class is right; NaN without examples. */
  readonly accuracy: number;
  /** Figures of each of the V classes. */
  readonly perClass: readonly PrecisionRecallF1[];
}

/**
 * Accuracy, and precision, recall and F1 per class and averaged, of N predicted classes.
 *
 * Averages are over the classes that occur in predictions or targets, unless `averaged` names them; then also over those
 * named that do not occur. The micro average of all classes is the accuracy. Source: scikit-learn's rules.
 *
 * @param predictions class ids, N of them
 * @param targets class ids, N of them
 * @throws E_LENGTH if the two differ in length; E_CLASS for an id that is none
 * @example
 * classificationScores([0, 2, 1, 0, 0, 1], [0, 1, 2, 0, 1, 2], { classes: 3 }).macro.f1; // 0.2666…
 */
export function classificationScores(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: ClassificationOptions,
): ClassificationScores {
  refuseUnknown("classificationScores", options, ["classes", "ignore", "averaged", "zeroDivision"]);
  const { classes, ignore, averaged, zeroDivision = 0 } = options;
  const matrix = countConfusions("classificationScores", predictions, targets, { classes, ignore });
  const counts = matrix.map((row, id): ClassCounts => {
    return { correct: row[id], support: sum(row), predicted: sum(matrix.map((other) => other[id])) };
  });
  const chosen = averaged?.map((id) => {
    if (counts[id] === undefined) throw invalidValue("classificationScores", "averaged", `ids below ${classes}`, id);
    return counts[id];
  });
  return {
    accuracy: sum(counts.map(({ correct }) => correct)) / sum(counts.map(({ support }) => support)),
    perClass: counts.map((count) => scoresOf(count, zeroDivision)),
    ...averagedScores(chosen ?? counts.filter(occurs), zeroDivision),
  };
}

const occurs = ({ predicted, support }: ClassCounts): boolean => predicted + support > 0;

/** Figures of a classifier that gives each example any number of classes. */
export interface MultiLabelScores extends AveragedScores {
  /** Share of examples whose classes are exactly right; NaN without examples. */
  readonly exactMatch: number;
  /** Share of the N·V decisions that are wrong; NaN without examples. */
  readonly hammingLoss: number;
  /** Figures of each of the V classes. */
  readonly perClass: readonly PrecisionRecallF1[];
}

/**
 * Exact matches, wrong decisions, and precision, recall and F1 per class and averaged over all classes, of examples with
 * any number of classes. Source: scikit-learn's rules.
 *
 * @param predictions N rows of V decisions, 0 or 1
 * @param targets N rows of V decisions, 0 or 1
 * @throws E_LENGTH if rows do not pair up; E_VALUE for what is neither 0 nor 1
 */
export function multiLabelScores(
  predictions: readonly ArrayLike<number>[],
  targets: readonly ArrayLike<number>[],
  zeroDivision: ZeroDivision = 0,
): MultiLabelScores {
  if (predictions.length !== targets.length) {
    throw lengthMismatch("multiLabelScores", predictions.length, targets.length);
  }
  const classes = targets[0]?.length ?? 0;
  const counts = Array.from({ length: classes }, () => ({ correct: 0, predicted: 0, support: 0 }));
  let exact = 0;
  let wrong = 0;
  for (const [i, target] of targets.entries()) {
    const prediction = predictions[i];
    if (prediction.length !== classes) throw lengthMismatch("multiLabelScores", prediction.length, classes);
    if (target.length !== classes) throw lengthMismatch("multiLabelScores", classes, target.length);
    let errors = 0;
    for (let id = 0; id < classes; id++) {
      for (const decision of [prediction[id], target[id]]) {
        if (decision !== 0 && decision !== 1)
          throw invalidValue("multiLabelScores", `row ${i}`, "0 and 1 alone", decision);
      }
      if (prediction[id] !== target[id]) errors++;
      counts[id].predicted += prediction[id];
      counts[id].support += target[id];
      counts[id].correct += prediction[id] * target[id];
    }
    if (errors === 0) exact++;
    wrong += errors;
  }
  return {
    exactMatch: exact / targets.length,
    hammingLoss: wrong / (targets.length * classes),
    perClass: counts.map((count) => scoresOf(count, zeroDivision)),
    ...averagedScores(counts, zeroDivision),
  };
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
