import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/random.js";
import {
  accuracy,
  bitsPerCharacter,
  bootstrapInterval,
  brierScore,
  calibration,
  classificationScores,
  confusionMatrix,
  languageFigures,
  multiLabelScores,
  pairedBootstrap,
  perplexity,
  spanScores,
} from "./index.js";

describe("language", () => {
  test("a fair choice among four is two bits and a perplexity of four", () => {
    expect(bitsPerCharacter(2 * Math.LN2)).toBe(2);
    expect(perplexity(2 * Math.LN2)).toBeCloseTo(4, 14);
  });

  test("figures are of totals, by predictions, characters and words", () => {
    const figures = languageFigures({ nats: 60 * Math.LN2, predictions: 30, characters: 120, words: 20 });
    expect(figures.loss).toBeCloseTo(2 * Math.LN2, 14);
    expect(figures.perplexity).toBeCloseTo(4, 12);
    expect(figures.bitsPerCharacter).toBeCloseTo(0.5, 14);
    expect(figures.wordPerplexity).toBeCloseTo(8, 12);
    const plain = languageFigures({ nats: 60 * Math.LN2, predictions: 30 });
    expect(plain.bitsPerCharacter).toBeCloseTo(2, 14);
    expect(plain).not.toHaveProperty("wordPerplexity");
  });
});

describe("classes", () => {
  test("accuracy counts what counts", () => {
    expect(accuracy([1, 2, 3, 4], new Int32Array([1, 0, 3, 4]))).toBe(0.75);
    expect(accuracy([1, 2, 3], [1, -1, 0], -1)).toBe(0.5);
    expect(accuracy([1], [-1], -1)).toBeNaN();
    expect(() => accuracy([1], [1, 2])).toThrow("1 predictions for 2 targets");
  });

  test("scikit-learn's documented examples", () => {
    expect(confusionMatrix([0, 0, 2, 2, 0, 2], [2, 0, 2, 2, 0, 1], { classes: 3 })).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
    const scores = classificationScores([0, 2, 1, 0, 0, 1], [0, 1, 2, 0, 1, 2], { classes: 3 });
    expect(scores.macro.precision).toBeCloseTo(0.2222, 4);
    expect(scores.macro.recall).toBeCloseTo(0.3333, 4);
    expect(scores.macro.f1).toBeCloseTo(0.2667, 4);
    expect(scores.micro.f1).toBeCloseTo(1 / 3, 14);
    expect(scores.weighted.f1).toBeCloseTo(0.2667, 4);
    expect(scores.perClass.map(({ precision }) => precision)).toEqual([expect.closeTo(2 / 3, 14), 0, 0]);
  });

  test("what is ignored counts nowhere, whatever stands beside it", () => {
    const ignoring = classificationScores([1, 99, 0], [1, -1, 1], { classes: 2, ignore: -1 });
    expect(ignoring).toEqual(classificationScores([1, 0], [1, 1], { classes: 2 }));
    expect(ignoring.accuracy).toBe(0.5);
  });

  test("ids that are none are refused", () => {
    expect(() => confusionMatrix([3], [0], { classes: 3 })).toThrow(
      "prediction 0 is class 3, expected an integer from 0 to 2",
    );
    expect(() => confusionMatrix([0, 0], [0, -1], { classes: 3 })).toThrow("target 1 is class -1");
    expect(() => confusionMatrix([0], [0.5], { classes: 3 })).toThrow("target 0 is class 0.5");
    expect(() => classificationScores([0], [0], { classes: 1, averaged: [1] })).toThrow("averaged");
    expect(() => classificationScores([0], [1], { classes: 1 })).toThrow("classificationScores: target 0 is class 1");
  });

  test("any number of classes", () => {
    const scores = multiLabelScores(
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
      [
        [1, 0, 1],
        [0, 1, 1],
      ],
    );
    expect(scores.exactMatch).toBe(0.5);
    expect(scores.hammingLoss).toBeCloseTo(1 / 6, 14);
    expect(scores.micro).toEqual({ precision: 1, recall: 0.75, f1: expect.closeTo(6 / 7, 14), support: 4 });
    expect(() => multiLabelScores([[1]], [[1, 0]])).toThrow("1 predictions for 2 targets");
    expect(() => multiLabelScores([[0.7]], [[1]])).toThrow("row 0 must be 0 and 1 alone, received 0.7");
  });
});

