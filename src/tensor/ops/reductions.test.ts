import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/random.js";
import { gradcheck } from "../../testing/gradcheck.js";
import { type Shape, Tensor, logSoftmax, mean, sizeOf, softmax, sum } from "../index.js";

const rng = new Rng(7);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );

describe("sum and mean", () => {
  const SHAPES: Shape[] = [[5], [3, 4], [2, 3, 5], [2, 1, 3, 2], [300, 3], [3, 300]];
  const cases = SHAPES.flatMap((shape) => shape.map((_, axis) => [shape, axis] as const));

  test.each(cases)("%j along axis %i", (shape, axis) => {
    const x = leaf(shape);
    const inner = sizeOf(shape.slice(axis + 1));
    const expected = new Float64Array(x.size / shape[axis]);
    x.toArray().forEach((v, i) => {
      expected[Math.floor(i / (inner * shape[axis])) * inner + (i % inner)] += v;
    });
    const out = sum(x, { axis });
    expect(out.shape).toEqual(shape.filter((_, i) => i !== axis));
    out.toArray().forEach((v, i) => expect(v).toBeCloseTo(expected[i], 12));
    const average = mean(x, { axis: axis - shape.length, keepDim: true });
    expect(average.shape).toEqual(shape.with(axis, 1));
    average.toArray().forEach((v, i) => expect(v).toBeCloseTo(expected[i] / shape[axis], 12));
    if (x.size < 100) gradcheck((x) => [sum(x, { axis }), mean(x, { axis, keepDim: true })], [x]);
  });

  test("over everything", () => {
    const x = leaf([3, 5]);
    const total = x.toArray().reduce((a, b) => a + b);
    expect(sum(x).shape).toEqual([]);
    expect(sum(x).item()).toBeCloseTo(total, 12);
    expect(mean(x, { keepDim: true }).shape).toEqual([1, 1]);
    expect(mean(x).item()).toBeCloseTo(total / 15, 12);
    gradcheck((x) => [sum(x), mean(x)], [x]);
    gradcheck((x) => sum(x), [leaf([])]);
    expect(sum(Tensor.zeros([0, 3])).item()).toBe(0);
    expect(sum(Tensor.zeros([0, 3]), { axis: 0 }).toArray()).toEqual([0, 0, 0]);
  });

  test("a large float32 sum keeps its digits", () => {
    const x = Tensor.full([1_000_003], 0.1);
    expect(sum(x).item()).toBe(Math.fround(Math.fround(0.1) * 1_000_003));
  });

  test("refuse an axis that is not there, and a mean of nothing", () => {
    expect(() => sum(Tensor.zeros([2, 3]), { axis: 2 })).toThrow(/sum: there is no axis 2.*-2 … 1/);
    expect(() => mean(Tensor.zeros([2, 0]), { axis: 1 })).toThrow(/0\/0/);
    expect(() => sum(Tensor.zeros([2], "i32"))).toThrow(/i32/);
  });
});

describe("softmax and logSoftmax", () => {
  test.each([[[5]], [[3, 7]], [[2, 3, 1]], [[1, 9]]] as Shape[][])("gradients at %j", (shape) => {
    gradcheck((x) => [softmax(x), logSoftmax(x)], [leaf(shape)]);
  });

  test("rows sum to one, huge numbers included, and one is the logarithm of the other", () => {
    const x = Tensor.from([1000, 999, -1000, 3, 3, 3], [2, 3]);
    const y = softmax(x);
    for (const total of y.sum({ axis: 1 }).toArray()) expect(total).toBeCloseTo(1, 6);
    expect(y.toArray()[0]).toBeCloseTo(0.7310585786, 6);
    const logs = logSoftmax(x).toArray();
    expect(logs[2]).toBeCloseTo(-2000.3132617, 3);
    expect(logs[4]).toBeCloseTo(-1.0986122887, 6);
  });
});
