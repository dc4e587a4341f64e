/** Orthogonal and unitary weights and spectral norms against PyTorch: values and gradients, float32 and float64. */
import { describe, test } from "vitest";
import { Orthogonal, type OrthogonalMap, SpectralNorm, Unitary, type UnitaryMap } from "../../src/nn/index.js";
import { mul, scope, sum, Tensor } from "../../src/tensor/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";
import { uniform } from "./streams.js";

interface OrthogonalCase {
  map: OrthogonalMap;
  rows: number;
  cols: number;
  scale: number;
  signs: number[];
  order: number[] | null;
}

interface UnitaryCase {
  map: UnitaryMap;
  size: number;
  scale: number;
  /** Quarter turns of the diagonal of the base. */
  turns: number[];
}

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  test.each(load<OrthogonalCase>("orthogonal"))("$seed [$rows, $cols] from $order", (c) => {
    const { rows, cols, map } = c;
    const layer = new Orthogonal({ rows, cols, map, dtype, start: c.order === null ? "identity" : "haar" });
    const free = uniform(`${c.seed}/original`, rows * cols, c.scale);
    c.signs.forEach((sign, i) => (free[i * cols + i] = sign));
    layer.original.set(free);
    if (layer.base !== null && c.order !== null) {
      layer.base.data().fill(0);
      c.order.forEach((from, to) => (layer.base!.data()[to * c.order!.length + from] = to === 0 ? -1 : 1));
    }
    scope(() => {
      const weight = layer.forward();
      const cotangent = Tensor.from(uniform(`${c.seed}/d_weight`, rows * cols), [rows, cols], { dtype });
      sum(mul(weight, cotangent)).backward();
      const found = { weight: weight.toArray(), d_original: layer.original.grad!.toArray() };
      expectGolden(found, c.tensors, TOLERANCE[dtype]);
    });
  });

  test.each(load<UnitaryCase>("unitary"))("$seed of $size complex units", ({ seed, map, size, scale, turns, tensors }) => {
    const pair = (name: string, by: number): number[] =>
      ["re", "im"].flatMap((part) => [...uniform(`${seed}/${name}_${part}`, size * size, by)]);
    const layer = new Unitary({ size, map, dtype });
    layer.original.set(pair("original", scale));
    const base = layer.base!.data().fill(0);
    turns.forEach((turn, k) => {
      base[k * size + k] = [1, 0, -1, 0][turn];
      base[(size + k) * size + k] = [0, 1, 0, -1][turn];
    });
    scope(() => {
      const weight = layer.forward();
      sum(mul(weight, Tensor.from(pair("d_weight", 1), [2 * size, size], { dtype }))).backward();
      const found = { weight: weight.toArray(), d_original: layer.original.grad!.toArray() };
      expectGolden(found, tensors, TOLERANCE[dtype]);
    });
  });

  test.each(load<{ rows: number; cols: number }>("spectral_norm"))("$seed [$rows, $cols]", ({ seed, rows, cols, tensors }) => {
    const layer = new SpectralNorm({ rows, cols, dtype });
    layer.original.set(uniform(`${seed}/original`, rows * cols));
    layer.u.set(uniform(`${seed}/u`, rows));
    layer.v.set(uniform(`${seed}/v`, cols));
    scope(() => {
      const weight = layer.forward();
      const cotangent = Tensor.from(uniform(`${seed}/d_weight`, rows * cols), [rows, cols], { dtype });
      sum(mul(weight, cotangent)).backward();
      const found = {
        weight: weight.toArray(),
        u: layer.u.toArray(),
        v: layer.v.toArray(),
        d_original: layer.original.grad!.toArray(),
      };
      expectGolden(found, tensors, TOLERANCE[dtype]);
    });
  });
});
