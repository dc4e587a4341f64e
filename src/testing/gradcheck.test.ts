import { expect, test } from "vitest";
import { Parameter, Tensor, mul, record, scope, tanh } from "../tensor/index.js";
import { gradcheck } from "./gradcheck.js";

const leaf = (...values: number[]): Tensor =>
  Tensor.from(new Float64Array(values), [values.length], { requiresGrad: true });

/** x² with a derivative that is off by `factor` in one element. */
function wrongSquare(x: Tensor, factor: number): Tensor {
  const out = Tensor.from(Float64Array.from(x.data(), (v) => v * v));
  record([out], [x], ([d]) => [
    Tensor.from(Float64Array.from(x.data(), (v, i) => d!.data()[i] * 2 * v * (i === 1 ? factor : 1))),
  ]);
  return out;
}

test("accepts what is right and counts its comparisons", () => {
  const report = gradcheck((a, b) => [tanh(mul(a, b)), a], [leaf(0.3, -0.8), leaf(2, 0.1)]);
  expect(report.checked).toBe(4);
  expect(report.worst!.error).toBeLessThan(1e-8);
});

test("names tensor, element and both values of a wrong gradient", () => {
  const x = leaf(1, 2, 3);
  expect(() => gradcheck((x) => wrongSquare(x, 1.01), [x])).toThrow(
    /1 of 3.*\n {2}inputs\[0\] element 1: analytic -?[\d.]+, measured -?[\d.]+/,
  );
  expect(() => gradcheck((x) => wrongSquare(x, 1.01), [x])).toThrow(expect.objectContaining({ code: "E_GRADCHECK" }));
  expect(x.toArray()).toEqual([1, 2, 3]);
});

test("directions see a wrong element too", () => {
  expect(gradcheck((x) => wrongSquare(x, 1), [leaf(1, 2, 3)], { directions: 4 }).checked).toBe(4);
  expect(() => gradcheck((x) => wrongSquare(x, 1.01), [leaf(1, 2, 3)], { directions: 2 })).toThrow(/direction/);
});

test("a NaN is a failure, a missing gradient is a zero", () => {
  expect(() => gradcheck((x) => x.log(), [leaf(-1)])).toThrow(/NaN/);
  expect(() => gradcheck((x) => x.detach().mul(x.detach()), [leaf(1)])).toThrow(/analytic 0,/);
});

test("uses a parameter's name, restores gradients, refuses float32", () => {
  const p = new Parameter([1], new Float64Array([2]), { name: "weight" });
  p.mul(3).sum().backward();
  expect(() => gradcheck(() => wrongSquare(p, 1).mul(p.detach()), [p])).toThrow(/weight element 0/);
  expect(p.grad!.toArray()).toEqual([3]);
  expect(() => gradcheck((x) => x, [Tensor.from([1], [1], { requiresGrad: true })])).toThrow(/f64/);
  expect(scope(() => gradcheck((x) => x.square(), [leaf(1, 2)]).checked)).toBe(2);
});

test("measures beside a kink, and still sees a wrong derivative there", () => {
  // |x − 3e-7|: the kink lies within the first step, not within a quarter of it. A slope on one side is ±1.
  const beside = (x: Tensor, slope: number): Tensor => {
    const out = Tensor.from(Float64Array.from(x.data(), (v) => Math.abs(v - 3e-7)));
    record([out], [x], ([d]) => [Tensor.from(Float64Array.from(d!.data(), (v) => -slope * v))]);
    return out;
  };
  expect(gradcheck((x) => beside(x, 1), [leaf(0)]).kinks).toBe(1);
  expect(() => gradcheck((x) => beside(x, 0.999), [leaf(0)])).toThrow(/1 of 1/);
  expect(gradcheck((x) => tanh(x), [leaf(0.5)]).kinks).toBe(0);
});
