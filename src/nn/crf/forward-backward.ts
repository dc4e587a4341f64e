/**
 * The sum over all sequences of tags, and how probable each tag is in it.
 *
 *   α_0(j) = start_j + e_0j          α_t(j) = e_tj + ln Σ_i e^(α_{t−1}(i) + transitions_ij)
 *   β_n(i) = end_i                   β_{t−1}(i) = ln Σ_j e^(transitions_ij + e_tj + β_t(j))
 *   ln Z = ln Σ_i e^(α_n(i) + end_i)          p_t(i) = e^(α_t(i) + β_t(i) − ln Z)
 *
 * Written that way a step costs L² exponentials. As e^(α − max α) is at most 1, and e^(transitions − their maximum) is the
 * same at every step, the sums are products of a matrix and a vector: L exponentials and L logarithms a step. Where such a
 * sum is too small to be trusted (`TINY`), which takes scores hundreds apart, that one is added up as written.
 *
 * Source: Lafferty, McCallum, Pereira, "Conditional random fields", 2001.
 */
import { exp, log } from "../../runtime/index.js";
import { type Chain, finiteMaximum, logSum, TINY } from "./chain.js";

/** What the walk to the end leaves for the walk back. */
export interface Forward {
  readonly logPartition: number;
  /** α, [n, L]. */
  readonly alpha: Float64Array;
  /** e^(α_t − max α_t), [n, L]. */
  readonly powers: Float64Array;
}

/** ln Z of a sequence with scores e [n, L], n ≥ 1; −Infinity where no sequence of tags is possible. */
export function walkForward(chain: Chain, e: Float64Array): Forward {
  const { tags: L, start, end, transitions, factors, shift } = chain;
  const n = e.length / L;
  const alpha = new Float64Array(n * L);
  const powers = new Float64Array(n * L);
  const sums = new Float64Array(L);
  const terms = new Float64Array(L);
  for (let j = 0; j < L; j++) alpha[j] = start[j] + e[j];
  for (let t = 1; t < n; t++) {
    const before = (t - 1) * L;
    const largest = powersOf(powers, alpha, before, L);
    sums.fill(0);
    for (let i = 0; i < L; i++) {
      const power = powers[before + i];
      if (power === 0) continue;
      for (let j = 0; j < L; j++) sums[j] += power * factors[i * L + j];
    }
    for (let j = 0; j < L; j++) {
      let sum: number;
      if (sums[j] >= TINY) sum = largest + shift + log(sums[j]);
      else {
        for (let i = 0; i < L; i++) terms[i] = alpha[before + i] + transitions[i * L + j];
        sum = logSum(terms);
      }
      alpha[t * L + j] = e[t * L + j] + sum;
    }
  }
  const last = (n - 1) * L;
  powersOf(powers, alpha, last, L);
  for (let i = 0; i < L; i++) terms[i] = alpha[last + i] + end[i];
  return { logPartition: logSum(terms), alpha, powers };
}

/**
 * The marginals p_t(i), [n, L], of a sequence whose ln Z is finite. With `counts` [from, to], the expected number of
 * times that `to` follows `from` is added there, times `weight`.
 */
export function walkBack(
  chain: Chain,
  e: Float64Array,
  { alpha, powers, logPartition }: Forward,
  counts: Float64Array | null = null,
  weight = 1,
): Float64Array {
  const { tags: L, end, transitions, factors, shift } = chain;
  const n = e.length / L;
  const marginals = new Float64Array(n * L);
  let beta = Float64Array.from(end);
  let earlier = new Float64Array(L);
  const after = new Float64Array(L);
  const afterPowers = new Float64Array(L);
  const sums = new Float64Array(L);
  const terms = new Float64Array(L);
  const last = (n - 1) * L;
  for (let i = 0; i < L; i++) marginals[last + i] = exp(alpha[last + i] + end[i] - logPartition);
  for (let t = n - 1; t > 0; t--) {
    const before = (t - 1) * L;
    for (let j = 0; j < L; j++) after[j] = e[t * L + j] + beta[j];
    const largest = powersOf(afterPowers, after, 0, L);
    let total = 0;
    for (let i = 0; i < L; i++) {
      let sum = 0;
      for (let j = 0; j < L; j++) sum += factors[i * L + j] * afterPowers[j];
      sums[i] = sum;
      total += powers[before + i] * sum;
      if (sum >= TINY) earlier[i] = largest + shift + log(sum);
      else {
        for (let j = 0; j < L; j++) terms[j] = transitions[i * L + j] + after[j];
        earlier[i] = logSum(terms);
      }
    }
    for (let i = 0; i < L; i++) {
      if (total >= TINY) {
        const share = powers[before + i] / total;
        marginals[before + i] = share * sums[i];
        if (counts === null || share === 0) continue;
        const weighed = weight * share;
        for (let j = 0; j < L; j++) counts[i * L + j] += weighed * factors[i * L + j] * afterPowers[j];
      } else {
        marginals[before + i] = exp(alpha[before + i] + earlier[i] - logPartition);
        if (counts === null) continue;
        for (let j = 0; j < L; j++) {
          counts[i * L + j] += weight * exp(alpha[before + i] + transitions[i * L + j] + after[j] - logPartition);
        }
      }
    }
    [beta, earlier] = [earlier, beta];
  }
  return marginals;
}

/** out[i] = e^(values[i] − largest), for the L values and places from `first` on; returns the largest. */
function powersOf(out: Float64Array, values: Float64Array, first: number, L: number): number {
  const largest = finiteMaximum(values, first, first + L);
  for (let i = first; i < first + L; i++) out[i] = exp(values[i] - largest);
  return largest;
}
