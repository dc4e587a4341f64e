import { describe, expect, test } from "vitest";
import { Parameter, Tensor } from "./index.js";

describe("making tensors", () => {
  test("a plain list is f32, a typed array keeps its kind, a shape defaults to one dimension", () => {
    expect(Tensor.from([1, 2]).dtype).toBe("f32");
    expect(Tensor.from(new Float64Array(2)).dtype).toBe("f64");
    expect(Tensor.from(new Int32Array(2)).dtype).toBe("i32");
    expect(Tensor.from(new Float64Array([0.1]), [1], { dtype: "f32" }).item()).toBe(Math.fround(0.1));
    expect(Tensor.from([1, 2, 3]).shape).toEqual([3]);
    expect(Tensor.scalar(4, "f64").shape).toEqual([]);
    expect(Tensor.ones([2, 2], "i32").toArray()).toEqual([1, 1, 1, 1]);
    expect(Tensor.zeros([0, 4]).toArray()).toEqual([]);
  });

  test("what does not fit is refused", () => {
    expect(() => Tensor.from([1, 2], [3])).toThrow(/shape \[3\] holds 3 elements, received 2/);
    expect(() => Tensor.empty([2, -1])).toThrow(/no shape/);
    expect(() => Tensor.empty([1.5])).toThrow(/no shape/);
    expect(() => Tensor.from([1], [1], { dtype: "i32", requiresGrad: true })).toThrow(/i32/);
    expect(() => Tensor.zeros([2]).set([1])).toThrow(/received 1/);
    expect(() => Tensor.zeros([2, 1]).item()).toThrow(/\[2, 1\]/);
    expect(() => new Parameter([2], [1])).toThrow(/Parameter/);
  });

  test("data() is the memory, toArray() a copy", () => {
    const x = Tensor.from([1, 2]);
    const copy = x.toArray();
    x.data()[0] = 5;
    expect(x.toArray()).toEqual([5, 2]);
    expect(copy).toEqual([1, 2]);
  });

  test("a parameter has a name, a shape and zeros by default", () => {
    const p = new Parameter([2, 2], undefined, { name: "weight_ih_l0" });
    expect([p.name, p.requiresGrad, p.grad, p.dtype]).toEqual(["weight_ih_l0", true, null, "f32"]);
    expect(p.toArray()).toEqual([0, 0, 0, 0]);
  });
});

test("methods say the same as functions", () => {
  const x = Tensor.from([1, -2, 3, 4], [2, 2]);
  const y = x.add(1).sub(x).mul(x.abs()).div(2).neg().square().sqrt().exp().log().relu().tanh().sigmoid();
  expect(y.shape).toEqual([2, 2]);
  expect(x.matmul(x.transpose()).toArray()).toEqual([5, -5, -5, 25]);
  expect(x.permute([1, 0]).slice(0, 1).select(0, 0).toArray()).toEqual([-2, 4]);
  expect(x.reshape([4]).sum().item()).toBe(6);
  expect(x.mean({ axis: 0 }).toArray()).toEqual([2, 1]);
  expect(x.softmax().log().toArray()[0]).toBeCloseTo(x.logSoftmax().toArray()[0], 5);
  expect(x.clone().detach().astype("f64").dtype).toBe("f64");
});
