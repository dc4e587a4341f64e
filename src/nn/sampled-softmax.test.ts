import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/index.js";
import { gradcheck } from "../testing/gradcheck.js";
import { crossEntropy, noGrad, type Shape, scope, sizeOf, Tensor } from "../tensor/index.js";
import { drawCandidates, logExpectedCount, logUniform } from "./candidate-sampler.js";
import { Linear } from "./linear.js";
import { SampledSoftmax } from "./sampled-softmax.js";

const rng = new Rng(9);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );
const ints = (...values: number[]): Tensor => Tensor.from(new Int32Array(values));

describe("the log-uniform sampler", () => {
  test("probabilities add up to 1 and draws follow them", () => {
    const sampler = logUniform(50);
    const words = Array.from({ length: 50 }, (_, word) => word);
    expect(words.reduce((total, word) => total + sampler.probability(word), 0)).toBeCloseTo(1, 14);
    const counts = words.map(() => 0);
    const stream = new Rng(1);
    const draws = 200_000;
    for (let i = 0; i < draws; i++) counts[sampler.draw(stream)]++;
    const chi2 = words.reduce((total, word) => {
      const expected = draws * sampler.probability(word);
      return total + (counts[word] - expected) ** 2 / expected;
    }, 0);
    // 49 degrees of freedom: mean 49, standard deviation √98; five of them.
    expect(Math.abs(chi2 - 49)).toBeLessThan(5 * Math.sqrt(98));
  });

  test("candidates are distinct; expected counts are those met", () => {
    const sampler = logUniform(30);
    const met = new Float64Array(30);
    const expected = new Float64Array(30);
    const rounds = 4000;
    for (let i = 0; i < rounds; i++) {
      const { words, tries } = drawCandidates(sampler, 8, new Rng(2).split(i));
      expect(new Set(words).size).toBe(8);
      expect(tries).toBeGreaterThanOrEqual(8);
      for (const word of words) met[word]++;
      for (let word = 0; word < 30; word++) expected[word] += Math.exp(logExpectedCount(sampler, tries, word));
    }
    // A share p over 4000 rounds has a standard deviation of at most 0.5/√4000; the formula takes the number of tries for
    // given, which is worth up to 0.01 more.
    for (let word = 0; word < 30; word++) {
      expect(Math.abs(met[word] - expected[word]) / rounds).toBeLessThan(5 * (0.5 / Math.sqrt(rounds)) + 0.01);
    }
    expect([...drawCandidates(sampler, 30, new Rng(1)).words].toSorted((a, b) => a - b)).toEqual([...met.keys()]);
  });

  test("the same generator, the same candidates", () => {
    const sampler = logUniform(1000);
    const draw = (seed: number): number[] => [...drawCandidates(sampler, 20, new Rng(seed)).words];
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
    expect(() => drawCandidates(sampler, 1001, new Rng(1))).toThrow(/count must be a whole number, 1 … 1000/);
    expect(() => logUniform(0)).toThrow(/vocabularySize/);
  });
});

