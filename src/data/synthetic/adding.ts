import type { Rng } from "../../runtime/index.js";
import { requireWhole } from "./sizes.js";

/** Sequences and one number to be told at the end of each. */
export interface AddingBatch {
  /** A number in [0, 1) and a marker, 0 or 1, at every step. Shape [T, B, 2]. */
  readonly inputs: Float32Array;
  /** Sum of the two marked numbers. Shape [B, 1]. */
  readonly targets: Float32Array;
}

/** Mean squared error of the best constant answer, 1: the variance of a sum of two uniform numbers, 1/6. */
export const ADDING_BASELINE = 1 / 6;

/**
 * The adding problem: numbers from U[0, 1), one of the first ⌊T/2⌋ and one of the others marked; the answer is their sum.
 *
 * Who cannot carry a number over about T/2 steps stays at `ADDING_BASELINE`. `steps` is T ≥ 2, `batch` B ≥ 1; the same
 * generator gives the same numbers, and each call draws on.
 *
 * Errors: `E_VALUE` for sizes out of range. Source: Hochreiter & Schmidhuber 1997; the halves as in Arjovsky, Shah & Bengio
 * 2016, "Unitary evolution recurrent neural networks".
 *
 * @example
 * const { inputs, targets } = addingProblem({ steps: 200, batch: 50 }, new Rng(1));
 */
export function addingProblem(
  { steps, batch }: { readonly steps: number; readonly batch: number },
  rng: Rng,
): AddingBatch {
  requireWhole("addingProblem", { steps }, 2);
  requireWhole("addingProblem", { batch }, 1);
  const inputs = new Float32Array(steps * batch * 2);
  const targets = new Float32Array(batch);
  const half = Math.floor(steps / 2);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < steps; t++) inputs[2 * (t * batch + b)] = rng.uniform();
    for (const t of [rng.integer(half), half + rng.integer(steps - half)]) {
      const at = 2 * (t * batch + b);
      inputs[at + 1] = 1;
      targets[b] += inputs[at];
    }
  }
  return { inputs, targets };
}
