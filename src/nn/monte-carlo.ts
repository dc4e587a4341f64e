import { badNumber, shapeMismatch } from "../errors.js";
import type { Rng } from "../runtime/index.js";
import { noGrad, scope, Tensor } from "../tensor/index.js";
import { expectFunction, expectRng, expectTensor } from "./given.js";

/** What the draws of `monteCarlo` have in common, each shaped like one of them. */
export interface MonteCarloSummary {
  readonly mean: Tensor;
  /** Standard deviation of single draws, Σ(y − mean)²/(samples − 1) under the root: that of the mean is √samples times smaller. */
  readonly std: Tensor;
}

/**
 * Monte Carlo dropout: the mean and the standard deviation of what a network says under `samples` sets of masks. Dropout has no
 * mode here: a layer drops because it is handed a generator, so `fn` hands its own on. Without gradients; sums are in float64.
 *
 * What the deviation means is the network's business: with dropout at the rates that it was trained with it is an estimate of how
 * unsure the weights are (Gal & Ghahramani 2016), which says nothing of noise in the data. Average probabilities, not logits.
 *
 * @param samples draws, 2 or more
 * @param rng draw i gets `rng.split(i)`: the same generator gives the same numbers
 * @param fn the network with the masks of a generator, always of one shape
 *
 * Errors: `E_NUMBER` for fewer than 2 samples; `E_SHAPE` when draws differ in shape.
 *
 * @example
 * const { mean, std } = monteCarlo(100, new Rng(1), (rng) => softmax(head.forward(net.forward(x, { rng }).output)));
 */
export function monteCarlo(samples: number, rng: Rng, fn: (rng: Rng) => Tensor): MonteCarloSummary {
  if (!Number.isInteger(samples) || samples < 2) {
    throw badNumber("monteCarlo", "samples", "a whole number ≥ 2", samples);
  }
  expectRng("monteCarlo", rng);
  expectFunction("monteCarlo", "fn", "(rng) => Tensor", fn);
  let first: Tensor | null = null;
  let mean = new Float64Array(0);
  let squares = new Float64Array(0);
  for (let i = 0; i < samples; i++) {
    scope(() => {
      const drawn = noGrad(() => fn(rng.split(i)));
      expectTensor("monteCarlo", "what fn returns", drawn);
      const values = drawn.toArray();
      if (first === null) {
        first = drawn;
        mean = new Float64Array(values.length);
        squares = new Float64Array(values.length);
      } else if (drawn.shape.join() !== first.shape.join()) {
        throw shapeMismatch(`monteCarlo: draw ${i}`, first.shape, drawn.shape);
      }
      // Welford's sums: a deviation that is small beside the mean keeps its digits.
      for (let k = 0; k < values.length; k++) {
        const before = values[k] - mean[k];
        mean[k] += before / (i + 1);
        squares[k] += before * (values[k] - mean[k]);
      }
    });
  }
  const { shape, dtype } = first! as Tensor;
  const like = (values: Float64Array): Tensor => Tensor.from(values, shape, { dtype: dtype as "f32" | "f64" });
  return { mean: like(mean), std: like(squares.map((sum) => Math.sqrt(sum / (samples - 1)))) };
}
