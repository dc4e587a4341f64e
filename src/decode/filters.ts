/** Which choices stay: the filters behind sampling, as functions of scores alone. */

/**
 * Ids of the `count` highest scores, best first; equal scores rank by lower id.
 *
 * @param scores V scores without NaN
 * @param count how many to return; V if larger
 */
export function topRanked(scores: ArrayLike<number>, count: number): Int32Array {
  const ids = Int32Array.from({ length: scores.length }, (_, id) => id);
  // Equal −Infinity scores would subtract to NaN, so the order is asked, not computed.
  ids.sort((a, b) => (scores[a] > scores[b] ? -1 : scores[a] < scores[b] ? 1 : a - b));
  return count < ids.length ? ids.subarray(0, count) : ids;
}

/**
 * How many of the ranked choices a nucleus keeps: the fewest whose weights reach the share `topP` of all ranked ones.
 *
 * @param weights weight of every choice, ≥ 0
 * @param ranked ids, highest weight first
 * @returns at least 1
 * @see https://arxiv.org/abs/1904.09751
 */
export function nucleus(weights: Float64Array, ranked: Int32Array, topP: number): number {
  let total = 0;
  for (const id of ranked) total += weights[id];
  let reached = 0;
  for (const [place, id] of ranked.entries()) {
    reached += weights[id];
    if (reached >= topP * total) return place + 1;
  }
  return ranked.length;
}
