import { exp, type Rng } from "../../runtime/index.js";

/** Draw one of V choices from scores, row `row` of [N, V], with the probabilities that softmax gives them, in float64. */
export function drawFrom(scores: ArrayLike<number>, row: number, size: number, rng: Rng): number {
  const first = row * size;
  let most = -Infinity;
  for (let v = 0; v < size; v++) most = Math.max(most, scores[first + v]);
  let total = 0;
  for (let v = 0; v < size; v++) total += exp(scores[first + v] - most);
  let left = rng.uniform() * total;
  for (let v = 0; v < size; v++) {
    left -= exp(scores[first + v] - most);
    if (left < 0) return v;
  }
  return size - 1;
}
