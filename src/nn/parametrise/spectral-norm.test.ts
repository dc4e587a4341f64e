import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/index.js";
import { gradcheck } from "../../testing/gradcheck.js";
import { SpectralNorm } from "./spectral-norm.js";

describe("SpectralNorm", () => {
  /** √ of the largest eigenvalue of WᵀW, by many multiplications. */
  const largest = (layer: SpectralNorm): number => {
    const weight = layer.forward({ iterations: 0 });
    let x = weight.transpose().matmul(weight);
    for (let i = 0; i < 20; i++) {
      const scale = Math.max(...x.toArray().map(Math.abs));
      x = x.mul(1 / scale);
      x = x.matmul(x);
    }
    const column = x.slice(1, 0, 1);
    const image = weight.matmul(column);
    return Math.sqrt(image.square().sum().item() / column.square().sum().item());
  };

  test.each([
    [6, 6, 1],
    [9, 4, 0.5],
    [3, 7, 2],
    [1, 1, 1],
  ])("[%i, %i] has the largest singular value %f", (rows, cols, bound) => {
    const layer = new SpectralNorm({ rows, cols, bound, dtype: "f64" }, new Rng(3));
    layer.iterate(2000);
    expect(largest(layer)).toBeCloseTo(bound, 9);
    gradcheck(() => layer.forward({ iterations: 0 }), [layer.original]);
  });

  test("a call moves the vectors, an evaluation does not; both are saved, neither is learned", () => {
    const layer = new SpectralNorm({ rows: 8, cols: 8 }, new Rng(3));
    const before = layer.u.toArray();
    layer.forward({ iterations: 0 }).sum().backward();
    expect(layer.u.toArray()).toEqual(before);
    expect([layer.u.grad, layer.v.grad]).toEqual([null, null]);
    expect(layer.original.grad).not.toBe(null);
    layer.forward();
    expect(layer.u.toArray()).not.toEqual(before);
    expect(Object.keys(layer.stateDict())).toEqual(["original", "u", "v"]);
  });

  test("refuses sizes, bounds and iterations that are none", () => {
    expect(() => new SpectralNorm({ rows: 0, cols: 2 })).toThrow(/rows/);
    expect(() => new SpectralNorm({ rows: 2, cols: 2, bound: 0 })).toThrow(/bound must be a number above 0/);
    expect(() => new SpectralNorm({ rows: 2, cols: 2 }).forward({ iterations: -1 })).toThrow(/iterations/);
  });
});
