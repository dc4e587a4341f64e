import {
  bootstrapInterval,
  type Calibration,
  calibration,
  classificationScores,
  confusionMatrix,
  multiLabelScores,
} from "../metrics/index.js";
import { exp, log, Rng } from "../runtime/index.js";
import type { Evaluation, EvaluationTable, Figure } from "./evaluation.js";
import type { ReportSection } from "./report/index.js";

/** Scores of each label: precision, recall, F1 and how many examples have it. */
export interface LabelScores {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** How good a classifier is on examples. */
export interface ClassifyEvaluation extends Evaluation {
  readonly examples: number;
  /** Share of examples whose labels are exactly right. */
  readonly accuracy: number;
  readonly macroF1: number;
  readonly microF1: number;
  /** Mean cross-entropy in nats: of the label, or of each yes or no. */
  readonly loss: number;
  /** Expected calibration error, 15 bins of equal width. */
  readonly calibrationError: number;
  readonly perLabel: readonly LabelScores[];
  /** `confusion[target][prediction]`, by the order of the labels; null with any number of labels. */
  readonly confusion: readonly (readonly number[])[] | null;
}

/** From logits to probabilities: of one label, or of each on its own. */
export function probabilitiesOf(logits: ArrayLike<number>, multiLabel: boolean): Float64Array {
  const scores = Float64Array.from(logits);
  if (multiLabel) return scores.map((x) => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))));
  const largest = scores.reduce((a, b) => (b > a ? b : a), -Infinity);
  const powers = scores.map((x) => exp(x - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Place of the largest; of equals the first. */
export function bestOf(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  return best;
}

/**
 * Score probabilities of one label each.
 *
 * @param probabilities N rows of V
 * @param targets N of 0 … V − 1
 * @param intervals of the accuracy, at some cost (default false)
 */
export function scoreSingle(
  labels: readonly string[],
  probabilities: readonly Float64Array[],
  targets: readonly number[],
  intervals = false,
): ClassifyEvaluation {
  const chosen = probabilities.map(bestOf);
  const classes = labels.length;
  const { accuracy, macro, micro, perClass } = classificationScores(chosen, targets, { classes });
  const confidence = probabilities.map((row, i) => Math.min(1, row[chosen[i]]));
  const right = chosen.map((label, i) => (label === targets[i] ? 1 : 0));
  const measured = calibration(confidence, right);
  const more = { measured, right: intervals ? right : null };
  return evaluation(labels, perClass, more, {
    examples: targets.length,
    accuracy,
    macroF1: macro.f1,
    microF1: micro.f1,
    loss: -meanOf(targets, (target, i) => lnOf(probabilities[i][target])),
    calibrationError: measured.expectedError,
    confusion: confusionMatrix(chosen, targets, { classes }),
  });
}

/**
 * Score probabilities of any number of labels each; above ½ is yes.
 *
 * @param targets N rows of V, 0 or 1
 * @param intervals of the share that is exactly right, at some cost (default false)
 */
export function scoreMulti(
  labels: readonly string[],
  probabilities: readonly Float64Array[],
  targets: readonly (readonly number[])[],
  intervals = false,
): ClassifyEvaluation {
  const chosen = probabilities.map((row) => Array.from(row, (p) => (p > 0.5 ? 1 : 0)));
  const { exactMatch, macro, micro, perClass } = multiLabelScores(chosen, targets);
  const all = probabilities.flatMap((row) => Array.from(row));
  const flat = targets.flat();
  const sure = all.map((p) => Math.max(p, 1 - p));
  const good = all.map((p, i) => ((p > 0.5 ? 1 : 0) === flat[i] ? 1 : 0));
  const measured = calibration(sure, good);
  const right = targets.map((row, i) => (row.every((target, v) => target === chosen[i][v]) ? 1 : 0));
  return evaluation(
    labels,
    perClass,
    { measured, right: intervals ? right : null },
    {
      examples: targets.length,
      accuracy: exactMatch,
      macroF1: macro.f1,
      microF1: micro.f1,
      loss: -meanOf(flat, (target, i) => lnOf(target === 1 ? all[i] : 1 - all[i])),
      calibrationError: measured.expectedError,
      confusion: null,
    },
  );
}

function evaluation(
  labels: readonly string[],
  perClass: readonly {
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
  }[],
  { measured, right }: { readonly measured: Calibration; readonly right: readonly number[] | null },
  scores: Omit<ClassifyEvaluation, "perLabel" | "figures" | "tables" | "sections">,
): ClassifyEvaluation {
  const perLabel = perClass.map(({ precision, recall, f1, support }, i) => {
    return { label: labels[i], precision, recall, f1, support };
  });
  const figure = (name: keyof typeof scores & string, words: string, digits = 4): Figure => {
    return { name, words, value: scores[name] as number, digits };
  };
  const score = (totals: readonly number[]): number => totals[0] / totals[1];
  const rows = (right ?? []).map((one) => [one, 1]);
  const interval = rows.length === 0 ? null : bootstrapInterval(rows, score, { rng: new Rng(1).split("interval") });
  const figures = [
    {
      ...figure("accuracy", scores.confusion === null ? "examples exactly right" : "accuracy"),
      ...(interval && { interval }),
    },
    figure("macroF1", "macro F1"),
    figure("microF1", "micro F1"),
    figure("loss", "nats per decision"),
    figure("calibrationError", "calibration error"),
    figure("examples", "examples", 0),
  ];
  const tables: EvaluationTable[] = [
    {
      name: "perLabel",
      words: "By label",
      head: ["label", "precision", "recall", "f1", "support"],
      rows: perLabel.map(({ label, precision, recall, f1, support }) => [label, precision, recall, f1, support]),
    },
  ];
  if (scores.confusion !== null) {
    const rows = scores.confusion.map((row, i) => [labels[i], ...row]);
    tables.push({ name: "confusion", words: "Rows: label, columns: prediction", head: ["", ...labels], rows });
  }
  const { confusion } = scores;
  const sections: ReportSection[] = [
    ...(confusion === null
      ? []
      : [{ kind: "confusion", title: "Which label was taken for which", classes: labels, matrix: confusion } as const]),
    { kind: "reliability", title: "How often it is right when it is so sure", bins: measured.bins },
  ];
  return { ...scores, perLabel, figures, tables, sections };
}

/** What is impossible to the last bit of float64 is still a finite number of nats. */
function lnOf(p: number): number {
  return log(Math.max(p, 1e-300));
}

function meanOf<Item>(items: readonly Item[], of: (item: Item, i: number) => number): number {
  return items.reduce((sum, item, i) => sum + of(item, i), 0) / items.length;
}
