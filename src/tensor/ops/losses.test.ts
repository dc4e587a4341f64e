import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/random.js";
import { gradcheck } from "../../testing/gradcheck.js";
import {
  type Shape,
  Tensor,
  binaryCrossEntropy,
  crossEntropy,
  dropout,
  logSoftmax,
  mseLoss,
  scope,
  sizeOf,
} from "../index.js";

const rng = new Rng(17);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );
const ints = (...values: number[]): Tensor => Tensor.from(new Int32Array(values));
const REDUCTIONS = ["mean", "sum", "none"] as const;

describe("crossEntropy", () => {
  test("is the negated logSoftmax of the target, averaged over what counts", () => {
    const logits = leaf([4, 5]);
    const targets = ints(3, -100, 0, 4);
    const logs = logSoftmax(logits).toArray();
    const losses = [-logs[3], 0, -logs[10], -logs[19]];
    crossEntropy(logits, targets, { reduction: "none" })
      .toArray()
      .forEach((v, i) => expect(v).toBeCloseTo(losses[i], 12));
    const total = losses.reduce((a, b) => a + b);
    expect(crossEntropy(logits, targets, { reduction: "sum" }).item()).toBeCloseTo(total, 12);
    expect(crossEntropy(logits, targets).item()).toBeCloseTo(total / 3, 12);
    expect(crossEntropy(logits, ints(3, 2, 0, 2), { ignoreIndex: 2 }).item()).toBeCloseTo(
      (losses[0] + losses[2]) / 2,
      12,
    );
  });

  test.each(REDUCTIONS)("gradient, %s", (reduction) => {
    gradcheck((x) => crossEntropy(x, ints(3, -100, 0), { reduction }), [leaf([3, 5])]);
    const targets = Tensor.from(new Int32Array([1, 0, 6, 2, 2, -100]), [2, 3]);
    gradcheck((x) => crossEntropy(x, targets, { reduction }).mul(0.5), [leaf([2, 3, 7])]);
    expect(crossEntropy(leaf([2, 3, 7]), targets, { reduction: "none" }).shape).toEqual([2, 3]);
  });

  test("float32 agrees with float64", () => {
    scope(() => {
      const single = Tensor.from(leaf([9, 31]).toArray(), [9, 31], { requiresGrad: true });
      const double = single.detach().astype("f64");
      double.requiresGrad = true;
      const targets = ints(...Array.from({ length: 9 }, (_, i) => i * 3));
      const losses = [single, double].map((x) => crossEntropy(x, targets));
      losses.forEach((loss) => loss.backward());
      expect(losses[0].item()).toBeCloseTo(losses[1].item(), 5);
      const exact = double.grad!.toArray();
      single.grad!.toArray().forEach((v, i) => expect(Math.abs(v - exact[i])).toBeLessThan(1e-7));
    });
  });

  test.each(REDUCTIONS)("gradient with weights and smoothed labels, %s", (reduction) => {
    const weight = Tensor.from(new Float64Array([1, 0, 0.5, 3, 2]));
    const targets = ints(3, -100, 1, 0);
    for (const options of [{ weight }, { labelSmoothing: 0.2 }, { weight, labelSmoothing: 0.2 }]) {
      gradcheck((x) => crossEntropy(x, targets, { reduction, ...options }), [leaf([4, 5])]);
    }
  });

  test("weights of 1 and no smoothing are the plain loss; smoothing by 1 does not see the target", () => {
    const logits = leaf([3, 5]);
    const targets = ints(3, 1, 0);
    const plain = crossEntropy(logits, targets).item();
    expect(crossEntropy(logits, targets, { weight: Tensor.ones([5], "f64") }).item()).toBe(plain);
    const all = [targets, ints(0, 4, 2)].map((y) => crossEntropy(logits, y, { labelSmoothing: 1 }).item());
    expect(all[0]).toBeCloseTo(all[1], 12);
  });

  test("refuses weights and smoothing that are none", () => {
    const [logits, targets] = [leaf([2, 5]), ints(0, 1)];
    const weights = (...values: number[]): Tensor => Tensor.from(new Float64Array(values));
    expect(() => crossEntropy(logits, targets, { labelSmoothing: 1.5 })).toThrow(/labelSmoothing must be .*1.5/);
    expect(() => crossEntropy(logits, targets, { weight: weights(1, 1) })).toThrow(/weight.*\[5\].*\[2\]/);
    expect(() => crossEntropy(logits, targets, { weight: weights(1, 1, -1, 1, 1) })).toThrow(/weight must be .*-1/);
    expect(() => crossEntropy(logits, targets, { weight: weights(0, 0, 1, 1, 1) })).toThrow(/ignored or weighs 0/);
    expect(() => crossEntropy(logits, targets, { weight: Tensor.ones([5]) })).toThrow(/f64 and f32/);
  });

  test("refuses targets outside, shapes that differ, a mean of nothing, an unknown reduction", () => {
    const logits = leaf([2, 5]);
    expect(() => crossEntropy(logits, ints(0, 5))).toThrow(/index 5 at position 1 .*0 … 4/);
    expect(() => crossEntropy(logits, ints(0, -1))).toThrow(/index -1/);
    expect(() => crossEntropy(logits, ints(0))).toThrow(/\[2, 5\] and \[1\]/);
    expect(() => crossEntropy(logits, ints(-100, -100))).toThrow(/every target is ignored/);
    expect(crossEntropy(logits, ints(-100, -100), { reduction: "sum" }).item()).toBe(0);
    expect(() => crossEntropy(logits, ints(0, 0), { reduction: "average" as "mean" })).toThrow(
      /Known: mean, sum, none/,
    );
  });
});

