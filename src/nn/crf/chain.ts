/** The scores of a chain of tags in float64, and what all walks along it share. */
import { exp, log } from "../../runtime/index.js";

/** L tags: what a sequence starts and ends with, and what follows what. −Infinity: not at all. */
export interface Chain {
  readonly tags: number;
  /** [L] */
  readonly start: Float64Array;
  /** [L] */
  readonly end: Float64Array;
  /** [from, to], row-major. */
  readonly transitions: Float64Array;
  /** e^(transitions − shift), ≤ 1: one exponential a parameter instead of one a step. */
  readonly factors: Float64Array;
  /** The largest transition. */
  readonly shift: number;
}

/** The chain of these scores, the three arrays taken as they are. */
export function chainOf(start: Float64Array, end: Float64Array, transitions: Float64Array): Chain {
  const shift = finiteMaximum(transitions, 0, transitions.length);
  const factors = transitions.map((score) => exp(score - shift));
  return { tags: start.length, start, end, transitions, factors, shift };
}

/** The scores of one sequence, [n, L]: rows `steps` of column `b` of emissions [T, B, L]. */
export function emissionsOf(
  emissions: ArrayLike<number>,
  steps: Int32Array,
  b: number,
  B: number,
  L: number,
): Float64Array {
  const own = new Float64Array(steps.length * L);
  for (let i = 0; i < steps.length; i++) {
    const row = (steps[i] * B + b) * L;
    for (let j = 0; j < L; j++) own[i * L + j] = emissions[row + j];
  }
  return own;
}

/**
 * A sum of products of numbers ≤ 1 below this has lost what underflowed; above it, what underflowed is smaller than the
 * sum's last digit by far. Below it, logarithms are added up one by one.
 */
export const TINY = 1e-280;

/** The largest of values[from … to − 1], 0 where none is finite: something that can be subtracted. */
export function finiteMaximum(values: Float64Array, from: number, to: number): number {
  let largest = -Infinity;
  for (let i = from; i < to; i++) if (values[i] > largest) largest = values[i];
  return largest === -Infinity ? 0 : largest;
}

/** ln Σ e^terms[i], −Infinity where nothing is possible, NaN where a term is. */
export function logSum(terms: Float64Array): number {
  const largest = finiteMaximum(terms, 0, terms.length);
  let sum = 0;
  for (const term of terms) sum += exp(term - largest);
  return largest + log(sum);
}
