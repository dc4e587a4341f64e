import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/random.js";
import { gradcheck } from "../../testing/gradcheck.js";
import {
  type Shape,
  Tensor,
  abs,
  add,
  addScalar,
  broadcastTo,
  div,
  exp,
  log,
  mul,
  neg,
  relu,
  scale,
  scope,
  sigmoid,
  sizeOf,
  sqrt,
  square,
  sub,
  tanh,
} from "../index.js";

const rng = new Rng(5);

/** Float64 values of either sign, none closer to 0 than 0.2: kinks and poles are no place to measure a slope. */
function leaf(shape: Shape, positive = false): Tensor {
  const values = Float64Array.from({ length: sizeOf(shape) }, () => {
    const size = 0.2 + 1.5 * rng.uniform();
    return positive || rng.uniform() < 0.5 ? size : -size;
  });
  return Tensor.from(values, shape, { requiresGrad: true });
}

const BINARY = {
  add: { op: add, f: (a: number, b: number) => a + b },
  sub: { op: sub, f: (a: number, b: number) => a - b },
  mul: { op: mul, f: (a: number, b: number) => a * b },
  div: { op: div, f: (a: number, b: number) => a / b },
};

/** Every way in which two shapes meet, empty ones included. */
const PAIRS: [Shape, Shape][] = [
  [[], []],
  [[7], [7]],
  [[3, 5], [5]],
  [
    [3, 1],
    [1, 5],
  ],
  [[5], [3, 1]],
  [
    [2, 3, 5],
    [3, 1],
  ],
  [
    [2, 1, 5],
    [3, 1],
  ],
  [
    [2, 3, 2, 3],
    [2, 1, 2, 1],
  ],
  [
    [1, 2, 1, 3, 1],
    [3, 1, 2, 1, 2],
  ],
  [[2, 3], []],
  [[1, 1], [4]],
  [[0, 3], [3]],
];

describe.each(Object.entries(BINARY))("%s", (_name, { op, f }) => {
  test.each(PAIRS)("%j with %j", (shapeA, shapeB) => {
    const [a, b] = [leaf(shapeA), leaf(shapeB)];
    const out = op(a, b);
    // The definition: walk the common shape, index each operand modulo its own extents.
    const strides = out.shape.map((_, d) => sizeOf(out.shape.slice(d + 1)));
    const at = (x: Tensor, i: number): number => {
      let offset = 0;
      x.shape.forEach((extent, d) => {
        const outD = d + out.rank - x.rank;
        const index = Math.floor(i / strides[outD]) % out.shape[outD];
        offset = offset * extent + (extent === 1 ? 0 : index);
      });
      return x.data()[offset];
    };
    expect(out.toArray()).toEqual(Array.from({ length: out.size }, (_, i) => f(at(a, i), at(b, i))));
    gradcheck((a, b) => op(a, b), [a, b]);
    gradcheck((a, b) => op(b, a), [a, b]);
  });

  test("with a number", () => {
    const x = leaf([3, 2]);
    expect(op(x, 4).toArray()).toEqual(x.toArray().map((v) => f(v, 4)));
    gradcheck((x) => op(x, 4), [x]);
  });

  test("float32 agrees with float64", () => {
    const [a, b] = [leaf([5, 9]), leaf([5, 1])];
    const double = op(a, b).toArray();
    const single = op(a.astype("f32"), b.astype("f32")).toArray();
    single.forEach((v, i) =>
      expect(Math.abs(v - double[i])).toBeLessThanOrEqual(3e-7 * Math.max(1, Math.abs(double[i]))),
    );
  });
});

const UNARY = { neg, exp, log, tanh, sigmoid, relu, sqrt, abs, square };

describe.each(Object.entries(UNARY))("%s", (name, op) => {
  test.each([[[]], [[1]], [[13]], [[3, 7]], [[0]]] as Shape[][])("gradient at shape %j", (shape) => {
    const x = leaf(shape, name === "log" || name === "sqrt");
    gradcheck((x) => op(x), [x]);
  });

  test("float32 agrees with float64", () => {
    const x = leaf([4, 9], name === "log" || name === "sqrt");
    scope(() => {
      const single = x.astype("f32").detach();
      single.requiresGrad = true;
      // The same inputs in both, so that only the computation is compared.
      const double = single.detach().astype("f64");
      double.requiresGrad = true;
      const [s, d] = [op(single), op(double)];
      s.sum().backward();
      d.sum().backward();
      for (const [p, q] of [
        [s, d],
        [single.grad!, double.grad!],
      ]) {
        p.toArray().forEach((v, i) =>
          expect(Math.abs(v - q.toArray()[i])).toBeLessThan(5e-7 * Math.max(1, Math.abs(v))),
        );
      }
    });
  });
});

test("scale, addScalar, broadcastTo", () => {
  const x = leaf([3, 1]);
  expect(scale(x, -2.5).toArray()).toEqual(x.toArray().map((v) => -2.5 * v));
  expect(addScalar(x, 3).toArray()).toEqual(x.toArray().map((v) => v + 3));
  expect(broadcastTo(x, [2, 3, 4]).shape).toEqual([2, 3, 4]);
  expect(broadcastTo(x, [3, 2]).toArray()).toEqual(x.toArray().flatMap((v) => [v, v]));
  gradcheck((x) => [scale(x, -2.5), addScalar(x, 3), broadcastTo(x, [2, 3, 4])], [x]);
});

describe("refusals", () => {
  const a = Tensor.zeros([2, 3]);
  test("shapes that do not broadcast are both named", () => {
    expect(() => add(a, Tensor.zeros([2]))).toThrow(/add: \[2, 3\] and \[2\] do not broadcast/);
    expect(() => broadcastTo(a, [3])).toThrow(/broadcastTo: \[2, 3\] and \[3\]/);
  });
  test("dtypes never mix, and integers are no numbers to compute with", () => {
    expect(() => mul(a, Tensor.zeros([2, 3], "f64"))).toThrow(/mul: the operands are f32 and f64/);
    expect(() => sub(Tensor.zeros([2], "i32"), 1)).toThrow(/sub: expected f32 or f64, received i32/);
    expect(() => exp(Tensor.zeros([2], "i32"))).toThrow(/exp: .*i32/);
  });
});
