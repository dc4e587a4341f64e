import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/random.js";
import { gradcheck } from "../../testing/gradcheck.js";
import {
  type Shape,
  Tensor,
  astype,
  clone,
  concat,
  detach,
  permute,
  reshape,
  select,
  sizeOf,
  slice,
  stack,
  transpose,
} from "../index.js";

const rng = new Rng(13);
const leaf = (shape: Shape): Tensor =>
  Tensor.from(
    Float64Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    shape,
    { requiresGrad: true },
  );
const count = (shape: Shape): Tensor =>
  Tensor.from(
    new Int32Array(sizeOf(shape)).map((_, i) => i),
    shape,
  );

describe("reshape", () => {
  test("shares memory and works out one extent", () => {
    const x = leaf([2, 6]);
    const y = reshape(x, [3, -1]);
    expect(y.shape).toEqual([3, 4]);
    expect(y.ptr).toBe(x.ptr);
    gradcheck((x) => reshape(x, [12]), [x]);
  });
  test("refuses another count", () => {
    expect(() => reshape(leaf([2, 3]), [4])).toThrow(/reshape: shape \[4\] holds 4 elements, received 6/);
    expect(() => reshape(leaf([2, 3]), [4, -1])).toThrow(/reshape/);
    expect(() => reshape(leaf([2, 3]), [-1, -1])).toThrow(/reshape/);
  });
});

describe("permute and transpose", () => {
  test("put every element where its indices say", () => {
    const x = count([2, 3, 4]);
    const y = permute(x, [2, 0, -2]);
    expect(y.shape).toEqual([4, 2, 3]);
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 3; j++) {
        for (let k = 0; k < 4; k++) expect(y.data()[(k * 2 + i) * 3 + j]).toBe((i * 3 + j) * 4 + k);
      }
    }
    expect(transpose(count([2, 3])).toArray()).toEqual([0, 3, 1, 4, 2, 5]);
    expect(transpose(x, 0, 1).shape).toEqual([3, 2, 4]);
    expect(permute(Tensor.scalar(5), []).item()).toBe(5);
    expect(permute(Tensor.zeros([0, 3]), [1, 0]).shape).toEqual([3, 0]);
  });
  test("gradients", () => {
    gradcheck((x) => [permute(x, [2, 0, 1]), transpose(x)], [leaf([2, 3, 4])]);
  });
  test("refuse what is no permutation", () => {
    expect(() => permute(leaf([2, 3]), [0, 0])).toThrow(/permute: \[0, 0\].*2 axes of \[2, 3\]/);
    expect(() => permute(leaf([2, 3]), [0])).toThrow(/permute/);
    expect(() => transpose(leaf([2]), 0, 1)).toThrow(/no axis 1/);
  });
});

describe("concat, stack, slice, select", () => {
  test.each([0, 1, 2, -1])("concat along %i is undone by slices", (axis) => {
    const shape = [2, 3, 4];
    const at = axis < 0 ? axis + 3 : axis;
    const parts = [1, 3, 2].map((extent) => leaf(shape.with(at, extent)));
    const whole = concat(parts, axis);
    expect(whole.shape[at]).toBe(6);
    expect(slice(whole, axis, 0, 1).toArray()).toEqual(parts[0].toArray());
    expect(slice(whole, axis, 1, 4).toArray()).toEqual(parts[1].toArray());
    expect(slice(whole, axis, -2).toArray()).toEqual(parts[2].toArray());
    gradcheck((...parts) => [concat(parts, axis), slice(parts[1], axis, 1, 3)], parts);
  });

  test("int32 bits pass unchanged", () => {
    const x = Tensor.from(new Int32Array([-1, 2143289345, -2, 7]), [2, 2]);
    expect(concat([x, x], 1).toArray()).toEqual([-1, 2143289345, -1, 2143289345, -2, 7, -2, 7]);
    expect(slice(x, 1, 1, 2).toArray()).toEqual([2143289345, 7]);
    expect(clone(x).toArray()).toEqual(x.toArray());
  });

  test("a row slice shares memory, select drops the axis", () => {
    const x = leaf([4, 3]);
    expect(slice(x, 0, 2).ptr).toBe(x.ptr + 2 * 3 * 8);
    expect(select(x, 0, -1).shape).toEqual([3]);
    expect(select(x, 1, 1).toArray()).toEqual([1, 4, 7, 10].map((i) => x.data()[i]));
    expect(slice(x, 0, 1, 1).shape).toEqual([0, 3]);
    gradcheck((x) => [slice(x, 0, 1, 3), slice(x, 0, 2), select(x, 1, 0), select(x, 0, -1)], [x]);
  });

  test("stack makes an axis", () => {
    const [a, b] = [leaf([2, 3]), leaf([2, 3])];
    expect(stack([a, b]).shape).toEqual([2, 2, 3]);
    expect(stack([a, b], -1).shape).toEqual([2, 3, 2]);
    expect(select(stack([a, b], 1), 1, 1).toArray()).toEqual(b.toArray());
    gradcheck((a, b) => stack([a, b, a], 1), [a, b]);
  });

  test("refusals name shapes and ranges", () => {
    expect(() => concat([leaf([2, 3]), leaf([2, 4])], 0)).toThrow(/concat: \[2, 3\] and \[2, 4\]/);
    expect(() => concat([leaf([2]), Tensor.zeros([2])])).toThrow(/f64 and f32/);
    expect(() => concat([])).toThrow(/at least one/);
    expect(() => stack([leaf([2]), leaf([3])])).toThrow(/stack: \[2\] and \[3\]/);
    expect(() => slice(leaf([4]), 0, 1, 5)).toThrow(/1 … 5 is no range on an axis of 4/);
    expect(() => select(leaf([4]), 0, 4)).toThrow(/select/);
  });
});

describe("astype, clone, detach", () => {
  test("astype rounds, and gradients come back in the dtype of the input", () => {
    const x = Tensor.from(new Float64Array([0.1, 2]), [2], { requiresGrad: true });
    const y = astype(x, "f32");
    expect(y.toArray()).toEqual([Math.fround(0.1), 2]);
    y.mul(3).sum().backward();
    expect(x.grad!.dtype).toBe("f64");
    expect(x.grad!.toArray()).toEqual([3, 3]);
    expect(astype(count([3]), "f32").toArray()).toEqual([0, 1, 2]);
    expect(() => astype(x, "i32")).toThrow(/astype/);
  });
  test("clone copies and passes gradients, detach shares and does not", () => {
    const x = leaf([3]);
    const [copy, same] = [clone(x), detach(x)];
    expect(copy.ptr).not.toBe(x.ptr);
    expect(same.ptr).toBe(x.ptr);
    expect(same.requiresGrad).toBe(false);
    gradcheck((x) => clone(x), [x]);
  });
});
