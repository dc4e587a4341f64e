import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/random.js";
import { gradcheck } from "../../testing/gradcheck.js";
import { type Shape, Tensor, householderProduct, matmul, matrixExp, scope, sizeOf, skew, solve } from "../index.js";

const rng = new Rng(23);
const leaf = (shape: Shape, scale = 1): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => scale * rng.normal()),
    shape,
    { requiresGrad: true },
  );
const far = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i])), 0);
const eye = (n: number): number[] => Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
const departure = (q: Tensor): number => far(matmul(q.transpose(), q).toArray(), eye(q.shape[1]));

describe("matrixExp", () => {
  test("of numbers, rotations, nilpotents and zeros", () => {
    expect(matrixExp(Tensor.from(new Float64Array([1]), [1, 1])).item()).toBeCloseTo(Math.E, 14);
    const turn = matrixExp(Tensor.from(new Float64Array([0, -9, 9, 0]), [2, 2])).toArray();
    expect(far(turn, [Math.cos(9), -Math.sin(9), Math.sin(9), Math.cos(9)])).toBeLessThan(1e-13);
    const nilpotent = Tensor.from(new Float64Array([0, 2, 0, 0, 0, 3, 0, 0, 0]), [3, 3]);
    expect(far(matrixExp(nilpotent).toArray(), [1, 2, 3, 0, 1, 3, 0, 0, 1])).toBeLessThan(1e-14);
    expect(matrixExp(Tensor.zeros([3, 3], "f64")).toArray()).toEqual(eye(3));
    expect(matrixExp(Tensor.zeros([0, 0])).shape).toEqual([0, 0]);
  });

  test("is the series, and e^A·e^−A = I, at every scaling", () => {
    for (const scale of [1e-3, 0.1, 1, 4]) {
      const a = leaf([5, 5], scale);
      let term = Tensor.from(new Float64Array(eye(5)), [5, 5]);
      let sum = term;
      for (let k = 1; k < 120; k++) {
        term = matmul(term, a).mul(1 / k);
        sum = sum.add(term);
      }
      const exact = sum.toArray();
      const size = Math.max(...exact.map(Math.abs));
      expect(far(matrixExp(a).toArray(), exact) / size).toBeLessThan(1e-12);
    }
    const a = skew(leaf([40, 40]));
    expect(far(matmul(matrixExp(a), matrixExp(a.neg())).toArray(), eye(40))).toBeLessThan(1e-12);
  });

  test.each([0.01, 0.3, 1, 3])("gradient for matrices of size %f, symmetric or not", (scale) => {
    gradcheck((a) => matrixExp(a), [leaf([4, 4], scale)]);
    gradcheck((x) => matrixExp(skew(x)), [leaf([7, 7], scale)]);
    gradcheck((a) => matrixExp(a), [leaf([1, 1], scale)]);
  });

  test("the gradient is exact, not first order: e^A for a large A", () => {
    // A first-order gradient, dA = dOut, would be wrong in the first digit here.
    const a = skew(leaf([12, 12], 2)).detach();
    a.requiresGrad = true;
    gradcheck((a) => matrixExp(a), [a], { tolerance: 1e-7 });
  });

  test.each([0.2, 1])("float32 of elements near %f is orthogonal to 1e-5, its gradient float64's to 1e-5", (size) => {
    scope(() => {
      const double = leaf([64, 64], size);
      const single = Tensor.from(double.toArray(), [64, 64], { requiresGrad: true });
      const results = [single, double].map((x) => matrixExp(skew(x)));
      expect(departure(results[0])).toBeLessThan(1e-5);
      expect(departure(results[1])).toBeLessThan(1e-13);
      const weights = leaf([64, 64]).detach();
      results[0].mul(weights.astype("f32")).sum().backward();
      results[1].mul(weights).sum().backward();
      const exact = double.grad!.toArray();
      expect(far(single.grad!.toArray(), exact) / Math.max(...exact.map(Math.abs))).toBeLessThan(1e-5);
    });
  });

  test("refuses what is not square; passes what is no number on", () => {
    expect(() => matrixExp(leaf([2, 3]))).toThrow(/square matrix, received shape \[2, 3\]/);
    expect(
      matrixExp(Tensor.from([NaN, 0, 0, 0], [2, 2]))
        .toArray()
        .some(Number.isNaN),
    ).toBe(true);
  });
});

