import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/index.js";
import { gradcheck } from "../testing/index.js";
import { scope, sum, Tensor } from "../tensor/index.js";
import { Convolution, type ConvolutionPadding } from "./convolution.js";
import { maxOverTime } from "./pool-steps.js";

const [T, B, I, O] = [5, 3, 2, 4];
const LENGTHS = [3, 0, 5];

function input(fill?: number): Tensor {
  const rng = new Rng(1);
  const values = Float64Array.from({ length: T * B * I }, () => rng.normal());
  for (let t = 0; fill !== undefined && t < T; t++) {
    for (let b = 0; b < B; b++) if (t >= LENGTHS[b]) values.fill(fill, (t * B + b) * I, (t * B + b + 1) * I);
  }
  return Tensor.from(values, [T, B, I], { requiresGrad: true });
}

const make = (window: number, padding: ConvolutionPadding = "same"): Convolution =>
  new Convolution({ inputSize: I, outputSize: O, window, padding, dtype: "f64" }, new Rng(2));

describe.each([
  [1, "same", 0],
  [2, "same", 0],
  [3, "same", 1],
  [4, "same", 1],
  [7, "same", 3],
  [3, "causal", 2],
] as const)("window %i, %s", (K, padding, before) => {
  test("is the sum it is defined as", () => {
    const convolution = make(K, padding);
    scope(() => {
      const x = input().toArray();
      const y = convolution.forward(input(), { lengths: LENGTHS }).toArray();
      const [weight, bias] = convolution.parameters().map((p) => p.toArray());
      for (let row = 0; row < T * B; row++) {
        const [t, b] = [Math.floor(row / B), row % B];
        for (let o = 0; o < O; o++) {
          let expected = t < LENGTHS[b] ? bias[o] : 0;
          for (let k = 0; k < K && t < LENGTHS[b]; k++) {
            const at = t + k - before;
            if (at < 0 || at >= LENGTHS[b]) continue;
            for (let i = 0; i < I; i++) expected += weight[(o * I + i) * K + k] * x[(at * B + b) * I + i];
          }
          expect(y[row * O + o]).toBeCloseTo(expected, 12);
        }
      }
    });
  });

  test("gradients", () => {
    const convolution = make(K, padding);
    gradcheck((x) => convolution.forward(x, { lengths: LENGTHS }), [input(), ...convolution.parameters()]);
  });
});

test("padding is not read, not even NaN, through a maximum over time too", () => {
  const convolution = make(3);
  const run = (fill: number): number[][] =>
    scope(() => {
      const x = input(fill);
      const y = maxOverTime(convolution.forward(x, { lengths: LENGTHS }), { lengths: LENGTHS });
      for (const p of convolution.parameters()) p.grad = null;
      sum(y).backward();
      return [y.toArray(), x.grad!.toArray(), ...convolution.parameters().map((p) => p.grad!.toArray())];
    });
  expect(run(NaN)).toEqual(run(0));
});

test("refusals", () => {
  expect(() => new Convolution({ inputSize: 1, outputSize: 1, window: 0 })).toThrow(/window must be/u);
  // @ts-expect-error no such padding
  expect(() => new Convolution({ inputSize: 1, outputSize: 1, window: 1, padding: "valid" })).toThrow(
    /padding cannot/u,
  );
  // @ts-expect-error no such option
  expect(() => new Convolution({ inputSize: 1, outputSize: 1, window: 1, stride: 2 })).toThrow(/no option "stride"/u);
  expect(() => make(3).forward(Tensor.zeros([2, 2, 3], "f64"))).toThrow(/Convolution: expected shape/u);
});
