import { badNumber } from "../../errors.js";
import type { Rng } from "../../runtime/index.js";
import { add, Tensor } from "../../tensor/index.js";
import { expectDraws, expectTensor } from "../given.js";
import { addNormalNoise } from "./normal-noise.js";

export interface WeightNoiseOptions {
  /** Standard deviation of the noise; Graves used 0.075. */
  readonly std: number;
  /** Where the noise comes from: one generator, one noise; without it the expectation, the weight itself. */
  readonly rng?: Rng;
}

/**
 * Weight noise: w + std·ε, ε ~ N(0, 1) for each weight, drawn once for a whole sequence; the gradient passes unchanged.
 *
 * weight [..] → [..]. Drawing costs about 10 ns a weight on one thread. Errors: `E_NUMBER` for a negative std.
 * Source: Graves, "Generating sequences with recurrent neural networks", 2013.
 */
export function weightNoise(weight: Tensor, options: WeightNoiseOptions): Tensor {
  expectDraws("weightNoise", options, ["std", "rng"]);
  expectTensor("weightNoise", "weight", weight);
  const { std, rng } = options;
  if (!(std >= 0 && std < Infinity)) throw badNumber("weightNoise", "std", "a number from 0", std);
  if (rng === undefined || std === 0) return weight;
  const noise = Tensor.zeros(weight.shape, weight.dtype);
  addNormalNoise(noise.data(), std, rng.split("weightNoise").key());
  return add(weight, noise);
}
