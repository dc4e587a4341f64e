import { invalidValue, lengthMismatch } from "../errors.js";
import { refuseUnknown } from "./known-options.js";

/** Predictions whose confidence is alike. */
export interface ReliabilityBin {
  /** Confidences above this … */
  readonly from: number;
  /** … up to this one (the first bin has its lower end too). */
  readonly to: number;
  readonly count: number;
  /** Mean confidence; NaN in an empty bin. */
  readonly confidence: number;
  /** Share that was right; NaN in an empty bin. */
  readonly accuracy: number;
}

/** Whether a model is as often right as it says. */
export interface Calibration {
  /** Expected calibration error: Σ over bins of count/N · |accuracy − confidence|. */
  readonly expectedError: number;
  /** The largest |accuracy − confidence| of a bin. */
  readonly maximumError: number;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Compare how sure a model was with how often it was right.
 *
 * Source: Naeini, Cooper, Hauskrecht 2015; Guo, Pleiss, Sun, Weinberger 2017 (equal width, 15 bins).
 *
 * @param confidences probability of what was predicted, N numbers from 0 to 1
 * @param right whether it was right, N of 0 or 1
 * @param options `bins`: their number (default 15); `binning`: "width" (default), bins of the same width, or "count", bins of
 *   (nearly) the same number of predictions
 * @throws E_LENGTH if the two differ in length; E_VALUE for a confidence that is no probability
 */
export function calibration(
  confidences: ArrayLike<number>,
  right: ArrayLike<number>,
  options: { bins?: number; binning?: "width" | "count" } = {},
): Calibration {
  refuseUnknown("calibration", options, ["bins", "binning"]);
  const { bins = 15, binning = "width" } = options;
  const total = confidences.length;
  if (total !== right.length) throw lengthMismatch("calibration", total, right.length);
  if (!(Number.isInteger(bins) && bins > 0)) throw invalidValue("calibration", "bins", "a positive integer", bins);
  if (binning !== "width" && binning !== "count") {
    throw invalidValue("calibration", "binning", '"width" or "count"', binning);
  }
  for (let i = 0; i < total; i++) {
    if (!(confidences[i] >= 0 && confidences[i] <= 1)) {
      throw invalidValue("calibration", `confidence ${i}`, "from 0 to 1", confidences[i]);
    }
  }
  const edges = binning === "width" ? equalWidths(bins) : equalCounts(confidences, bins);
  const sums = edges.slice(1).map(() => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < total; i++) {
    const above = edges.findIndex((edge, at) => at > 0 && confidences[i] <= edge);
    const bin = sums[above - 1];
    bin.count++;
    bin.confidence += confidences[i];
    bin.right += right[i];
  }
  let expectedError = 0;
  let maximumError = 0;
  for (const { count, confidence, right: rights } of sums) {
    if (count === 0) continue;
    const gap = Math.abs(rights - confidence) / count;
    expectedError += (count / total) * gap;
    maximumError = Math.max(maximumError, gap);
  }
  return {
    expectedError,
    maximumError,
    bins: sums.map(({ count, confidence, right: rights }, at) => {
      return { from: edges[at], to: edges[at + 1], count, confidence: confidence / count, accuracy: rights / count };
    }),
  };
}

/**
 * Brier score: mean over examples of Σ over classes of (p − 1 for the right one)², from 0 to 2; with two classes and
 * p of one of them given, half of it.
 *
 * @param probabilities N·V numbers, a row of V for each example
 * @param targets class ids, N of them
 */
export function brierScore(probabilities: ArrayLike<number>, targets: ArrayLike<number>): number {
  const classes = probabilities.length / targets.length;
  if (!Number.isInteger(classes)) throw lengthMismatch("brierScore", probabilities.length, targets.length);
  let sum = 0;
  for (let i = 0; i < targets.length; i++) {
    for (let id = 0; id < classes; id++) {
      const gap = probabilities[i * classes + id] - (targets[i] === id ? 1 : 0);
      sum += gap * gap;
    }
  }
  return sum / targets.length;
}

function equalWidths(bins: number): number[] {
  return Array.from({ length: bins + 1 }, (_, i) => i / bins);
}

/** Equal confidences share a bin, so that there may be fewer bins than asked for. */
function equalCounts(confidences: ArrayLike<number>, bins: number): number[] {
  const sorted = Float64Array.from(confidences).sort();
  const edges = [0];
  for (let i = 1; i <= bins; i++) {
    const edge = i === bins ? 1 : sorted[Math.ceil((i * sorted.length) / bins) - 1];
    if (edge > edges.at(-1)!) edges.push(edge);
  }
  return edges;
}
