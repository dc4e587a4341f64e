/** One row for each sequence, made of its steps: the operations of the tape that `Pooling` chooses from. */
import { badRank } from "../errors.js";
import { exp } from "../runtime/index.js";
import { concat, gatherRows, record, recording, reshape, slice, Tensor } from "../tensor/index.js";
import { piecesOf, type StepSelection } from "./sequence-pieces.js";

/** Which steps of [T, B, F] there are. */
export type PooledSteps = Pick<StepSelection, "lengths" | "mask">;

/**
 * The steps of each sequence of x [T, B, F], ascending; none for a sequence of length 0.
 *
 * Errors: `E_SHAPE`, `E_LENGTHS`, `E_MASK`, `E_OPTION`.
 */
export function stepsOf(who: string, x: Tensor, { lengths, mask }: PooledSteps): readonly Int32Array[] {
  if (x.rank !== 3) throw badRank(who, "x of three dimensions, [T, B, F]", x.shape);
  const [T, B] = x.shape;
  return piecesOf(who, T, B, { lengths, mask }).pieces.map(({ steps }) => steps);
}

/**
 * The last step of each sequence: y[b] = x[its last step, b].
 *
 * With `bidirectional` the second half of the features is read at the first step instead, where the reverse direction
 * ends: y is then what both directions say once they have read everything. x [T, B, F] → [B, F]; zeros for a sequence
 * without steps. Errors: as `stepsOf`; `E_SHAPE` for two directions in an odd number of features.
 */
export function lastStep(x: Tensor, steps: PooledSteps & { readonly bidirectional?: boolean } = {}): Tensor {
  const all = stepsOf("lastStep", x, steps);
  const [T, B, F] = x.shape;
  const rows = reshape(x, [T * B, F]);
  const at = (step: number | undefined, b: number): number => (step === undefined ? -1 : step * B + b);
  const last = gatherRows(rows, Tensor.from(Int32Array.from(all, (own, b) => at(own.at(-1), b))));
  if (steps.bidirectional !== true) return last;
  if (F % 2 !== 0) throw badRank("lastStep", "an even number of features for two directions", x.shape);
  const first = gatherRows(rows, Tensor.from(Int32Array.from(all, (own, b) => at(own.at(0), b))));
  return concat([slice(last, 1, 0, F / 2), slice(first, 1, F / 2, F)], 1);
}

/**
 * The mean over the steps of each sequence: y[b, f] = (1/n_b) Σ_t x[t, b, f], accumulated in float64.
 *
 * x [T, B, F] → [B, F]; zeros for a sequence without steps. Errors: as `stepsOf`.
 */
export function meanOverTime(x: Tensor, steps: PooledSteps = {}): Tensor {
  const all = stepsOf("meanOverTime", x, steps);
  const weights = all.map((own) => new Float64Array(own.length).fill(1 / own.length));
  const out = weightedSteps(x, all, weights);
  record(
    [out],
    [x],
    ([dOut]) => {
      const dX = Tensor.zeros(x.shape, x.dtype);
      spread(dX, dOut!, all, weights);
      return [dX];
    },
    "meanOverTime",
  );
  return out;
}

/**
 * The largest value of each feature over the steps of each sequence: y[b, f] = max_t x[t, b, f].
 *
 * The gradient goes to the first step that has it. x [T, B, F] → [B, F]; zeros for a sequence without steps.
 * Errors: as `stepsOf`.
 */
export function maxOverTime(x: Tensor, steps: PooledSteps = {}): Tensor {
  const all = stepsOf("maxOverTime", x, steps);
  const [, B, F] = x.shape;
  const out = Tensor.zeros([B, F], x.dtype);
  // Where the largest one lies in x; only backward asks for it.
  const places = recording([x]) ? new Int32Array(B * F).fill(-1) : null;
  const [from, to] = [x.data(), out.data()];
  for (let b = 0; b < B; b++) {
    for (const [i, t] of all[b].entries()) {
      const row = (t * B + b) * F;
      for (let f = 0; f < F; f++) {
        const value = from[row + f];
        // NaN is not less than anything: it wins, and is seen.
        if (i > 0 && !(value > to[b * F + f]) && value === value) continue;
        to[b * F + f] = value;
        if (places !== null) places[b * F + f] = row + f;
      }
    }
  }
  record(
    [out],
    [x],
    ([dOut]) => {
      const dX = Tensor.zeros(x.shape, x.dtype);
      const [numbers, given] = [dX.data(), dOut!.data()];
      places!.forEach((place, i) => {
        if (place >= 0) numbers[place] = given[i];
      });
      return [dX];
    },
    "maxOverTime",
  );
  return out;
}

