import { log, pow } from "../runtime/float64.js";

/**
 * What the log-probability of a hypothesis of L tokens, its end included, is divided by before hypotheses of different
 * lengths are compared.
 *
 * - `"average"`: L^α. OpenNMT's default and fairseq's `--lenpen`; α = 1 is the mean per token.
 * - `"gnmt"`: ((5 + L) / 6)^α. Wu et al. 2016, also JoeyNMT.
 * - `"none"`: 1, which favours short ones.
 */
export type LengthPenalty = "average" | "gnmt" | "none";

/** α where none is given: what the systems named above use. */
export const DEFAULT_ALPHA: Readonly<Record<LengthPenalty, number>> = { average: 1, gnmt: 0.6, none: 0 };

/** The divisor for a hypothesis of `length` tokens, its end included. */
export function lengthDivisor(kind: LengthPenalty, alpha: number, length: number): number {
  if (kind === "none" || alpha === 0) return 1;
  return pow(kind === "gnmt" ? (5 + length) / 6 : length, alpha);
}

/**
 * What is added for how evenly a hypothesis looked at its source; cov[s] is the sum of the weights at position s over all
 * its steps, that of the end included.
 *
 * - `"gnmt"`: β·Σ log min(cov, 1): positions not looked at. Wu et al. 2016.
 * - `"summary"`: −β·Σ (max(cov, 1) − 1): positions looked at again and again. Gehrmann et al. 2018.
 * - `"none"`: 0.
 */
export type CoveragePenalty = "gnmt" | "summary" | "none";

/** So that one position that no step looked at, to the last bit, does not make all hypotheses equal. */
const LEAST_COVERAGE = 1e-9;

/**
 * The penalty, at most 0.
 *
 * @param coverage sums of weights, of which the first `positions` belong to the source
 */
export function coveragePenalty(
  kind: CoveragePenalty,
  beta: number,
  coverage: ArrayLike<number>,
  positions: number,
): number {
  let sum = 0;
  if (kind === "none") return sum;
  for (let s = 0; s < positions; s++) {
    sum += kind === "gnmt" ? log(Math.max(Math.min(coverage[s], 1), LEAST_COVERAGE)) : 1 - Math.max(coverage[s], 1);
  }
  return beta * sum;
}
