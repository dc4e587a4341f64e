import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/index.js";
import { gradcheck } from "../testing/gradcheck.js";
import { type Shape, scope, sizeOf, Tensor } from "../tensor/index.js";
import { AdaptiveSoftmax } from "./adaptive-softmax.js";

const rng = new Rng(5);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );
const ints = (...values: number[]): Tensor => Tensor.from(new Int32Array(values));
const OPTIONS = { inputSize: 7, vocabularySize: 23, cutoffs: [5, 11], divValue: 2, dtype: "f64" } as const;

describe("AdaptiveSoftmax", () => {
  test("names and shapes are PyTorch's", () => {
    const layer = new AdaptiveSoftmax({ ...OPTIONS, headBias: true });
    expect(Array.from(layer.namedParameters(), ([name, { shape }]) => [name, shape])).toEqual([
      ["head.weight", [7, 7]],
      ["head.bias", [7]],
      ["tail.0.0.weight", [3, 7]],
      ["tail.0.1.weight", [6, 3]],
      ["tail.1.0.weight", [1, 7]],
      ["tail.1.1.weight", [12, 1]],
    ]);
    expect([...new AdaptiveSoftmax(OPTIONS).namedParameters()].map(([name]) => name)).not.toContain("head.bias");
  });

  test("logProb is a distribution, forward its entry at the target, predict its largest", () => {
    const layer = new AdaptiveSoftmax(OPTIONS, new Rng(3));
    for (const parameter of layer.parameters()) parameter.set(parameter.toArray().map((value) => 4 * value));
    const x = leaf([4, 6, 7]);
    const targets = Int32Array.from({ length: 24 }, (_, i) => i % 23);
    const logs = layer.logProb(x);
    expect(logs.shape).toEqual([4, 6, 23]);
    const all = logs.toArray();
    const { output, loss } = layer.forward(x, Tensor.from(targets, [4, 6]));
    expect(output.shape).toEqual([4, 6]);
    const found = output.toArray();
    const words = layer.predict(x);
    expect([words.shape, words.dtype]).toEqual([[4, 6], "i32"]);
    const predicted = words.toArray();
    for (let r = 0; r < 24; r++) {
      const row = all.slice(23 * r, 23 * (r + 1));
      expect(row.reduce((total, value) => total + Math.exp(value), 0)).toBeCloseTo(1, 12);
      expect(found[r]).toBeCloseTo(row[targets[r]], 12);
      expect(predicted[r]).toBe(row.indexOf(Math.max(...row)));
    }
    // Words of the shortlist and of both clusters are predicted, or the test would not see the clusters.
    expect([
      predicted.some((w) => w < 5),
      predicted.some((w) => w >= 5 && w < 11),
      predicted.some((w) => w >= 11),
    ]).toEqual([true, true, true]);
    expect(loss.item()).toBeCloseTo(-found.reduce((a, b) => a + b) / 24, 12);
  });

  test("an ignored target has log probability 0, does not count, and gets no gradient", () => {
    const layer = new AdaptiveSoftmax(OPTIONS);
    const [x, y] = [leaf([4, 7]), leaf([4, 7])];
    y.set(x.toArray());
    const some = layer.forward(x, ints(2, -100, 22, -100));
    const few = layer.forward(
      Tensor.from(Float64Array.from([...y.toArray().slice(0, 7), ...y.toArray().slice(14, 21)]), [2, 7]),
      ints(2, 22),
    );
    expect(some.loss.item()).toBe(few.loss.item());
    expect(some.output.toArray()[1]).toBeCloseTo(0, 15);
    some.loss.backward();
    expect(x.grad!.toArray().slice(7, 14)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  test.each([
    ["every cluster", [0, 4, 5, 10, 11, 22, 7]],
    ["the shortlist only", [0, 4, 1, 1]],
    ["one cluster, one row", [20]],
  ])("gradients, targets in %s", (_, words) => {
    const layer = new AdaptiveSoftmax({ ...OPTIONS, headBias: true });
    const x = leaf([words.length, 7]);
    gradcheck(() => {
      const { output, loss } = layer.forward(x, ints(...words));
      return [output, loss];
    }, [x, ...layer.parameters()]);
    gradcheck(() => layer.logProb(x), [x, ...layer.parameters()]);
  });

  test("a cluster without targets gets a gradient of zeros", () => {
    const layer = new AdaptiveSoftmax({ ...OPTIONS, dtype: "f32" });
    scope(() => layer.forward(Tensor.ones([2, 7]), ints(1, 6)).loss.backward());
    expect(layer.tail[1].map(({ weight }) => weight.grad!.toArray().every((value) => value === 0))).toEqual([
      true,
      true,
    ]);
    expect(layer.tail[0].map(({ weight }) => weight.grad!.toArray().some((value) => value !== 0))).toEqual([
      true,
      true,
    ]);
  });

  test("refuses cutoffs that cut nothing, clusters without features, targets outside", () => {
    const make = (cutoffs: number[], divValue = 2): AdaptiveSoftmax =>
      new AdaptiveSoftmax({ inputSize: 7, vocabularySize: 23, cutoffs, divValue });
    for (const cutoffs of [[], [0, 5], [5, 5], [11, 5], [2.5], [5, 23]]) {
      expect(() => make(cutoffs)).toThrow(/cutoffs must be .* from 1 to 22 \(the vocabulary has 23 words\)/);
    }
    expect(() => make([5, 11], 4)).toThrow(/cluster 1 would be projected to ⌊7 \/ 4\^2⌋ = 0/);
    expect(() => make([5], 0)).toThrow(/divValue must be a number above 0, received 0/);
    expect(() => new AdaptiveSoftmax({ ...OPTIONS, inputSize: 0 })).toThrow(/inputSize/);
    const layer = make([5]);
    const x = Tensor.zeros([2, 7]);
    expect(() => layer.forward(x, ints(1, 23))).toThrow(/index 23 at position 1 .*0 … 22/);
    expect(() => layer.forward(x, ints(1))).toThrow(/\[2, 7\] and \[1\]/);
    expect(() => layer.forward(Tensor.zeros([2, 6]), ints(1, 2))).toThrow(/expected shape \[\.\., 7\]/);
    expect(() => layer.forward(x, ints(-100, -100))).toThrow(/every target is ignored/);
    expect(() => layer.forward(x, Tensor.zeros([2]))).toThrow(/i32/);
  });
});
