import { invalidValue } from "../errors.js";
import { type FloatType, runtime } from "../runtime/index.js";
import type { Parameter } from "../tensor/index.js";

/** A measured gradient and the factor that keeps it in bounds. */
export interface ClippedNorm {
  /** √Σ g² over all gradients, before clipping; not finite if a gradient is not. */
  readonly norm: number;
  /** min(1, maxNorm / (norm + 1e-6)): give it to `optimizer.step({ gradScale: scale })`. NaN if the norm is. */
  readonly scale: number;
}

/**
 * Measure the global norm of the gradients and how much it must shrink to at most `maxNorm`, as PyTorch's
 * `clip_grad_norm_` does. Changes nothing: the optimizer multiplies while it reads the gradients, which saves a pass.
 *
 * Sums in float64, in the order of the parameters, so that the norm has the same bits on any number of threads.
 *
 * @param parameters those without a gradient do not count
 * @param maxNorm bound of the norm, from 0; Infinity only measures
 * @throws E_VALUE for a bound that is not a number from 0
 */
export function clipGradNorm(parameters: Iterable<Parameter>, maxNorm: number): ClippedNorm {
  if (!(maxNorm >= 0)) throw invalidValue("clipGradNorm", "maxNorm", "a number from 0", maxNorm);
  let squares = 0;
  for (const { grad, dtype, size } of parameters) {
    if (grad !== null)
      squares += runtime()
        .kernels(dtype as FloatType)
        .sumSquares(grad.ptr, size);
  }
  const norm = Math.sqrt(squares);
  return { norm, scale: maxNorm === Infinity ? 1 : Math.min(1, maxNorm / (norm + 1e-6)) };
}
