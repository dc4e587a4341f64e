/**
 * Writing or copying: P(w) = g·softmax(scores)[w] + (1 − g)·Σ a[s] over the positions s at which the source has w.
 *
 * What a position of the source is, as a target, is a number: a token of the target's vocabulary, V + k for the k-th word of the
 * source that is in no vocabulary, negative for what is never copied. Source: See, Liu & Manning 2017.
 */
import {
  add,
  concat,
  crossEntropy,
  exp,
  log,
  mul,
  neg,
  reshape,
  softmax,
  sub,
  sum,
  Tensor,
} from "../../tensor/index.js";

/** What can be copied in a batch. */
export interface Copies {
  /** What each position is as a target, [B, S]. */
  readonly ids: Int32Array;
  /** Numbers from V on that occur: as many as the largest of them says. */
  readonly extra: number;
}

/** Ids [S, B] by sequence, and how far beyond V they go. */
export function copiesOf(ids: Tensor, size: number): Copies {
  const [S, B] = ids.shape;
  const data = ids.data();
  const rows = new Int32Array(B * S);
  let extra = 0;
  for (let s = 0; s < S; s++) {
    for (let b = 0; b < B; b++) {
      const id = data[s * B + b];
      rows[b * S + s] = id;
      extra = Math.max(extra, id - size + 1);
    }
  }
  return { ids: rows, extra };
}

/** Below this no probability falls: what is in neither vocabulary nor source would cost infinitely much. */
const LEAST = 1e-12;

/**
 * −ln P of the targets, one for each row: logits [N, V], gate g [N, 1], attention [N, S], what the positions are `ids` (N rows of
 * S), targets (N, some of them V or more) → [N].
 */
export function copyLoss(
  logits: Tensor,
  gate: Tensor,
  attention: Tensor,
  ids: Int32Array,
  targets: ArrayLike<number>,
): Tensor {
  const [N, V] = logits.shape;
  const S = attention.shape[1];
  const dtype = logits.dtype as "f32" | "f64";
  const known = Int32Array.from(targets, (target) => (target < V ? target : -1));
  const cost = crossEntropy(logits, Tensor.from(known), { ignoreIndex: -1, reduction: "none" });
  const inside = Tensor.from(
    Float64Array.from(known, (target) => (target < 0 ? 0 : 1)),
    [N],
    { dtype },
  );
  const same = Float64Array.from(ids, (id, i) => (id === targets[Math.floor(i / S)] ? 1 : 0));
  const copied = sum(mul(attention, Tensor.from(same, [N, S], { dtype })), { axis: 1 });
  const g = reshape(gate, [N]);
  const written = mul(exp(neg(cost)), inside);
  const likely = add(mul(g, sub(written, copied)), copied);
  return neg(log(likely.add(LEAST)));
}

/**
 * ln P of everything that may follow, [N, V + extra], without gradients; `rows` says what the positions of each row are. What is
 * in the sources of other rows alone is −∞: a row's scores do not depend on who is beside it.
 */
export function copyScores(
  logits: Tensor,
  gate: Tensor,
  attention: Tensor,
  rows: readonly Int32Array[],
  extra: number,
): Tensor {
  const [N, V] = logits.shape;
  const S = attention.shape[1];
  const none = Tensor.zeros([N, extra], logits.dtype as "f32" | "f64");
  const mixture = concat(extra > 0 ? [softmax(logits), none] : [softmax(logits)], 1);
  const [numbers, weights, open] = [mixture.data(), attention.data(), gate.data()];
  const width = V + extra;
  for (let n = 0; n < N; n++) {
    for (let v = 0; v < V; v++) numbers[n * width + v] *= open[n];
    for (let s = 0; s < S; s++) {
      const id = rows[n][s];
      if (id >= 0) numbers[n * width + id] += (1 - open[n]) * weights[n * S + s];
    }
  }
  const scores = log(mixture.add(LEAST));
  const said = scores.data();
  for (let n = 0; n < N; n++) {
    const there = new Set(rows[n]);
    for (let v = V; v < width; v++) if (!there.has(v)) said[n * width + v] = -Infinity;
  }
  return scores;
}
