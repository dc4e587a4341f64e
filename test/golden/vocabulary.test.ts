/** Output layers for big vocabularies against PyTorch: values and gradients, float32 and float64. */
import { describe, expect, test } from "vitest";
import { AdaptiveSoftmax, type AdaptiveSoftmaxOptions, SampledSoftmax } from "../../src/nn/index.js";
import type { SampledSoftmaxOptions } from "../../src/nn/index.js";
import { add, mul, type Parameter, scope, sum, Tensor } from "../../src/tensor/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";
import { uniform } from "./streams.js";

type Adaptive = AdaptiveSoftmaxOptions & { N: number; target: number[] };
type Sampled = SampledSoftmaxOptions & { N: number; tries: number; target: number[]; candidates: number[] };

const ints = (values: number[]): Tensor => Tensor.from(Int32Array.from(values));

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  const hashed = (name: string, shape: number[], requiresGrad = true): Tensor =>
    Tensor.from(
      uniform(
        name,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
      { dtype, requiresGrad },
    );
  const gradients = (parameters: Iterable<[string, Parameter]>): Record<string, number[]> =>
    Object.fromEntries(Array.from(parameters, ([name, { grad }]) => [`d_${name}`, grad!.toArray()]));

  test.each(load<Adaptive>("adaptive_softmax"))("$seed, $vocabularySize words cut at $cutoffs", (c) => {
    const { inputSize, vocabularySize, cutoffs, divValue, headBias } = c;
    const layer = new AdaptiveSoftmax({ inputSize, vocabularySize, cutoffs, divValue, headBias, dtype });
    for (const [name, p] of layer.namedParameters()) {
      p.set(uniform(`${c.seed}/${name}`, p.size, 3 / Math.sqrt(p.shape.at(-1)!)));
    }
    scope(() => {
      const x = hashed(`${c.seed}/x`, [c.N, c.inputSize]);
      const { output, loss } = layer.forward(x, ints(c.target));
      add(loss, sum(mul(output, hashed(`${c.seed}/d_output`, [c.N], false)))).backward();
      expect(layer.predict(x).dtype).toBe("i32");
      const found = {
        output: output.toArray(),
        loss: loss.toArray(),
        log_prob: layer.logProb(x).toArray(),
        predict: layer.predict(x).toArray(),
        d_x: x.grad!.toArray(),
        ...gradients(layer.namedParameters()),
      };
      expectGolden(found, c.tensors, TOLERANCE[dtype]);
    });
  });

  test.each(load<Sampled>("sampled_softmax"))("$seed, $samples of $vocabularySize words, bias $bias", (c) => {
    const { inputSize, vocabularySize, samples, bias } = c;
    const layer = new SampledSoftmax({ inputSize, vocabularySize, samples, bias, dtype });
    layer.weight.set(uniform(`${c.seed}/weight`, layer.weight.size, 3 / Math.sqrt(c.inputSize)));
    layer.bias?.set(uniform(`${c.seed}/bias`, layer.bias.size));
    scope(() => {
      const x = hashed(`${c.seed}/x`, [c.N, c.inputSize]);
      const candidates = { words: Int32Array.from(c.candidates), tries: c.tries };
      const loss = layer.forward(x, ints(c.target), { candidates });
      loss.backward();
      const found = { loss: loss.toArray(), d_x: x.grad!.toArray(), ...gradients(layer.namedParameters()) };
      expectGolden(found, c.tensors, TOLERANCE[dtype]);
    });
  });
});
