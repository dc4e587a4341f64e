import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/random.js";
import { gradcheck } from "../../testing/gradcheck.js";
import {
  Parameter,
  type Shape,
  Tensor,
  embedding,
  gatherRows,
  linear,
  matmul,
  scatterRows,
  scope,
  sizeOf,
} from "../index.js";

const rng = new Rng(11);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );
const ints = (...values: number[]): Tensor => Tensor.from(new Int32Array(values));

const SIZES = [
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 16],
  [9, 1, 17],
  [2, 33, 3],
];

describe("matmul", () => {
  test.each(SIZES)("[%i, %i] · [%i columns]", (m, k, n) => {
    const [a, b] = [leaf([m, k]), leaf([k, n])];
    const [x, y] = [a.toArray(), b.toArray()];
    matmul(a, b)
      .toArray()
      .forEach((v, i) => {
        let expected = 0;
        for (let p = 0; p < k; p++) expected += x[Math.floor(i / n) * k + p] * y[p * n + (i % n)];
        expect(v).toBeCloseTo(expected, 12);
      });
    gradcheck((a, b) => matmul(a, b), [a, b]);
  });

  test("leading dimensions are rows; a vector is one row; inner extent 0 gives zeros", () => {
    expect(matmul(leaf([2, 3, 5]), leaf([5, 4])).shape).toEqual([2, 3, 4]);
    expect(matmul(leaf([5]), leaf([5, 4])).shape).toEqual([4]);
    expect(matmul(leaf([2, 0]), leaf([0, 2])).toArray()).toEqual([0, 0, 0, 0]);
    gradcheck((a, b) => matmul(a, b), [leaf([2, 3, 5]), leaf([5, 4])]);
  });

  test("names both shapes when they do not fit", () => {
    expect(() => matmul(leaf([2, 3]), leaf([4, 5]))).toThrow(/matmul: \[2, 3\] and \[4, 5\] do not fit/);
    expect(() => matmul(leaf([2, 3]), leaf([3]))).toThrow(/two dimensions, received shape \[3\]/);
  });
});

describe("linear", () => {
  test.each(SIZES)("%i rows, %i in, %i out", (rows, i, o) => {
    const [x, w, b] = [leaf([rows, i]), leaf([o, i]), leaf([o])];
    const expected = matmul(x, w.transpose()).add(b);
    expect(linear(x, w, b).toArray()).toEqual(expected.toArray());
    gradcheck((x, w, b) => linear(x, w, b), [x, w, b]);
    gradcheck((x, w) => linear(x, w), [x, w]);
  });

  test("leading dimensions, and float32 against float64", () => {
    const [x, w, b] = [leaf([3, 5, 19]), leaf([21, 19]), leaf([21])];
    scope(() => {
      const singles = [x, w, b].map((t) => Tensor.from(t.toArray(), t.shape, { requiresGrad: true }));
      const out = linear(singles[0], singles[1], singles[2]);
      expect(out.shape).toEqual([3, 5, 21]);
      out.square().sum().backward();
      linear(x, w, b).square().sum().backward();
      [x, w, b].forEach((double, i) => {
        const exact = double.grad!.toArray();
        const scale = Math.max(...exact.map(Math.abs));
        singles[i].grad!.toArray().forEach((v, e) => expect(Math.abs(v - exact[e]) / scale).toBeLessThan(1e-6));
      });
    });
  });

  test("says what the weight is when an operand does not fit", () => {
    expect(() => linear(leaf([2, 3]), leaf([5, 4]))).toThrow(/expected shape \[\.\., 4\], received \[2, 3\].*\[5, 4\]/);
    expect(() => linear(leaf([2, 4]), leaf([5, 4]), leaf([4]))).toThrow(/\[5\], received \[4\].*bias/);
  });
});

describe("embedding", () => {
  test("rows of the table; gradients of a row used twice add up", () => {
    const weight = leaf([4, 3]);
    const indices = Tensor.from(new Int32Array([2, 0, 2, 3]), [2, 2]);
    const out = embedding(indices, weight);
    expect(out.shape).toEqual([2, 2, 3]);
    expect(out.toArray().slice(6, 9)).toEqual(weight.toArray().slice(6, 9));
    gradcheck((w) => embedding(indices, w), [weight]);
    const p = new Parameter([4, 2]);
    scope(() => embedding(indices, p).sum().backward());
    expect(p.grad!.toArray()).toEqual([1, 1, 0, 0, 2, 2, 1, 1]);
  });

  test("an index outside is named with its place", () => {
    const weight = leaf([4, 3]);
    expect(() => embedding(ints(0, 4), weight)).toThrow(/index 4 at position 1 is out of range. Expected 0 … 3/);
    expect(() => embedding(ints(-1), weight)).toThrow(/index -1/);
    expect(() => embedding(Tensor.zeros([1]), weight)).toThrow(/i32 indices, received f32/);
  });
});

describe("gatherRows and scatterRows", () => {
  test("negative numbers mean zeros and nothing", () => {
    const x = Tensor.from([1, 2, 3, 4, 5, 6], [3, 2]);
    expect(gatherRows(x, ints(2, -1, 0, 2)).toArray()).toEqual([5, 6, 0, 0, 1, 2, 5, 6]);
    expect(scatterRows(x, ints(3, -1, 0), 4).toArray()).toEqual([5, 6, 0, 0, 0, 0, 1, 2]);
    gradcheck((x) => gatherRows(x, ints(2, -1, 0, 2)), [leaf([3, 2, 2])]);
    gradcheck((x) => scatterRows(x, ints(3, -1, 0), 4), [leaf([3, 5])]);
  });

  test("a permutation and back is the identity", () => {
    const x = leaf([4, 3]);
    const order = ints(2, 0, 3, 1);
    expect(scatterRows(gatherRows(x, order), order, 4).toArray()).toEqual(x.toArray());
  });

  test("refuse what does not fit", () => {
    expect(() => gatherRows(leaf([3, 2]), ints(3))).toThrow(/index 3 at position 0/);
    expect(() => scatterRows(leaf([3, 2]), ints(0, 1), 4)).toThrow(/\[3, 2\] and \[2\]/);
    expect(() => scatterRows(leaf([1, 2]), ints(4), 4)).toThrow(/Expected at most 3/);
  });
});