describe("calibration", () => {
  test("two bins by hand", () => {
    const found = calibration([0.9, 0.8, 0.3, 0.2, 0.5], [1, 0, 0, 0, 1], { bins: 2 });
    // up to 0.5: confidence 1/3, right 1/3; above: confidence 0.85, right 0.5
    expect(found.bins).toEqual([
      { from: 0, to: 0.5, count: 3, confidence: expect.closeTo(1 / 3, 14), accuracy: expect.closeTo(1 / 3, 14) },
      { from: 0.5, to: 1, count: 2, confidence: expect.closeTo(0.85, 14), accuracy: 0.5 },
    ]);
    expect(found.expectedError).toBeCloseTo(0.4 * 0.35, 14);
    expect(found.maximumError).toBeCloseTo(0.35, 14);
  });

  test("the ends of the range, and bins with nothing in them", () => {
    const found = calibration([0, 1], [0, 1]);
    expect(found.expectedError).toBe(0);
    expect(found.bins.map(({ count }) => count)).toEqual([1, ...Array.from({ length: 13 }, () => 0), 1]);
    expect(found.bins[3].accuracy).toBeNaN();
  });

  test("bins of equal counts", () => {
    const confidences = Array.from({ length: 100 }, (_, i) => (i / 100) ** 2);
    const { bins } = calibration(confidences, confidences.map(Math.round), { bins: 4, binning: "count" });
    expect(bins.map(({ count }) => count)).toEqual([25, 25, 25, 25]);
    expect(calibration([0.5, 0.5, 0.5], [1, 0, 1], { bins: 3, binning: "count" }).bins[0].count).toBe(3);
  });

  test("what is no probability is refused", () => {
    expect(() => calibration([1.1], [1])).toThrow("confidence 0 must be from 0 to 1");
    expect(() => calibration([0.5], [1], { bins: 0 })).toThrow("bins");
  });

  test("Brier score, on scikit-learn's documented example", () => {
    const p = [0.1, 0.9, 0.8, 0.3];
    expect(
      brierScore(
        p.flatMap((x) => [1 - x, x]),
        [0, 1, 1, 0],
      ) / 2,
    ).toBeCloseTo(0.0375, 14);
  });
});

describe("bootstrap", () => {
  const share = ([right, all]: readonly number[]): number => right / all;
  const rows = (right: number, all: number): number[][] =>
    Array.from({ length: all }, (_, i) => [i < right ? 1 : 0, 1]);

  test("an accuracy has the interval of a binomial share", () => {
    const { value, low, high } = bootstrapInterval(rows(320, 400), share, { rng: new Rng(1), samples: 2000 });
    expect(value).toBe(0.8);
    // ±1.96·√(0.8·0.2/400) = ±0.0392; 2000 resamplings place a percentile within 10 % of that.
    expect(low).toBeGreaterThan(0.8 - 0.0431);
    expect(low).toBeLessThan(0.8 - 0.0353);
    expect(high).toBeGreaterThan(0.8 + 0.0353);
    expect(high).toBeLessThan(0.8 + 0.0431);
  });

  test("one seed, one interval; a wider level, a wider interval", () => {
    const at = (seed: number, level?: number): number[] => {
      const { low, high } = bootstrapInterval(rows(30, 50), share, { rng: new Rng(seed), level });
      return [low, high];
    };
    expect(at(3)).toEqual(at(3));
    const [[low, high], [lower, higher]] = [at(3), at(3, 0.99)];
    expect(lower).toBeLessThan(low);
    expect(higher).toBeGreaterThan(high);
  });

  test("in nine of ten repetitions or more a 95 % interval holds the truth", () => {
    let held = 0;
    for (let k = 0; k < 100; k++) {
      const rng = new Rng(k);
      const drawn = Array.from({ length: 100 }, () => [rng.uniform() < 0.3 ? 1 : 0, 1]);
      const { low, high } = bootstrapInterval(drawn, share, { rng, samples: 300 });
      if (low <= 0.3 && 0.3 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(90);
  });

  test("two systems: a clear difference, a mere accident, and none", () => {
    const options = { rng: new Rng(1) };
    const clear = pairedBootstrap(rows(360, 400), rows(320, 400), share, options);
    expect(clear.value).toBeCloseTo(0.1, 14);
    expect(clear.low).toBeGreaterThan(0.05);
    expect(clear.p).toBeLessThan(0.01);
    // 21 examples won and 19 lost
    const [a, b] = [rows(200, 400), rows(200, 400)];
    for (let i = 0; i < 40; i++)
      [a[180 + i], b[180 + i]] =
        i < 21
          ? [
              [1, 1],
              [0, 1],
            ]
          : [
              [0, 1],
              [1, 1],
            ];
    expect(pairedBootstrap(a, b, share, options).p).toBeGreaterThan(0.5);
    expect(pairedBootstrap(rows(5, 9), rows(5, 9), share, options)).toMatchObject({ value: 0, p: 1, low: 0, high: 0 });
  });

  test("refuses what it cannot resample", () => {
    const options = { rng: new Rng(1) };
    expect(() => bootstrapInterval([], share, options)).toThrow("there are no examples");
    expect(() => bootstrapInterval([[1, 1], [1]], share, options)).toThrow("row 1 has 1 numbers, row 0 has 2");
    expect(() => bootstrapInterval([[1, 1]], share, { ...options, level: 1 })).toThrow("level");
    expect(() => pairedBootstrap([[1, 1]], [], share, options)).toThrow("1 predictions for 0 targets");
  });
});

test.each<[string, () => unknown]>([
  ["classificationScores", () => classificationScores([0], [0], { classes: 1, average: "macro" } as never)],
  ["calibration", () => calibration([0.5], [1], { bin: 3 } as never)],
  ["bootstrapInterval", () => bootstrapInterval([[1]], ([x]) => x, { rng: new Rng(1), seed: 1 } as never)],
  ["pairedBootstrap", () => pairedBootstrap([[1]], [[1]], ([x]) => x, { rng: new Rng(1), n: 1 } as never)],
  ["spanScores", () => spanScores([], [], { mode: "strict" } as never)],
])("%s refuses options that it does not have", (who, call) => {
  expect(call).toThrow(`${who}: there is no option`);
});
