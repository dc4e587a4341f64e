import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/index.js";
import { gradcheck } from "../../testing/gradcheck.js";
import { Parameter, type Shape, scope, sizeOf, Tensor } from "../../tensor/index.js";
import { CELLS } from "../cells/index.js";
import { Embedding } from "../embedding.js";
import { Recurrent } from "../recurrent.js";
import {
  activationPenalty,
  dropConnect,
  embeddingDropout,
  gradientNoise,
  l1Penalty,
  l2Penalty,
  maxNorm,
  temporalActivationPenalty,
  weightNoise,
  weightsOf,
  wordDropout,
} from "./index.js";
import { addNormalNoise } from "./normal-noise.js";

const rng = new Rng(41);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );
const ints = (...values: number[]): Tensor => Tensor.from(new Int32Array(values));
const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;

describe("dropConnect", () => {
  test("drops the asked-for share and keeps the mean; one generator, one mask", () => {
    const weight = Tensor.ones([200, 50], "f64");
    const dropped = dropConnect(weight, { p: 0.3, rng: new Rng(1) }).toArray();
    const share = dropped.filter((v) => v === 0).length / 10_000;
    // √(0.21/10,000) = 0.0046: five of these.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.023);
    expect(new Set(dropped)).toEqual(new Set([0, 1 / 0.7]));
    expect(dropConnect(weight, { p: 0.3, rng: new Rng(1) }).toArray()).toEqual(dropped);
    expect(dropConnect(weight, { p: 0.3, rng: new Rng(2) }).toArray()).not.toEqual(dropped);
  });

  test("rows go or stay whole", () => {
    const dropped = dropConnect(Tensor.ones([100, 4], "f64"), { p: 0.5, rng: new Rng(1), drop: "rows" }).toArray();
    const rows = Array.from({ length: 100 }, (_, r) => dropped.slice(4 * r, 4 * r + 4));
    for (const row of rows) expect([0, 8]).toContain(row.reduce((a, b) => a + b));
    expect(new Set(rows.map(([v]) => v)).size).toBe(2);
  });

  test.each(["weights", "rows"] as const)(
    "%s: p = 0 and no generator are the identity, p = 1 zeros; gradient",
    (drop) => {
      const weight = leaf([5, 3]);
      expect(dropConnect(weight, { p: 0, rng: new Rng(1), drop })).toBe(weight);
      expect(dropConnect(weight, { p: 0.5, drop })).toBe(weight);
      expect(
        dropConnect(weight, { p: 1, rng: new Rng(1), drop })
          .toArray()
          .every((v) => v === 0),
      ).toBe(true);
      gradcheck((w) => dropConnect(w, { p: 0.5, rng: new Rng(1), drop }), [weight]);
      expect(() => dropConnect(weight, { p: 1.5, drop })).toThrow(/probability/);
    },
  );

  test("refuses what it cannot drop", () => {
    expect(() => dropConnect(leaf([2, 2]), { p: 0.1, drop: "columns" as "rows" })).toThrow(/Known: weights, rows/);
  });

  test.each(["elman", "elmanRelu", "gru", "gruResetBefore", "jordan", "lstm"])(
    "on the recurrent matrices of %s, with noise, through time, layers and directions",
    (name) => {
      const options = { inputSize: 3, hiddenSize: 4, layers: 2, bidirectional: true, dtype: "f64" } as const;
      const net = new Recurrent(CELLS[name], options, new Rng(5));
      const x = leaf([4, 2, 3]);
      const weights = (): Record<string, Tensor> =>
        weightsOf(net, "recurrent", (weight, label) => {
          const noisy = weightNoise(weight, { std: 0.1, rng: new Rng(7).split(label) });
          return dropConnect(noisy, { p: 0.4, rng: new Rng(6).split(label) });
        });
      expect(Object.keys(weights())).toEqual(["_l0", "_l0_reverse", "_l1", "_l1_reverse"].map((s) => `weight_hh${s}`));
      gradcheck(() => net.forward(x, { weights: weights(), lengths: [4, 2] }).output, [x, ...net.parameters()], {
        directions: 2,
      });
      const { weight_hh_l0: forward, weight_hh_l0_reverse: reverse } = weights();
      const dropped = [forward, reverse].map((weight) => weight.toArray().map((v) => v === 0));
      expect(dropped[0]).toContain(true);
      expect(dropped[0]).not.toEqual(dropped[1]);
    },
  );
});

