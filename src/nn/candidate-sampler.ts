/** Words drawn to stand for a whole vocabulary, and how often each was to be expected among them. */
import { badNumber } from "../errors.js";
import { exp, expm1, log, log1p } from "../runtime/float64.js";
import type { Rng } from "../runtime/index.js";

/** A distribution over words that candidates are drawn from; any will do whose probabilities are positive. */
export interface CandidateSampler {
  /** V: words are 0 … V − 1. */
  readonly vocabularySize: number;
  /** Probability of a word in one draw. */
  readonly probability: (word: number) => number;
  /** One draw. */
  readonly draw: (rng: Rng) => number;
}

/**
 * Zipf's law over words that are numbered by falling frequency: p(k) = ln((k + 2) / (k + 1)) / ln(V + 1).
 *
 * Errors: `E_NUMBER` for a vocabulary below 1. Source: tf.random.log_uniform_candidate_sampler.
 */
export function logUniform(vocabularySize: number): CandidateSampler {
  if (!Number.isInteger(vocabularySize) || vocabularySize < 1) {
    throw badNumber("logUniform", "vocabularySize", "a whole number ≥ 1", vocabularySize);
  }
  const range = log(vocabularySize + 1);
  return {
    vocabularySize,
    probability: (word) => log1p(1 / (word + 1)) / range,
    // Rounding of e^… may reach V itself.
    draw: (rng) => Math.min(Math.floor(exp(rng.uniform() * range)) - 1, vocabularySize - 1),
  };
}

/** Distinct words, and the number of draws it took to find them. */
export interface Candidates {
  /** [S] */
  readonly words: Int32Array;
  readonly tries: number;
}

/**
 * Draw until `count` distinct words are found. The generator advances by one or more draws per try.
 *
 * Errors: `E_NUMBER` when `count` is not 1 … V.
 */
export function drawCandidates(sampler: CandidateSampler, count: number, rng: Rng): Candidates {
  const { vocabularySize } = sampler;
  if (!Number.isInteger(count) || count < 1 || count > vocabularySize) {
    throw badNumber("drawCandidates", "count", `a whole number, 1 … ${vocabularySize}`, count);
  }
  const seen = new Set<number>();
  let tries = 0;
  for (; seen.size < count; tries++) seen.add(sampler.draw(rng));
  return { words: Int32Array.from(seen), tries };
}

/** ln of the expected number of times (0 … 1, as candidates are distinct) that `word` is found: 1 − (1 − p)^tries. */
export function logExpectedCount(sampler: CandidateSampler, tries: number, word: number): number {
  return log(-expm1(tries * log1p(-sampler.probability(word))));
}
