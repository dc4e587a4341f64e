/** The best sequences of tags, and the best tags one by one. */
import { type Chain } from "./chain.js";

/** A sequence of tags and what it scores. */
export interface TagPath {
  /** One tag for each step there is. */
  readonly tags: readonly number[];
  readonly score: number;
}

/**
 * The N best sequences for scores e [n, L], the best first; fewer where fewer are possible, none where none is.
 *
 * Per step and tag the N best ways to arrive there, each with where it came from. Equal scores: the way whose last
 * differing tag is lower goes first, so the answer is one. Source: Forney, "The Viterbi algorithm", 1973.
 */
export function bestPaths({ tags: L, start, end, transitions }: Chain, e: Float64Array, N: number): TagPath[] {
  const n = e.length / L;
  // Slot (t, j, k): the k-th best way to tag j at step t, and the slot (i, k) of step t − 1 that it came from.
  let scores = new Float64Array(L * N).fill(-Infinity);
  let next = new Float64Array(L * N);
  const origins = new Int32Array(n * L * N);
  for (let j = 0; j < L; j++) scores[j * N] = start[j] + e[j];
  for (let t = 1; t < n; t++) {
    next.fill(-Infinity);
    for (let j = 0; j < L; j++) {
      const origin = (t * L + j) * N;
      for (let slot = 0; slot < L * N; slot++) {
        if (scores[slot] === -Infinity) continue;
        const i = Math.floor(slot / N);
        insert(next, j * N, N, scores[slot] + transitions[i * L + j] + e[t * L + j], slot, origins, origin);
      }
    }
    [scores, next] = [next, scores];
  }
  const totals = new Float64Array(N).fill(-Infinity);
  const ends = new Int32Array(N);
  for (let slot = 0; slot < L * N; slot++) {
    insert(totals, 0, N, scores[slot] + end[Math.floor(slot / N)], slot, ends, 0);
  }
  const paths: TagPath[] = [];
  for (let k = 0; k < N && totals[k] > -Infinity; k++) {
    const path = Array.from({ length: n }, () => 0);
    let slot = ends[k];
    for (let t = n - 1; t >= 0; t--) {
      path[t] = Math.floor(slot / N);
      slot = origins[t * L * N + slot];
    }
    paths.push({ tags: path, score: totals[k] });
  }
  return paths;
}

/** Put a score in its place among the N best from `first` on, behind equal ones, and its origin beside it. */
function insert(
  best: Float64Array,
  first: number,
  N: number,
  score: number,
  origin: number,
  origins: Int32Array,
  at: number,
): void {
  if (!(score > best[first + N - 1])) return;
  let k = N - 1;
  for (; k > 0 && score > best[first + k - 1]; k--) {
    best[first + k] = best[first + k - 1];
    origins[at + k] = origins[at + k - 1];
  }
  best[first + k] = score;
  origins[at + k] = origin;
}

/**
 * Minimum risk: of the sequences that the chain allows, the one with the largest expected number of right tags,
 * Σ_t p_t(tag_t), which is its score. Where the chain forbids nothing that is the most probable tag of each step.
 */
export function leastRisk(chain: Chain, marginals: Float64Array): TagPath | undefined {
  const allowed = (scores: Float64Array): Float64Array => scores.map((score) => (score === -Infinity ? score : 0));
  const { tags, factors, shift } = chain;
  const [start, end, transitions] = [chain.start, chain.end, chain.transitions].map(allowed);
  return bestPaths({ tags, start, end, transitions, factors, shift }, marginals, 1)[0];
}
