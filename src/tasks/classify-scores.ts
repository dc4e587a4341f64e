import {
  averagedScores,
  bootstrapInterval,
  type Calibration,
  calibration,
  type ClassCounts,
  classificationScores,
  confusionMatrix,
  multiLabelScores,
  type RowScore,
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
 * @param intervals of accuracy and F1, at some cost (default false)
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
  const flags = (ids: readonly number[]) => ids.map((id) => labels.map((_, v) => (v === id ? 1 : 0)));
  const rows = intervals ? countRows(right, flags(chosen), flags(targets)) : null;
  // Averages are over the labels that occur.
  const more = { measured, rows, averaged: occurring };
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
 * @param intervals of the share that is exactly right and of F1, at some cost (default false)
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
    { measured, rows: intervals ? countRows(right, chosen, targets) : null, averaged: every },
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

/** What is measured besides the scores. */
interface Measured {
  readonly measured: Calibration;
  /** Rows of `countRows`, for intervals; null for none. */
  readonly rows: readonly number[][] | null;
  /** Of the counts of all labels those that averages are over. */
  readonly averaged: (counts: readonly ClassCounts[]) => readonly ClassCounts[];
}

const every = (counts: readonly ClassCounts[]): readonly ClassCounts[] => counts;

const occurring = (counts: readonly ClassCounts[]): readonly ClassCounts[] => {
  return counts.filter(({ predicted, support }) => predicted + support > 0);
};

/** Of each example: whether it is right, 1, and of each label: rightly given, given, there. */
function countRows(
  right: readonly number[],
  chosen: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
): number[][] {
  return targets.map((row, i) => [
    right[i],
    1,
    ...row.flatMap((there, v) => [there * chosen[i][v], chosen[i][v], there]),
  ]);
}

/** The counts of all labels in a sum of such rows. */
function countsOf(totals: readonly number[]): ClassCounts[] {
  return Array.from({ length: (totals.length - 2) / 3 }, (_, v) => {
    const [correct, predicted, support] = totals.slice(2 + 3 * v, 5 + 3 * v);
    return { correct, predicted, support };
  });
}

function evaluation(
  labels: readonly string[],
  perClass: readonly {
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
  }[],
  { measured, rows, averaged }: Measured,
  scores: Omit<ClassifyEvaluation, "perLabel" | "figures" | "tables" | "sections">,
): ClassifyEvaluation {
  const perLabel = perClass.map(({ precision, recall, f1, support }, i) => {
    return { label: labels[i], precision, recall, f1, support };
  });
  // What it would be for other examples of the same kind; always the same draws.
  const interval = (of: readonly number[][], score: RowScore) => {
    return of.length === 0 ? {} : { interval: bootstrapInterval(of, score, { rng: new Rng(1).split("interval") }) };
  };
  const figure = (name: keyof typeof scores & string, words: string, digits = 4): Figure => {
    return { name, words, value: scores[name] as number, digits };
  };
  const f1 = (of: "macro" | "micro"): RowScore => {
    return (totals) => averagedScores(averaged(countsOf(totals)))[of].f1;
  };
  const accuracy = figure("accuracy", scores.confusion === null ? "examples exactly right" : "accuracy");
  const counts = rows ?? [];
  const right = counts.map((row) => row.slice(0, 2));
  const figures = [
    { ...accuracy, ...interval(right, ([some, all]) => some / all) },
    { ...figure("macroF1", "macro F1"), ...interval(counts, f1("macro")) },
    { ...figure("microF1", "micro F1"), ...interval(counts, f1("micro")) },
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
    const cells = scores.confusion.map((row, i) => [labels[i], ...row]);
    tables.push({ name: "confusion", words: "Rows: label, columns: prediction", head: ["", ...labels], rows: cells });
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
