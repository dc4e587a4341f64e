import { lengthMismatch } from "../errors.js";
import {
  type AveragedScores,
  averagedScores,
  type ClassCounts,
  type PrecisionRecallF1,
  scoresOf,
  type ZeroDivision,
} from "./counted-scores.js";
import { refuseUnknown } from "./known-options.js";
import type { SpanScheme } from "./span-scheme.js";
import { spans } from "./spans.js";

/** How to score spans. */
export interface SpanScoreOptions {
  /** Read tags strictly by this scheme (default: leniently, as conlleval). */
  readonly scheme?: SpanScheme;
  /** What a quotient with nothing below the line is (default 0). */
  readonly zeroDivision?: ZeroDivision;
}

/** Figures of a tagger, in spans; `micro` is what papers call F1. */
export interface SpanScores extends AveragedScores {
  /** Figures of each type that occurs, in the order of their names. */
  readonly perType: Readonly<Record<string, PrecisionRecallF1>>;
  /** Share of tags that are right; NaN without tags. */
  readonly accuracy: number;
  /** Spans that are right, predicted, and there. */
  readonly counts: ClassCounts;
}

/**
 * Precision, recall and F1 over spans: one counts as right if type, first and last place are.
 *
 * @param predictions for each sequence its predicted tags
 * @param targets for each sequence its tags
 * @throws E_LENGTH if sequences or tags do not pair up; E_TAG for what is no tag
 * @example
 * spanScores([["B-PER", "O"]], [["B-PER", "I-PER"]]).micro.f1; // 0: the span ends elsewhere
 */
export function spanScores(
  predictions: readonly (readonly string[])[],
  targets: readonly (readonly string[])[],
  options: SpanScoreOptions = {},
): SpanScores {
  refuseUnknown("spanScores", options, ["scheme", "zeroDivision"]);
  const { scheme, zeroDivision = 0 } = options;
  if (predictions.length !== targets.length) throw lengthMismatch("spanScores", predictions.length, targets.length);
  const types = new Map<string, { correct: number; predicted: number; support: number }>();
  const countsOf = (type: string): { correct: number; predicted: number; support: number } => {
    let counts = types.get(type);
    if (counts === undefined) types.set(type, (counts = { correct: 0, predicted: 0, support: 0 }));
    return counts;
  };
  let tags = 0;
  let right = 0;
  for (const [i, target] of targets.entries()) {
    const prediction = predictions[i];
    if (prediction.length !== target.length) throw lengthMismatch("spanScores", prediction.length, target.length);
    tags += target.length;
    right += target.filter((tag, place) => tag === prediction[place]).length;
    const there = new Set<string>();
    for (const { type, start, end } of spans(target, scheme, i)) {
      there.add(`${start} ${end} ${type}`);
      countsOf(type).support++;
    }
    for (const { type, start, end } of spans(prediction, scheme, i)) {
      const counts = countsOf(type);
      counts.predicted++;
      if (there.has(`${start} ${end} ${type}`)) counts.correct++;
    }
  }
  const byName = [...types].sort(([a], [b]) => (a < b ? -1 : 1));
  const counts = { correct: 0, predicted: 0, support: 0 };
  for (const [, { correct, predicted, support }] of byName) {
    counts.correct += correct;
    counts.predicted += predicted;
    counts.support += support;
  }
  return {
    accuracy: right / tags,
    counts,
    perType: Object.fromEntries(byName.map(([type, count]) => [type, scoresOf(count, zeroDivision)])),
    ...averagedScores(
      byName.map(([, count]) => count),
      zeroDivision,
    ),
  };
}
