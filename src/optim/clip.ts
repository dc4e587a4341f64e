import { invalidValue } from "../errors.js";
import { blocksOf, type FloatType, type GradientRecord, runtime, writeGradient } from "../runtime/index.js";
import { type Parameter, scratch, storedGradient } from "../tensor/index.js";
import { withTable } from "./table.js";

/** A measured gradient and the factor that keeps it in bounds. */
export interface ClippedNorm {
  /** √Σ (factor·g)² over all gradients, before clipping; not finite if a gradient is not. */
  readonly norm: number;
  /** factor · min(1, maxNorm / (norm + 1e-6)): give it to `optimizer.step({ gradScale: scale })`. NaN if the norm is. */
  readonly scale: number;
}

/**
 * Measure the global norm of the gradients and how much it must shrink to at most `maxNorm`, as PyTorch's
 * `clip_grad_norm_` does. Changes nothing: the optimizer multiplies while it reads the gradients, which saves a pass.
 *
 * Sums in float64, in the order of the parameters and in one call for all, which threads share: the norm has the same bits
 * on any number of them.
 *
 * @param parameters those without a gradient do not count
 * @param maxNorm bound of the norm, from 0; Infinity only measures
 * @param factor on every gradient before it is measured, e.g. one over the predictions of a summed loss; part of the scale
 *   that comes back (default 1)
 * @throws E_VALUE for a bound that is not a number from 0
 */
export function clipGradNorm(parameters: Iterable<Parameter>, maxNorm: number, factor = 1): ClippedNorm {
  if (!(maxNorm >= 0)) throw invalidValue("clipGradNorm", "maxNorm", "a number from 0", maxNorm);
  let squares = 0;
  for (const { dtype, records } of gradientsOf(parameters)) {
    const kernels = runtime().kernels(dtype);
    const blocks = records.reduce((total, { size }) => total + blocksOf(size), 0);
    squares += withTable(records, writeGradient, (table) =>
      scratch(blocks * 8, (partial) => kernels.squares(table, records.length, partial)),
    );
  }
  const norm = Math.sqrt(squares) * factor;
  return { norm, scale: factor * (maxNorm === Infinity ? 1 : Math.min(1, maxNorm / (norm + 1e-6))) };
}

/** The gradients there are, by float type: those of float32 first. */
function gradientsOf(parameters: Iterable<Parameter>): { dtype: FloatType; records: GradientRecord[] }[] {
  const found: Record<FloatType, GradientRecord[]> = { f32: [], f64: [] };
  for (const parameter of parameters) {
    const record = storedGradient(parameter);
    if (record !== null) found[parameter.dtype as FloatType].push(record);
  }
  return (["f32", "f64"] as const)
    .filter((dtype) => found[dtype].length > 0)
    .map((dtype) => ({ dtype, records: found[dtype] }));
}