describe("SampledSoftmax", () => {
  const OPTIONS = { inputSize: 5, vocabularySize: 19, samples: 6, dtype: "f64" } as const;

  test.each([true, false])("gradients, bias %s; hits and an ignored target among the rows", (bias) => {
    const layer = new SampledSoftmax({ ...OPTIONS, bias }, new Rng(2));
    const x = leaf([2, 3, 5]);
    const candidates = drawCandidates(layer.sampler, 6, new Rng(3));
    const targets = Tensor.from(new Int32Array([candidates.words[0], 3, -100, 18, candidates.words[4], 3]), [2, 3]);
    gradcheck(() => layer.forward(x, targets, { candidates }), [x, ...layer.parameters()]);
    gradcheck(() => layer.forward(x, targets), [x, ...layer.parameters()]);
  });

  test("is the formula", () => {
    const layer = new SampledSoftmax(OPTIONS, new Rng(2));
    const x = leaf([2, 5]);
    const candidates = { words: Int32Array.of(0, 7, 4), tries: 5 };
    const scores = layer.logits(x).toArray();
    const adjusted = (r: number, word: number): number =>
      scores[19 * r + word] - Math.log(1 - (1 - Math.log((word + 2) / (word + 1)) / Math.log(20)) ** 5);
    const loss = (r: number, target: number, others: number[]): number =>
      -adjusted(r, target) +
      Math.log([target, ...others].reduce((total, word) => total + Math.exp(adjusted(r, word)), 0));
    // In the second row candidate 7 is the target, and does not compete with itself.
    const expected = (loss(0, 12, [0, 7, 4]) + loss(1, 7, [0, 4])) / 2;
    expect(layer.forward(x, ints(12, 7), { candidates }).item()).toBeCloseTo(expected, 12);
  });

  test("without randomness it is the full cross-entropy, and its parameters are a Linear's", () => {
    const layer = new SampledSoftmax(OPTIONS, new Rng(4));
    const plain = new Linear({ inputSize: 5, outputSize: 19, dtype: "f64" }, new Rng(4));
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "bias"]);
    const x = leaf([3, 5]);
    expect(layer.forward(x, ints(1, 2, 18)).item()).toBe(crossEntropy(plain.forward(x), ints(1, 2, 18)).item());
  });

  test("with every word a candidate, drawn very often, it is the full softmax", () => {
    const layer = new SampledSoftmax(OPTIONS, new Rng(4));
    const x = leaf([3, 5]);
    const words = Int32Array.from({ length: 19 }, (_, word) => word);
    const sampled = layer.forward(x, ints(1, 2, 18), { candidates: { words, tries: 1e5 } }).item();
    expect(sampled).toBeCloseTo(layer.forward(x, ints(1, 2, 18)).item(), 12);
  });

  test("its gradient approaches that of the full softmax as candidates grow in number", () => {
    const vocabularySize = 200;
    const layer = new SampledSoftmax({ inputSize: 5, vocabularySize, samples: 1, dtype: "f64" }, new Rng(6));
    const x = leaf([1, 5]);
    const gradient = (samples: number, rounds: number): number[] => {
      const total = [0, 0, 0, 0, 0];
      for (let i = 0; i < rounds; i++) {
        scope(() => {
          x.grad = null;
          const candidates = samples === 0 ? undefined : drawCandidates(layer.sampler, samples, new Rng(7).split(i));
          layer.forward(x, ints(120), { candidates }).backward();
          x.grad!.toArray().forEach((value, k) => (total[k] += value / rounds));
          x.grad = null;
        });
      }
      return total;
    };
    const full = gradient(0, 1);
    const far = (found: number[]): number => Math.max(...found.map((value, k) => Math.abs(value - full[k])));
    const scale = Math.max(...full.map(Math.abs));
    const [few, many] = [far(gradient(4, 400)) / scale, far(gradient(100, 400)) / scale];
    expect(many).toBeLessThan(0.02);
    expect(many).toBeLessThan(few / 5);
  });

  test("float32 agrees with float64, rows of every candidate removed included", () => {
    const [single, double] = (["f32", "f64"] as const).map(
      (dtype) => new SampledSoftmax({ ...OPTIONS, dtype }, new Rng(8)),
    );
    double.loadStateDict({ weight: single.weight.data(), bias: single.bias!.data() });
    const x = leaf([4, 5]);
    const candidates = { words: Int32Array.of(3), tries: 2 };
    const losses = [single, double].map((layer) =>
      noGrad(() => layer.forward(x.astype(layer.weight.dtype), ints(3, 1, 2, 3), { candidates }).item()),
    );
    expect(losses[0]).toBeCloseTo(losses[1], 6);
    expect(Number.isFinite(losses[0])).toBe(true);
  });

  test("refuses what does not fit", () => {
    const make = (more: object): SampledSoftmax => new SampledSoftmax({ ...OPTIONS, ...more });
    expect(() => make({ samples: 20 })).toThrow(/samples must be a whole number, 1 … 19, received 20/);
    expect(() => make({ samples: 0 })).toThrow(/samples/);
    expect(() => make({ sampler: logUniform(18) })).toThrow(/sampler.vocabularySize must be 19, received 18/);
    expect(() => make({ inputSize: 1.5 })).toThrow(/inputSize/);
    const layer = make({});
    const x = leaf([2, 5]);
    const options = { rng: new Rng(1) };
    expect(() => layer.forward(x, ints(0, 19), options)).toThrow(/index 19 at position 1/);
    expect(() => layer.forward(x, ints(0), options)).toThrow(/\[2, 5\] and \[1\]/);
    expect(() => layer.forward(leaf([2, 4]), ints(0, 1), options)).toThrow(/expected shape \[\.\., 5\]/);
    expect(() => layer.forward(x, ints(-100, -100), options)).toThrow(/every target is ignored/);
    const candidates = { words: Int32Array.of(19), tries: 1 };
    expect(() => layer.forward(x, ints(0, 1), { candidates })).toThrow(/candidates: index 19/);
  });
});