describe("solve", () => {
  test.each([
    [1, 1],
    [4, 4],
    [7, 3],
    [12, 1],
  ])("[%i, %i] unknowns", (n, m) => {
    const [a, b] = [leaf([n, n]), leaf([n, m])];
    expect(far(matmul(a, solve(a, b)).toArray(), b.toArray())).toBeLessThan(1e-11);
    gradcheck((a, b) => solve(a, b), [a, b], { tolerance: 1e-5 });
  });

  test("a zero pivot is no obstacle", () => {
    const a = Tensor.from(new Float64Array([0, 2, 4, 0]), [2, 2], { requiresGrad: true });
    const b = Tensor.from(new Float64Array([2, 8]), [2, 1], { requiresGrad: true });
    expect(solve(a, b).toArray()).toEqual([2, 1]);
    gradcheck((a, b) => solve(a, b), [a, b]);
  });

  test("refuses singular matrices and shapes that do not fit", () => {
    expect(() => solve(Tensor.from([1, 2, 2, 4], [2, 2]), Tensor.zeros([2, 1]))).toThrow(/singular .* column 1/);
    expect(() => solve(Tensor.from([NaN], [1, 1]), Tensor.zeros([1, 1]))).toThrow(/not finite/);
    expect(() => solve(leaf([2, 3]), leaf([2, 1]))).toThrow(/square/);
    expect(() => solve(leaf([2, 2]), leaf([3, 1]))).toThrow(/\[2, 2\] and \[3, 1\]/);
  });
});

describe("householderProduct", () => {
  test.each([
    [1, 1],
    [6, 6],
    [9, 4],
    [5, 1],
  ])("[%i, %i] has orthonormal columns, is a product of reflections, and its gradient", (m, k) => {
    const v = leaf([m, k]);
    const q = householderProduct(v);
    expect(departure(q)).toBeLessThan(1e-13);
    const values = v.toArray();
    let product = Tensor.from(new Float64Array(eye(m)), [m, m]);
    for (let j = 0; j < k; j++) {
      const u = Float64Array.from({ length: m }, (_, r) => (r < j ? 0 : r === j ? 1 : values[r * k + j]));
      const norm = u.reduce((sum, x) => sum + x * x, 0);
      const outer = Float64Array.from({ length: m * m }, (_, i) => (-2 / norm) * u[Math.floor(i / m)] * u[i % m]);
      product = matmul(
        product,
        Tensor.from(
          outer.map((x, i) => x + eye(m)[i]),
          [m, m],
        ),
      );
    }
    expect(far(q.toArray(), product.slice(1, 0, k).toArray())).toBeLessThan(1e-13);
    gradcheck((v) => householderProduct(v), [v]);
    expect(() => householderProduct(leaf([2, 3]))).toThrow(/no more columns than rows, received shape \[2, 3\]/);
  });
});

describe("skew", () => {
  test("reads below the diagonal only, and pads", () => {
    expect(skew(Tensor.from([9, 9, 2, 9], [2, 2])).toArray()).toEqual([0, -2, 2, 0]);
    expect(skew(Tensor.from([9, 5, 6], [3, 1])).toArray()).toEqual([0, -5, -6, 5, 0, 0, 6, 0, 0]);
    gradcheck((x) => skew(x), [leaf([5, 5])]);
    gradcheck((x) => skew(x), [leaf([5, 2])]);
    expect(() => skew(leaf([2, 3]))).toThrow(/no more columns than rows/);
  });
});