describe("weightNoise", () => {
  test("adds normal noise of its deviation, and passes gradients on", () => {
    const weight = Tensor.full([100, 100], 3, "f64");
    const noisy = weightNoise(weight, { std: 0.5, rng: new Rng(1) }).toArray();
    // Standard errors 0.005 and 0.25·√2/100 = 0.0035: five of each.
    expect(Math.abs(mean(noisy) - 3)).toBeLessThan(0.025);
    expect(Math.abs(mean(noisy.map((v) => (v - 3) ** 2)) - 0.25)).toBeLessThan(0.018);
    expect(weightNoise(weight, { std: 0.5, rng: new Rng(1) }).toArray()).toEqual(noisy);
    expect(weightNoise(weight, { std: 0.5, rng: new Rng(2) }).toArray()).not.toEqual(noisy);
    gradcheck((w) => weightNoise(w, { std: 0.5, rng: new Rng(1) }), [leaf([3, 2])]);
  });

  test("nothing without a generator or deviation; refuses negative ones", () => {
    const weight = leaf([3, 2]);
    expect(weightNoise(weight, { std: 0.5 })).toBe(weight);
    expect(weightNoise(weight, { std: 0, rng: new Rng(1) })).toBe(weight);
    expect(() => weightNoise(weight, { std: -1 })).toThrow(/std must be a number from 0/);
  });
});

