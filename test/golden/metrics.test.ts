/** Figures of merit beside sacreBLEU, scikit-learn, NLTK and rapidfuzz: the same to the rounding of float64. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  alignment,
  bleu,
  type BleuOptions,
  chrf,
  type ChrfOptions,
  classificationScores,
  confusionMatrix,
  editCounts,
  multiLabelScores,
  type PrecisionRecallF1,
  sentenceBleu,
} from "hiddenstate/metrics";
import { describe, expect, test } from "vitest";
import { porterStem } from "../../src/metrics/porter-stemmer.js";

type Averages = Record<"micro" | "macro" | "weighted", [number, number, number]>;

interface Golden {
  readonly hypotheses: string[];
  readonly references: string[][];
  readonly bleu: {
    options: BleuOptions;
    signature: string;
    score: number;
    precisions: number[];
    brevityPenalty: number;
    lengths: [number, number];
    one: number;
    sentences: number[];
  }[];
  readonly chrf: { options: ChrfOptions; signature: string; score: number; sentences: number[] }[];
  readonly stems: [string, string][];
  readonly edits: [string, string, ["r" | "d" | "i", number, number][]][];
  readonly classes: {
    classes: number;
    targets: number[];
    predictions: number[];
    confusion: number[][];
    perClass: number[][];
    zero: Averages;
    one: Averages;
    averaged: number[];
    chosen: Averages;
  }[];
  readonly labels: {
    targets: number[][];
    predictions: number[][];
    exactMatch: number;
    hammingLoss: number;
    averages: Averages;
  }[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, "data/metrics.json"), "utf8")) as Golden;
const { hypotheses, references } = golden;

function expectAverages(scores: Record<keyof Averages, PrecisionRecallF1>, expected: Averages): void {
  for (const kind of ["micro", "macro", "weighted"] as const) {
    const { precision, recall, f1 } = scores[kind];
    for (const [i, figure] of [precision, recall, f1].entries()) expect(figure).toBeCloseTo(expected[kind][i], 12);
  }
}

describe("sacreBLEU", () => {
  test.each(golden.bleu)("BLEU $options", (expected) => {
    const { options } = expected;
    const score = bleu(hypotheses, references, options);
    expect(score.signature).toBe(expected.signature);
    expect(score.score).toBeCloseTo(expected.score, 9);
    expect(score.brevityPenalty).toBeCloseTo(expected.brevityPenalty, 12);
    expect([score.hypothesisLength, score.referenceLength]).toEqual(expected.lengths);
    for (const [n, precision] of score.precisions.entries()) expect(precision).toBeCloseTo(expected.precisions[n], 9);
    const first = references.map(([reference]) => reference);
    expect(bleu(hypotheses, first, options).score).toBeCloseTo(expected.one, 9);
    for (const [i, text] of hypotheses.entries()) {
      expect(sentenceBleu(text, references[i], options).score).toBeCloseTo(expected.sentences[i], 8);
    }
  });

  test.each(golden.chrf)("chrF $options", ({ options, signature, score, sentences }) => {
    expect(chrf(hypotheses, references, options).signature).toBe(signature);
    expect(chrf(hypotheses, references, options).score).toBeCloseTo(score, 9);
    for (const [i, text] of hypotheses.entries()) {
      expect(chrf([text], [references[i]], options).score).toBeCloseTo(sentences[i], 8);
    }
  });
});

test("NLTK's stems", () => {
  expect(golden.stems.length).toBeGreaterThan(800);
  expect(golden.stems.map(([word]) => [word, porterStem(word)])).toEqual(golden.stems);
});

test("rapidfuzz's alignments", () => {
  const kinds = { substitution: "r", deletion: "d", insertion: "i" };
  for (const [reference, hypothesis, expected] of golden.edits) {
    const steps = alignment(Array.from(hypothesis), Array.from(reference));
    const found = steps.flatMap(({ kind, ...at }) => (kind === "hit" ? [] : [{ kind: kinds[kind], ...at }]));
    const wanted = expected.map(([kind, place, other]) => ({
      kind,
      ...(kind === "i" ? {} : { reference: place }),
      ...(kind === "d" ? {} : { hypothesis: other }),
    }));
    expect(found).toEqual(wanted);
    const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
    expect(editCounts(Array.from(hypothesis), Array.from(reference))).toEqual({
      hits: count("hit"),
      substitutions: count("substitution"),
      deletions: count("deletion"),
      insertions: count("insertion"),
    });
  }
});

describe("scikit-learn", () => {
  test("classes", () => {
    for (const { classes, targets, predictions, averaged, ...expected } of golden.classes) {
      expect(confusionMatrix(predictions, targets, { classes })).toEqual(expected.confusion);
      const scores = classificationScores(predictions, targets, { classes });
      expectAverages(scores, expected.zero);
      expect(scores.accuracy).toBeCloseTo(scores.micro.f1, 14);
      for (const [id, { precision, recall, f1, support }] of scores.perClass.entries()) {
        for (const [i, figure] of [precision, recall, f1, support].entries()) {
          expect(figure).toBeCloseTo(expected.perClass[id][i], 12);
        }
      }
      expectAverages(classificationScores(predictions, targets, { classes, zeroDivision: 1 }), expected.one);
      expectAverages(classificationScores(predictions, targets, { classes, averaged }), expected.chosen);
    }
  });

  test("any number of classes", () => {
    for (const { targets, predictions, exactMatch, hammingLoss, averages } of golden.labels) {
      const scores = multiLabelScores(predictions, targets);
      expect(scores.exactMatch).toBeCloseTo(exactMatch, 12);
      expect(scores.hammingLoss).toBeCloseTo(hammingLoss, 12);
      expectAverages(scores, averages);
    }
  });
});
