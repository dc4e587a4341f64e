/** Losses and layers against PyTorch: values and gradients, float32 and float64. */
import { describe, expect, test } from "vitest";
import { crossEntropy, embedding, linear, mseLoss, mul, scope, sum, Tensor } from "../../src/tensor/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";
import { integers, uniform } from "./streams.js";

interface CrossEntropyCase {
  loss: "cross_entropy";
  N: number;
  V: number;
  scale: number;
  reduction: "mean" | "sum";
  ignore: number | null;
  target: number[];
}

interface MseCase {
  loss: "mse";
  shape: number[];
  reduction: "mean" | "sum";
}

interface LinearCase {
  layer: "linear";
  lead: number[];
  I: number;
  O: number;
  bias: boolean;
}

interface EmbeddingCase {
  layer: "embedding";
  lead: number[];
  V: number;
  E: number;
}

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  const hashed = (name: string, shape: number[], scale = 1, requiresGrad = true): Tensor =>
    Tensor.from(
      uniform(
        name,
        shape.reduce((a, b) => a * b, 1),
        scale,
      ),
      shape,
      { dtype, requiresGrad },
    );
  const tolerance = TOLERANCE[dtype];
  const losses = load<CrossEntropyCase | MseCase>("losses");
  const layers = load<LinearCase | EmbeddingCase>("layers");

  test.each(losses.filter((c) => c.loss === "cross_entropy"))("$seed $reduction ignoring $ignore", (c) => {
    scope(() => {
      const logits = hashed(`${c.seed}/logits`, [c.N, c.V], c.scale);
      const options = c.ignore === null ? {} : { ignoreIndex: c.ignore };
      const loss = crossEntropy(logits, Tensor.from(Int32Array.from(c.target)), { reduction: c.reduction, ...options });
      loss.backward();
      expectGolden({ loss: loss.toArray(), d_logits: logits.grad!.toArray() }, c.tensors, tolerance);
    });
  });

  test.each(losses.filter((c) => c.loss === "mse"))("$seed $reduction", (c) => {
    scope(() => {
      const [input, target] = [hashed(`${c.seed}/input`, c.shape), hashed(`${c.seed}/target`, c.shape)];
      const loss = mseLoss(input, target, { reduction: c.reduction });
      loss.backward();
      const found = { loss: loss.toArray(), d_input: input.grad!.toArray(), d_target: target.grad!.toArray() };
      expectGolden(found, c.tensors, tolerance);
    });
  });

  test.each(layers.filter((c) => c.layer === "linear"))("$seed bias $bias", (c) => {
    scope(() => {
      const x = hashed(`${c.seed}/x`, [...c.lead, c.I]);
      const weight = hashed(`${c.seed}/weight`, [c.O, c.I], 1 / Math.sqrt(c.I));
      const bias = c.bias ? hashed(`${c.seed}/bias`, [c.O], 1 / Math.sqrt(c.I)) : null;
      const output = linear(x, weight, bias);
      sum(mul(output, hashed(`${c.seed}/d_output`, [...output.shape], 1, false))).backward();
      const found: Record<string, number[]> = {
        output: output.toArray(),
        d_x: x.grad!.toArray(),
        d_weight: weight.grad!.toArray(),
      };
      if (bias !== null) found["d_bias"] = bias.grad!.toArray();
      expectGolden(found, c.tensors, tolerance);
    });
  });

  test.each(layers.filter((c) => c.layer === "embedding"))("$seed", (c) => {
    scope(() => {
      const weight = hashed(`${c.seed}/weight`, [c.V, c.E]);
      const count = c.lead.reduce((a, b) => a * b, 1);
      const output = embedding(Tensor.from(integers(`${c.seed}/indices`, count, c.V), c.lead), weight);
      expect(output.shape).toEqual([...c.lead, c.E]);
      sum(mul(output, hashed(`${c.seed}/d_output`, [...output.shape], 1, false))).backward();
      expectGolden({ output: output.toArray(), d_weight: weight.grad!.toArray() }, c.tensors, tolerance);
    });
  });
});
