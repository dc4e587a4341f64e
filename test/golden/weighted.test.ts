/** Losses with weights and smoothed labels against PyTorch: values and gradients, float32 and float64. */
import { describe, test } from "vitest";
import { binaryCrossEntropy, crossEntropy, mul, scope, sum, Tensor } from "../../src/tensor/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";
import { uniform } from "./streams.js";

interface CrossCase {
  loss: "cross_entropy";
  N: number;
  V: number;
  scale: number;
  weights: boolean;
  smoothing: number;
  ignore: number | null;
  reduction: "mean" | "sum" | "none";
  target: number[];
}

interface BinaryCase {
  loss: "binary";
  shape: number[];
  scale: number;
  weights: boolean;
  reduction: "mean" | "sum" | "none";
}

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  const cases = load<CrossCase | BinaryCase>("weighted_losses");
  const hashed = (name: string, shape: readonly number[], scale = 1, requiresGrad = false): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return Tensor.from(uniform(name, size, scale), shape, { dtype, requiresGrad });
  };
  const magnitudes = (name: string, size: number, scale: number): Tensor =>
    Tensor.from(uniform(name, size, scale).map(Math.abs), [size], { dtype });

  test.each(cases.filter((c) => c.loss === "cross_entropy"))("$seed $reduction", (c) => {
    scope(() => {
      const logits = hashed(`${c.seed}/logits`, [c.N, c.V], c.scale, true);
      const weight = c.weights ? magnitudes(`${c.seed}/weight`, c.V, 1) : undefined;
      const ignored = c.ignore === null ? {} : { ignoreIndex: c.ignore };
      const options = { reduction: c.reduction, weight, labelSmoothing: c.smoothing, ...ignored };
      const loss = crossEntropy(logits, Tensor.from(Int32Array.from(c.target)), options);
      sum(mul(loss, hashed(`${c.seed}/d_loss`, loss.shape))).backward();
      expectGolden({ loss: loss.toArray(), d_logits: logits.grad!.toArray() }, c.tensors, TOLERANCE[dtype]);
    });
  });

  test.each(cases.filter((c) => c.loss === "binary"))("$seed $reduction", (c) => {
    scope(() => {
      const logits = hashed(`${c.seed}/logits`, c.shape, c.scale, true);
      const target = hashed(`${c.seed}/target`, c.shape, 2);
      target.set(target.toArray().map((y) => Math.min(1, Math.max(0, y + 0.5))));
      const positiveWeight = c.weights ? magnitudes(`${c.seed}/weight`, c.shape.at(-1)!, 3) : undefined;
      const loss = binaryCrossEntropy(logits, target, { reduction: c.reduction, positiveWeight });
      sum(mul(loss, hashed(`${c.seed}/d_loss`, loss.shape))).backward();
      expectGolden({ loss: loss.toArray(), d_logits: logits.grad!.toArray() }, c.tensors, TOLERANCE[dtype]);
    });
  });
});
