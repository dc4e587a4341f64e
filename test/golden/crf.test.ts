/** Conditional random fields against the recursion in PyTorch's operations and its autograd, float32 and float64. */
import { describe, expect, test } from "vitest";
import { CRF } from "../../src/nn/index.js";
import { scope, Tensor } from "../../src/tensor/index.js";
import { expectGolden, load, TOLERANCE } from "./golden.js";
import { integers, uniform } from "./streams.js";

interface CrfCase {
  T: number;
  B: number;
  L: number;
  scale: number;
  lengths: number[];
  paths: number[][];
}

describe.each(["f32", "f64"] as const)("%s", (dtype) => {
  test.each(load<CrfCase>("crf"))("$seed", ({ seed, T, B, L, scale, lengths, paths, tensors }) => {
    const crf = new CRF({ tags: L, dtype });
    for (const [name, p] of crf.namedParameters()) p.set(uniform(`${seed}/${name}`, p.size, scale));
    scope(() => {
      const emissions = Tensor.from(uniform(`${seed}/emissions`, T * B * L, 3), [T, B, L], {
        dtype,
        requiresGrad: true,
      });
      const tags = Tensor.from(integers(`${seed}/tags`, T * B, L), [T, B]);
      const loss = crf.loss(emissions, tags, { lengths });
      loss.backward();
      const found: Record<string, number[]> = {
        log_partition: crf.logPartition(emissions, { lengths }).toArray(),
        score: crf.score(emissions, tags, { lengths }).toArray(),
        loss: loss.toArray(),
        marginals: crf.marginals(emissions, { lengths }).toArray(),
        d_emissions: emissions.grad!.toArray(),
      };
      for (const [name, p] of crf.namedParameters()) found[`d_${name}`] = p.grad!.toArray();
      expectGolden(found, tensors, TOLERANCE[dtype]);
      expect(crf.decode(emissions, { lengths }).map(({ tags: path }) => path)).toEqual(paths);
    });
  });
});