describe("mseLoss", () => {
  test.each(REDUCTIONS)("value and gradients, %s", (reduction) => {
    const [x, y] = [leaf([3, 5]), leaf([3, 5])];
    const squares = x.toArray().map((v, i) => (v - y.data()[i]) ** 2);
    const total = squares.reduce((a, b) => a + b);
    const expected = { mean: [total / 15], sum: [total], none: squares }[reduction];
    mseLoss(x, y, { reduction })
      .toArray()
      .forEach((v, i) => expect(v).toBeCloseTo(expected[i], 12));
    gradcheck((x, y) => mseLoss(x, y, { reduction }), [x, y]);
  });

  test("refuses shapes that would only fit by broadcasting", () => {
    expect(() => mseLoss(leaf([3, 1]), leaf([3]))).toThrow(/mseLoss: expected shape \[3, 1\], received \[3\]/);
    expect(() => mseLoss(leaf([0]), leaf([0]))).toThrow(/0\/0/);
  });
});

describe("dropout", () => {
  test("drops about p, scales the rest, and keeps the mask for the way back", () => {
    const x = Tensor.ones([100, 50]);
    x.requiresGrad = true;
    const y = dropout(x, { p: 0.2, rng: new Rng(3) });
    const values = y.toArray();
    expect(new Set(values)).toEqual(new Set([0, 1.25]));
    expect(values.filter((v) => v === 0).length / 5000).toBeCloseTo(0.2, 1);
    y.sum().backward();
    expect(x.grad!.toArray()).toEqual(values);
  });

  test("one generator gives one mask, another key another", () => {
    const x = Tensor.ones([10, 10]);
    const masks = [new Rng(3), new Rng(3), new Rng(3).split(1)].map((rng) => dropout(x, { p: 0.5, rng }).toArray());
    expect(masks[0]).toEqual(masks[1]);
    expect(masks[0]).not.toEqual(masks[2]);
    gradcheck((x) => dropout(x, { p: 0.4, rng: new Rng(9) }), [leaf([5, 3])]);
  });

  test("the edges: p = 0, p = 1, no generator, no probability", () => {
    const x = leaf([3]);
    expect(dropout(x, { p: 0, rng: new Rng(1) })).toBe(x);
    expect(dropout(x, { p: 0.9 })).toBe(x);
    expect(
      dropout(x, { p: 1, rng: new Rng(1) })
        .toArray()
        .map(Math.abs),
    ).toEqual([0, 0, 0]);
    gradcheck((x) => dropout(x, { p: 1, rng: new Rng(1) }), [x]);
    for (const p of [-0.1, 1.1, NaN]) expect(() => dropout(x, { p })).toThrow(/dropout: p is/);
  });

  test("a mask is a function of the row's number, however many rows have it", () => {
    const masked = (numbers: number[]): number[][] => {
      const rows = Tensor.from(Int32Array.from(numbers));
      const y = dropout(Tensor.ones([numbers.length, 37]), { p: 0.5, rng: new Rng(5), rows }).toArray();
      return numbers.map((_, i) => y.slice(37 * i, 37 * (i + 1)));
    };
    const each = [0, 1, 2, 7, -1, 2 ** 31 - 1];
    const own = new Map(masked(each).map((row, i) => [each[i], row]));
    for (const numbers of [
      [2, 0, 1, 2, 1, 0, 0],
      [1, 1, 1, 1],
      [-1, 0, 0, 0, -1],
      [7, 7, 7, 2 ** 31 - 1, 7],
    ])
      expect(masked(numbers)).toEqual(numbers.map((n) => own.get(n)));
  });
});

describe("binaryCrossEntropy", () => {
  const targets = Tensor.from(new Float64Array([1, 0, 0.25, 0, 1, 1]), [2, 3]);

  test.each(REDUCTIONS)("gradient, %s", (reduction) => {
    const positiveWeight = Tensor.from(new Float64Array([1, 0, 4]));
    gradcheck((x) => binaryCrossEntropy(x, targets, { reduction }), [leaf([2, 3])]);
    gradcheck((x) => binaryCrossEntropy(x, targets, { reduction, positiveWeight }), [leaf([2, 3])]);
  });

  test("is a number however sure the logits are", () => {
    const sure = Tensor.from([1e4, -1e4, -1e4, 1e4], [4], { requiresGrad: true });
    const loss = binaryCrossEntropy(sure, Tensor.from([1, 0, 1, 0]), { reduction: "none" });
    expect(loss.toArray()).toEqual([0, 0, 1e4, 1e4]);
    loss.backward({ gradient: Tensor.ones([4]) });
    expect(sure.grad!.toArray().map((v) => v + 0)).toEqual([0, 0, -1, 1]);
  });

  test("refuses targets that are no probabilities, shapes that differ, a mean of nothing, bad weights", () => {
    const logits = leaf([2, 3]);
    const two = Tensor.from(new Float64Array([1, 0, 2, 0, 1, 1]), [2, 3]);
    expect(() => binaryCrossEntropy(logits, two)).toThrow(/target 2 must be .*received 2/);
    expect(() => binaryCrossEntropy(logits, Tensor.zeros([2], "f64"))).toThrow(/shape of the logits/);
    expect(() => binaryCrossEntropy(leaf([0, 3]), Tensor.zeros([0, 3], "f64"))).toThrow(/no elements/);
    const positiveWeight = Tensor.from(new Float64Array([1, 2]));
    expect(() => binaryCrossEntropy(logits, targets, { positiveWeight })).toThrow(/positiveWeight.*\[3\]/);
    const negative = Tensor.from(new Float64Array([1, -2, 1]));
    expect(() => binaryCrossEntropy(logits, targets, { positiveWeight: negative })).toThrow(/positive weight must be/);
  });
});
