/** What weights of classes and smoothed labels change about a cross-entropy that was computed without them. */
import { invalidValue, shapeMismatch } from "../../errors.js";
import type { Tensor } from "../tensor.js";

/** How much each class weighs, and how much of a target is spread over all of them. */
export interface ClassWeights {
  /** w [V] */
  readonly weights: Float64Array;
  /** W = Σ w_c */
  readonly total: number;
  /** ε */
  readonly smoothing: number;
}

/** Errors: `E_SHAPE` for weights that are not [V]; `E_VALUE` for weights below 0 and a smoothing outside 0 … 1. */
export function classWeights(
  who: string,
  classes: number,
  weight: Tensor | undefined,
  smoothing: number,
): ClassWeights {
  if (!(smoothing >= 0 && smoothing <= 1)) throw invalidValue(who, "labelSmoothing", "a number, 0 … 1", smoothing);
  if (weight !== undefined && (weight.rank !== 1 || weight.size !== classes)) {
    throw shapeMismatch(`${who}: weight`, [classes], weight.shape, "One number for each class.");
  }
  const weights = weight === undefined ? new Float64Array(classes).fill(1) : Float64Array.from(weight.data());
  const wrong = weights.find((value) => !(value >= 0 && value < Infinity));
  if (wrong !== undefined) throw invalidValue(who, "a class weight", "a finite number ≥ 0", wrong);
  return { weights, total: weights.reduce((a, b) => a + b, 0), smoothing };
}

interface Weighed {
  readonly logits: Tensor;
  readonly targets: Tensor;
  readonly ignoreIndex: number;
  /** What the gradient was multiplied with. */
  readonly factor: number;
  readonly classes: ClassWeights;
}

/**
 * From the plain losses l_r = −ln p_y and factor·(p − 1_y) to those with weights and smoothing, in place.
 *
 * As ln p_c = ln p_y + x_c − x_y, smoothing needs no logarithm of its own:
 *   loss_r = a_r·l_r + (ε/V)(W·x_y − Σ_c w_c·x_c)     with a_r = (1 − ε)·w_y + ε·W/V
 *   dx_c = a_r·(p_c − 1_{c=y}) + (ε/V)(W·1_{c=y} − w_c)
 */
export function weigh(
  losses: Tensor,
  dLogits: Tensor | null,
  { logits, targets, ignoreIndex, factor, classes: { weights, total, smoothing } }: Weighed,
): void {
  const V = weights.length;
  const share = smoothing / V;
  const [x, y, loss] = [logits.data(), targets.data(), losses.data()];
  const gradient = dLogits?.data() ?? null;
  for (let r = 0; r < y.length; r++) {
    const target = y[r];
    if (target === ignoreIndex) continue;
    const row = r * V;
    const scale = (1 - smoothing) * weights[target] + share * total;
    let mean = 0;
    if (smoothing > 0) {
      for (let c = 0; c < V; c++) mean += weights[c] * x[row + c];
      mean = share * (total * x[row + target] - mean);
    }
    loss[r] = scale * loss[r] + mean;
    if (gradient === null) continue;
    const own = share * factor;
    for (let c = 0; c < V; c++) gradient[row + c] = scale * gradient[row + c] - own * weights[c];
    gradient[row + target] += own * total;
  }
}
