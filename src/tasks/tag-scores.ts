/** How good a tagger's labels are. */
import { bootstrapInterval, classificationScores, type RowScore, spans, spanScores } from "../metrics/index.js";
import { Rng } from "../runtime/index.js";
import { type Score, scoreOf } from "../train/index.js";
import type { Evaluation, EvaluationTable, Figure } from "./evaluation.js";
import { areSpans } from "./tag-data.js";

/** The score of a tagger on sentences. */
export interface TagEvaluation extends Score, Evaluation {
  /** Nats per word of the sentences whose labels are all known; NaN where there is none. */
  readonly loss: number;
  /** Share of words whose label is right. */
  readonly accuracy: number;
  /** F1 of whole spans, as conlleval counts them; null where labels write no spans. */
  readonly f1: number | null;
}

/** The loss of sentences: those with a label that is not known, or that is forbidden, have none. */
export interface TagLoss {
  /** Summed. */
  readonly nats: number;
  /** Words it is the sum of. */
  readonly words: number;
  /** Sentences without one. */
  readonly without: number;
}

/**
 * From predicted and true labels, a row a sentence.
 *
 * Spans decide where labels write some, else the share of words that are right.
 */
export function scoreTags(
  predicted: readonly (readonly string[])[],
  gold: readonly (readonly string[])[],
  { nats, words: counted, without }: TagLoss,
): TagEvaluation {
  const names = [...new Set([...gold, ...predicted].flat())].sort();
  const ids = new Map(names.map((name, id) => [name, id]));
  const numbers = (rows: readonly (readonly string[])[]): number[] => rows.flat().map((label) => ids.get(label)!);
  const words = classificationScores(numbers(predicted), numbers(gold), { classes: names.length });
  const found = areSpans(names) ? spanScores(predicted, gold) : null;
  const { accuracy } = words;
  const f1 = found?.micro.f1 ?? null;
  const counts = gold.map((labels, i) => sentenceCounts(predicted[i], labels, found !== null));
  // What it would be for other sentences of the same kind; always the same draws.
  const interval = (score: RowScore) => bootstrapInterval(counts, score, { rng: new Rng(1).split("intervals") });
  const sentences = gold.filter((labels, i) => labels.every((label, t) => label === predicted[i][t])).length;
  const figures: Figure[] = [
    { name: "accuracy", words: "accuracy", value: accuracy, digits: 4, interval: interval(accuracyOf) },
    ...(found === null
      ? []
      : [
          { name: "f1", words: "F1 of spans", value: found.micro.f1, digits: 4, interval: interval(f1Of) },
          { name: "precision", words: "precision of spans", value: found.micro.precision, digits: 4 },
          { name: "recall", words: "recall of spans", value: found.micro.recall, digits: 4 },
        ]),
    ...(counted === 0 ? [] : [{ name: "nats", words: "nats per word", value: nats / counted, digits: 4 }]),
    ...(without === 0
      ? []
      : [{ name: "withoutLoss", words: "sentences left out of the nats", value: without, digits: 0 }]),
    { name: "sentenceAccuracy", words: "sentences without an error", value: sentences / gold.length, digits: 4 },
    { name: "words", words: "words", value: gold.flat().length, digits: 0 },
  ];
  const head = ["precision", "recall", "F1", "support"];
  const perLabel = names.map((name, id) => row(name, words.perClass[id]));
  const tables: EvaluationTable[] = [
    ...(found === null
      ? []
      : [
          {
            name: "spans",
            words: "spans by type",
            head: ["type", ...head],
            rows: Object.entries(found.perType).map(([type, scores]) => row(type, scores)),
          },
        ]),
    { name: "labels", words: "words by label", head: ["label", ...head], rows: perLabel },
  ];
  const metrics = { accuracy, ...(f1 === null ? {} : { f1 }) };
  const objective = { name: f1 === null ? "accuracy" : "f1", better: "higher" } as const;
  return { ...scoreOf(nats, counted, metrics, objective), accuracy, f1, figures, tables };
}

const accuracyOf: RowScore = ([right, words]) => right / words;

const f1Of: RowScore = ([, , right, predicted, there]) => (2 * right) / (predicted + there);

/** Of a sentence: words that are right, words, spans that are right, spans predicted, spans there. */
function sentenceCounts(predicted: readonly string[], gold: readonly string[], withSpans: boolean): number[] {
  const right = gold.filter((label, t) => label === predicted[t]).length;
  const [made, there] = withSpans ? [spans(predicted), spans(gold)] : [[], []];
  const known = new Set(there.map(({ type, start, end }) => `${start} ${end} ${type}`));
  const hits = made.filter(({ type, start, end }) => known.has(`${start} ${end} ${type}`)).length;
  return [right, gold.length, hits, made.length, there.length];
}

interface Row {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

function row(name: string, { precision, recall, f1, support }: Row): (string | number)[] {
  return [name, precision, recall, f1, support];
}