test("the noise is normal: its moments, its tails, and no two neighbours alike", () => {
  const values = new Float64Array(200_001);
  addNormalNoise(values, 2, new Rng(1).key());
  const z = Array.from(values, (v) => v / 2);
  // Standard errors of the moments of 200,000 normals: 1, √2, √15, √96 over √200,000 = 447; five of each.
  [0, 1, 0, 3].forEach((moment, i) => {
    const found = mean(z.map((v) => v ** (i + 1)));
    expect(Math.abs(found - moment)).toBeLessThan((5 * Math.sqrt([1, 2, 15, 96][i])) / 447);
  });
  // [x, P(z > x), times 200,000]; the last two lie where the tail begins and within it.
  for (const [x, expected] of [
    [0.2533471, 80_000],
    [0.8416212, 40_000],
    [1.2815516, 20_000],
    [1.959964, 5_000],
    [3, 270],
    [3.6541529, 25.8],
    [4, 6.33],
  ]) {
    for (const side of [1, -1]) {
      const found = z.filter((v) => side * v > x).length;
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  }
  expect(Math.abs(mean(z.slice(1).map((v, i) => v * z[i])))).toBeLessThan(5 / 447);
  const twice = new Float64Array(3);
  addNormalNoise(twice, 2, new Rng(1).key());
  expect(twice).toEqual(values.slice(0, 3));
});

describe("maxNorm", () => {
  test("shortens what is longer, and that only", () => {
    const parameter = new Parameter([3, 2], [3, 4, 0.3, 0.4, 0, 0]);
    expect(maxNorm(parameter, { max: 2 })).toBe(1);
    const [a, b, ...rest] = parameter.toArray();
    expect([a, b].map((v) => v.toFixed(6))).toEqual(["1.200000", "1.600000"]);
    expect(rest).toEqual([Math.fround(0.3), Math.fround(0.4), 0, 0]);
    const whole = new Parameter([2, 2], new Float64Array([3, 0, 0, 4]));
    expect(maxNorm(whole, { max: 1, over: "all" })).toBe(1);
    expect(whole.toArray().map((v) => v.toFixed(12))).toEqual([
      "0.600000000000",
      "0.000000000000",
      "0.000000000000",
      "0.800000000000",
    ]);
    expect(maxNorm(whole, { max: 1.1, over: "all" })).toBe(0);
    expect(() => maxNorm(whole, { max: 0 })).toThrow(/max must be a number above 0/);
    expect(() => maxNorm(whole, { max: 1, over: "column" as "row" })).toThrow(/Known: row, all/);
  });
});

describe("activation penalties", () => {
  const x = leaf([4, 3, 2]);
  const at = (t: number, b: number, f: number): number => x.toArray()[(t * 3 + b) * 2 + f];
  const lengths = [4, 0, 2];

  /** The mean of what `of` gives for every step and unit that it gives a number for. */
  const expected = (of: (t: number, b: number, f: number) => number | null): number => {
    const values: number[] = [];
    for (let t = 0; t < 4; t++) {
      for (let b = 0; b < 3; b++) {
        for (let f = 0; f < 2; f++) {
          const value = of(t, b, f);
          if (value !== null) values.push(value);
        }
      }
    }
    return mean(values);
  };

  test("are the mean square of outputs and of their steps, within the lengths", () => {
    expect(activationPenalty(x, 2).item()).toBeCloseTo(2 * expected((t, b, f) => at(t, b, f) ** 2), 12);
    expect(activationPenalty(x, 2, { lengths }).item()).toBeCloseTo(
      2 * expected((t, b, f) => (t < lengths[b] ? at(t, b, f) ** 2 : null)),
      12,
    );
    const step = (t: number, b: number, f: number): number => (at(t + 1, b, f) - at(t, b, f)) ** 2;
    expect(temporalActivationPenalty(x, 3).item()).toBeCloseTo(
      3 * expected((t, b, f) => (t < 3 ? step(t, b, f) : null)),
      12,
    );
    expect(temporalActivationPenalty(x, 3, { lengths }).item()).toBeCloseTo(
      3 * expected((t, b, f) => (t + 1 < lengths[b] ? step(t, b, f) : null)),
      12,
    );
  });

  test("gradients; steps beyond the lengths get none", () => {
    for (const options of [{}, { lengths }]) {
      gradcheck((x) => activationPenalty(x, 2, options), [x]);
      gradcheck((x) => temporalActivationPenalty(x, 2, options), [x]);
    }
    const y = leaf([2, 2, 1]);
    activationPenalty(y, 1, { lengths: [1, 2] }).backward();
    expect(Math.abs(y.grad!.toArray()[2])).toBe(0);
  });

  test("nothing to penalise is 0; what does not fit is refused", () => {
    expect(temporalActivationPenalty(leaf([1, 3, 2]), 1).item()).toBe(0);
    expect(temporalActivationPenalty(leaf([0, 3, 2]), 1).item()).toBe(0);
    expect(activationPenalty(leaf([2, 2, 2]), 1, { lengths: [0, 0] }).item()).toBe(0);
    expect(() => activationPenalty(leaf([2, 2]), 1)).toThrow(/an output \[T, B, F\], received shape \[2, 2\]/);
    expect(() => activationPenalty(x, 1, { lengths: [1, 2] })).toThrow(/lengths must be 3 whole numbers from 0 to 4/);
    expect(() => temporalActivationPenalty(x, 1, { lengths: [1, 2, 5] })).toThrow(/5 is not/);
    expect(() => activationPenalty(x, -1)).toThrow(/alpha/);
    expect(() => temporalActivationPenalty(x, -1)).toThrow(/beta/);
  });
});

test("weight penalties and their gradients", () => {
  const weight = Tensor.from(new Float64Array([1, -2, 3]), [3], { requiresGrad: true });
  expect(l1Penalty(weight, 0.5).item()).toBe(3);
  expect(l2Penalty(weight, 0.5).item()).toBe(7);
  gradcheck((w) => l1Penalty(w, 0.5), [weight]);
  gradcheck((w) => l2Penalty(w, 0.5), [weight]);
  expect(() => l1Penalty(weight, -1)).toThrow(/lambda/);
  expect(() => l2Penalty(weight, NaN)).toThrow(/lambda/);
});

describe("gradientNoise", () => {
  const noise = (step: number, eta = 0.3, seed = 1): number[] => {
    const [a, b] = [new Parameter([100, 100]), new Parameter([3])];
    scope(() => a.sum().backward());
    gradientNoise([b, a], { eta, step, rng: new Rng(seed) });
    expect(b.grad).toBe(null);
    return a.grad!.toArray().map((v) => v - 1);
  };

  test("has the scheduled variance, another draw at every step, the same for the same seed", () => {
    for (const [step, variance] of [
      [0, 0.3],
      [99, 0.3 / 100 ** 0.55],
    ]) {
      const found = mean(noise(step).map((v) => v * v));
      // The standard error of a variance from 10,000 draws is 1.4 %.
      expect(Math.abs(found / variance - 1)).toBeLessThan(0.07);
    }
    expect(noise(3)).toEqual(noise(3));
    expect(noise(3)[0]).not.toBeCloseTo(noise(4)[0], 6);
    expect(noise(3, 0.3, 2)).not.toEqual(noise(3));
    expect(new Set(noise(1, 0))).toEqual(new Set([0]));
    expect(() => gradientNoise([], { eta: -1, step: 0, rng })).toThrow(/eta/);
    expect(() => gradientNoise([], { eta: 1, step: 0.5, rng })).toThrow(/step/);
  });
});

describe("words", () => {
  const index = ints(3, 1, 3, 0, 1, 3, 2, 2);
  const table = new Embedding({ vocabularySize: 4, size: 5, dtype: "f64" });

  test("embedding dropout drops a word everywhere or nowhere, as dropping rows of the table does", () => {
    const dropped = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const options = { p: 0.5, rng: new Rng(seed) };
      const x = embeddingDropout(table.forward(index), index, options).toArray();
      const whole = table.weight.toArray();
      const factors = new Map<number, number>();
      index.toArray().forEach((word, i) => {
        const factor = x[5 * i] / whole[5 * word];
        for (let e = 0; e < 5; e++) expect(x[5 * i + e]).toBeCloseTo(factor * whole[5 * word + e], 14);
        expect(factors.get(word) ?? factor).toBeCloseTo(factor, 14);
        expect([0, 2]).toContain(Math.abs(Number(factor.toFixed(12))));
        factors.set(word, factor);
        if (factor === 0) dropped.add(word);
      });
    }
    expect([...dropped].toSorted()).toEqual([0, 1, 2, 3]);
  });

  test("its gradient, its identities, its errors", () => {
    const batch = Tensor.from(index.data(), [4, 2]);
    const x = leaf([4, 2, 5]);
    gradcheck((x) => embeddingDropout(x, batch, { p: 0.5, rng: new Rng(2) }), [x]);
    expect(embeddingDropout(x, batch, { p: 0.5 })).toBe(x);
    expect(embeddingDropout(x, batch, { p: 0, rng: new Rng(1) })).toBe(x);
    expect(
      embeddingDropout(x, batch, { p: 1, rng: new Rng(1) })
        .toArray()
        .every((v) => v === 0),
    ).toBe(true);
    expect(() => embeddingDropout(x, index, { p: 0.5 })).toThrow(/\[4, 2, 5\] and \[8\]/);
    expect(() => embeddingDropout(x, batch, { p: 2 })).toThrow(/probability/);
  });

  test("word dropout replaces occurrences, or words", () => {
    const many = Tensor.from(
      Int32Array.from({ length: 5000 }, (_, i) => i % 50),
      [100, 50],
    );
    const options = { p: 0.2, rng: new Rng(3), unknown: 99 };
    const single = wordDropout(many, options);
    expect([single.shape, single.dtype]).toEqual([[100, 50], "i32"]);
    const replaced = single.toArray().filter((word) => word === 99).length;
    // √(5000·0.16) = 28: five of these.
    expect(Math.abs(replaced - 1000)).toBeLessThan(142);
    expect(single.toArray().filter((word, i) => word !== i % 50).length).toBe(replaced);
    const grouped = wordDropout(many, { ...options, per: "word" }).toArray();
    expect(grouped.slice(0, 50)).toEqual(grouped.slice(50, 100));
    const kinds = grouped.slice(0, 50).filter((word) => word === 99).length;
    expect(kinds).toBeGreaterThan(0);
    expect(kinds).toBeLessThan(30);
    expect(wordDropout(many, { p: 0.2, unknown: 99 })).toBe(many);
    expect(
      wordDropout(many, { ...options, p: 1 })
        .toArray()
        .every((word) => word === 99),
    ).toBe(true);
    expect(() => wordDropout(many, { ...options, p: -1 })).toThrow(/probability/);
    expect(() => wordDropout(many, { ...options, unknown: -1 })).toThrow(/unknown/);
    expect(() => wordDropout(many, { ...options, per: "all" as "word" })).toThrow(/Known: occurrence, word/);
  });
});
