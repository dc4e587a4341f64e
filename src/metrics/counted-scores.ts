/** What was found of one class: how often predicted, how often rightly so, how often it is there. */
export interface ClassCounts {
  readonly correct: number;
  readonly predicted: number;
  /** Occurrences in the targets. */
  readonly support: number;
}

/** Precision, recall and their harmonic mean, from 0 to 1. */
export interface PrecisionRecallF1 {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** Three ways to make one figure of many classes. */
export interface AveragedScores {
  /** From the counts of all classes together: every occurrence weighs the same. */
  readonly micro: PrecisionRecallF1;
  /** Mean over the classes: every class weighs the same. */
  readonly macro: PrecisionRecallF1;
  /** Mean over the classes, each weighed by its support. */
  readonly weighted: PrecisionRecallF1;
}

/** What a quotient with nothing below the line is: 0 (default) or 1. */
export type ZeroDivision = 0 | 1;

/**
 * Precision, recall and F1 of one class: c/p, c/s, 2c/(p + s).
 *
 * Nothing predicted: precision is `zeroDivision`; nothing there: recall is; neither: F1 is too.
 */
export function scoresOf(counts: ClassCounts, zeroDivision: ZeroDivision = 0): PrecisionRecallF1 {
  const { correct, predicted, support } = counts;
  const share = (part: number, whole: number): number => (whole === 0 ? zeroDivision : part / whole);
  return {
    precision: share(correct, predicted),
    recall: share(correct, support),
    f1: share(2 * correct, predicted + support),
    support,
  };
}

/** The three averages over classes. Without classes all figures are `zeroDivision`, without support the weighted ones. */
export function averagedScores(classes: readonly ClassCounts[], zeroDivision: ZeroDivision = 0): AveragedScores {
  const micro = { correct: 0, predicted: 0, support: 0 };
  for (const { correct, predicted, support } of classes) {
    micro.correct += correct;
    micro.predicted += predicted;
    micro.support += support;
  }
  const scores = classes.map((counts) => scoresOf(counts, zeroDivision));
  const mean = (weightOf: (score: PrecisionRecallF1) => number): PrecisionRecallF1 => {
    const sum = { precision: 0, recall: 0, f1: 0, weight: 0 };
    for (const score of scores) {
      const weight = weightOf(score);
      sum.precision += weight * score.precision;
      sum.recall += weight * score.recall;
      sum.f1 += weight * score.f1;
      sum.weight += weight;
    }
    const over = (total: number): number => (sum.weight === 0 ? zeroDivision : total / sum.weight);
    return { precision: over(sum.precision), recall: over(sum.recall), f1: over(sum.f1), support: micro.support };
  };
  return { micro: scoresOf(micro, zeroDivision), macro: mean(() => 1), weighted: mean(({ support }) => support) };
}