/** What attention chose: the rows and how much each step counted. */
export interface Attended {
  /** [B, F]: Σ_t a_t x[t, b]. */
  readonly output: Tensor;
  /** a of each sequence, one number for each of its steps; they sum to 1. */
  readonly weights: readonly Float64Array[];
}

/**
 * A weighted mean of the steps of each sequence, a = softmax of the scores of its steps: y[b] = Σ_t a_t x[t, b].
 *
 * x [T, B, F]; scores [R], one for every step there is: those of sequence 0 in ascending order, then those of sequence 1,
 * and so on. Sums accumulate in float64. Zeros for a sequence without steps. Errors: as `stepsOf`; `E_SHAPE`.
 */
export function attendOverTime(x: Tensor, scores: Tensor, steps: PooledSteps = {}): Attended {
  const all = stepsOf("attendOverTime", x, steps);
  const count = all.reduce((sum, own) => sum + own.length, 0);
  if (scores.size !== count) throw badRank("attendOverTime", `${count} scores, one for each step`, scores.shape);
  const numbers = scores.data();
  let at = 0;
  const weights = all.map((own) => softmaxOf(Float64Array.from(numbers.subarray(at, (at += own.length)))));
  const output = weightedSteps(x, all, weights);
  record(
    [output],
    [x, scores],
    ([dOut]) => {
      const dX = Tensor.zeros(x.shape, x.dtype);
      spread(dX, dOut!, all, weights);
      if (!scores.requiresGrad) return [dX, null];
      const dScores = scores.emptyLike();
      const found = attentionGradient(x, dOut!, output, all, weights);
      dScores.data().set(found);
      return [dX, dScores];
    },
    "attendOverTime",
  );
  return { output, weights };
}

function softmaxOf(scores: Float64Array): Float64Array {
  const largest = scores.reduce((a, b) => (b > a ? b : a), -Infinity);
  const powers = scores.map((score) => exp(score - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/** dL/dscore_t = a_t · (dy·x_t − dy·y): how much more step t agrees with the gradient than the mean does. */
function attentionGradient(
  x: Tensor,
  dOut: Tensor,
  out: Tensor,
  all: readonly Int32Array[],
  weights: readonly Float64Array[],
): number[] {
  const [, B, F] = x.shape;
  const [from, given, made] = [x.data(), dOut.data(), out.data()];
  const product = (a: ArrayLike<number>, ai: number, b: number): number => {
    let sum = 0;
    for (let f = 0; f < F; f++) sum += a[ai + f] * given[b * F + f];
    return sum;
  };
  return all.flatMap((own, b) => {
    const mean = product(made, b * F, b);
    return Array.from(own, (t, i) => weights[b][i] * (product(from, (t * B + b) * F, b) - mean));
  });
}

/** y[b] = Σ_i weights[b][i] · x[steps[b][i], b], in float64. */
function weightedSteps(x: Tensor, all: readonly Int32Array[], weights: readonly Float64Array[]): Tensor {
  const [, B, F] = x.shape;
  const out = x.emptyLike([B, F]);
  const [from, to] = [x.data(), out.data()];
  const sums = new Float64Array(F);
  for (let b = 0; b < B; b++) {
    sums.fill(0);
    for (let i = 0; i < all[b].length; i++) {
      const row = (all[b][i] * B + b) * F;
      const weight = weights[b][i];
      for (let f = 0; f < F; f++) sums[f] += weight * from[row + f];
    }
    to.set(sums, b * F);
  }
  return out;
}

/** The way back of `weightedSteps`: dX[t, b] = weight · dOut[b], zeros where there is no step. */
function spread(dX: Tensor, dOut: Tensor, all: readonly Int32Array[], weights: readonly Float64Array[]): void {
  const [, B, F] = dX.shape;
  const [to, given] = [dX.data(), dOut.data()];
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < all[b].length; i++) {
      const row = (all[b][i] * B + b) * F;
      const weight = weights[b][i];
      for (let f = 0; f < F; f++) to[row + f] = weight * given[b * F + f];
    }
  }
}
