/**
 * The adaptive softmax of Grave et al. (2017): frequent words are scored exactly, rare ones in clusters that are only
 * opened for the rows that need them, and with fewer features the rarer they are.
 *
 *   words 0 … k₁−1 form the shortlist, k₁ … k₂−1 cluster 0, k₂ … k₃−1 cluster 1, … up to V
 *   a = log softmax(W_head·x)                           — one entry per word of the shortlist and one per cluster
 *   log p(w) = a[w]                                      — in the shortlist
 *   log p(w) = a[k₁ + i] + log softmax(T_i,1·T_i,0·x)[w − k_{i+1}]   — in cluster i
 *
 * Words must be numbered by falling frequency: the saving comes from rare words being rare.
 * Source: Grave, Joulin, Cissé, Grangier, Jégou, "Efficient softmax approximation for GPUs", 2017;
 * `torch.nn.AdaptiveLogSoftmaxWithLoss`.
 */
import { badCutoffs, badNumber, emptyProjection, nothingToAverage, shapeMismatch, shapesDoNotFit } from "../errors.js";
import { Rng } from "../runtime/index.js";
import {
  add,
  checkIndices,
  concat,
  crossEntropy,
  gatherRows,
  logSoftmax,
  neg,
  reshape,
  sameShape,
  scale,
  scatterRows,
  slice,
  sum,
  Tensor,
} from "../tensor/index.js";
import { Linear } from "./linear.js";
import { expectCall, expectOptions, expectTensor } from "./given.js";
import { Module } from "./module.js";

export interface AdaptiveSoftmaxOptions {
  /** I: features in. */
  readonly inputSize: number;
  /** V: words. */
  readonly vocabularySize: number;
  /** Where the shortlist ends and each cluster begins, ascending, 1 … V − 1; V itself is understood. */
  readonly cutoffs: readonly number[];
  /** Cluster i has ⌊I / divValueⁱ⁺¹⌋ features, default 4. */
  readonly divValue?: number;
  /** Add a bias to the head, default false. */
  readonly headBias?: boolean;
  readonly dtype?: "f32" | "f64";
}

export interface AdaptiveSoftmaxOutput {
  /** [..]: log probability of each target, in nats; 0 where the target is ignored. */
  readonly output: Tensor;
  /** []: −mean of `output` over the targets that count. */
  readonly loss: Tensor;
}

/**
 * Scores, loss and prediction over a big vocabulary: see the top of this file for the formula.
 *
 * Parameters, as PyTorch names them: `head.weight` [k₁ + C, I], `head.bias` [k₁ + C] if asked for, and per cluster i
 * `tail.i.0.weight` [I_i, I], `tail.i.1.weight` [V_i, I_i]; each starts as `torch.nn.Linear` does.
 * Errors: `E_NUMBER` for sizes below 1 or a divValue that is not positive; `E_CUTOFFS`.
 *
 * @example
 * const head = new AdaptiveSoftmax({ inputSize: 200, vocabularySize: 10_000, cutoffs: [1000, 4000] });
 * head.forward(hidden, targets).loss.backward();
 */
export class AdaptiveSoftmax extends Module {
  readonly head: Linear;
  /** Per cluster: the projection to fewer features, and the scores of its words. */
  readonly tail: readonly (readonly [project: Linear, score: Linear])[];
  /** Words 0 … shortlist − 1 are scored by the head. */
  readonly shortlist: number;
  readonly vocabularySize: number;
  /** First word of each cluster, and V. */
  readonly #bounds: readonly number[];

  constructor(options: AdaptiveSoftmaxOptions, rng: Rng = new Rng(0)) {
    super();
    const names = ["inputSize", "vocabularySize", "cutoffs", "divValue", "headBias", "dtype"];
    expectOptions("AdaptiveSoftmax", options, names);
    const { inputSize, vocabularySize, cutoffs, divValue = 4, headBias = false, dtype = "f32" } = options;
    const who = "AdaptiveSoftmax";
    for (const [name, value] of Object.entries({ inputSize, vocabularySize })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber(who, name, "a whole number ≥ 1", value);
    }
    if (!(divValue > 0 && divValue < Infinity)) throw badNumber(who, "divValue", "a number above 0", divValue);
    const ascending = cutoffs.every((cut, i) => Number.isInteger(cut) && cut > (cutoffs[i - 1] ?? 0));
    if (cutoffs.length === 0 || !ascending || cutoffs[cutoffs.length - 1] >= vocabularySize) {
      throw badCutoffs(who, vocabularySize, cutoffs);
    }
    this.vocabularySize = vocabularySize;
    this.shortlist = cutoffs[0];
    this.#bounds = [...cutoffs, vocabularySize];
    const outputSize = this.shortlist + cutoffs.length;
    this.head = new Linear({ inputSize, outputSize, bias: headBias, dtype }, rng.split("head"));
    let divisor = 1;
    this.tail = cutoffs.map((from, i) => {
      divisor *= divValue;
      const features = Math.floor(inputSize / divisor);
      if (features < 1) throw emptyProjection(who, i, inputSize, divValue);
      const words = this.#bounds[i + 1] - from;
      const layer = (at: number, input: number, output: number): Linear =>
        new Linear({ inputSize: input, outputSize: output, bias: false, dtype }, rng.split(`tail.${i}.${at}`));
      return [layer(0, inputSize, features), layer(1, features, words)];
    });
  }

  /**
   * Log probabilities of the targets, and their negated mean.
   *
   * x [.., I], targets [..] int32 in 0 … V − 1 or `ignoreIndex` (default −100) → output [..], loss []. A cluster that no
   * target is in gets a gradient of zeros, so that a resumed training repeats an uninterrupted one.
   * Errors: `E_SHAPE`, `E_DTYPE`, `E_INDEX`; `E_EMPTY` when every target is ignored.
   */
  forward(x: Tensor, targets: Tensor, options: { readonly ignoreIndex?: number } = {}): AdaptiveSoftmaxOutput {
    expectCall("AdaptiveSoftmax.forward", x, options, ["ignoreIndex"]);
    expectTensor("AdaptiveSoftmax.forward", "targets", targets);
    const { ignoreIndex = -100 } = options;
    const rows = this.#rows("AdaptiveSoftmax.forward", x);
    if (!sameShape(x.shape.slice(0, -1), targets.shape)) {
      throw shapesDoNotFit("AdaptiveSoftmax.forward", x.shape, targets.shape, "x [.., I] needs targets [..]");
    }
    checkIndices("AdaptiveSoftmax.forward", targets, 0, this.vocabularySize, ignoreIndex);
    const words = Int32Array.from(targets.data());
    const count = words.reduce((n, word) => (word === ignoreIndex ? n : n + 1), 0);
    if (count === 0) throw nothingToAverage("AdaptiveSoftmax.forward", "every target is ignored");

    const headTargets = words.map((word) => (word === ignoreIndex ? IGNORED : this.#headEntry(word)));
    const each = { ignoreIndex: IGNORED, reduction: "none" } as const;
    let losses = crossEntropy(this.head.forward(rows), Tensor.from(headTargets), each);
    for (const [i, [project, score]] of this.tail.entries()) {
      const from = this.#bounds[i];
      const here = rowsWhere(words, (word) => word !== ignoreIndex && word >= from && word < this.#bounds[i + 1]);
      const index = Tensor.from(here);
      const scores = score.forward(project.forward(gatherRows(rows, index)));
      const local = crossEntropy(scores, Tensor.from(here.map((row) => words[row] - from)), each);
      losses = add(losses, scatterRows(local, index, words.length));
    }
    return { output: reshape(neg(losses), targets.shape), loss: scale(sum(losses), 1 / count) };
  }

  /** The whole distribution: x [.., I] → log probabilities [.., V]. Errors: `E_SHAPE`, `E_DTYPE`. */
  logProb(x: Tensor): Tensor {
    const rows = this.#rows("AdaptiveSoftmax.logProb", x);
    return reshape(this.#logProb(rows, logSoftmax(this.head.forward(rows))), [
      ...x.shape.slice(0, -1),
      this.vocabularySize,
    ]);
  }

  /**
   * The most probable word of each row, the first of several: x [.., I] → [..] int32. Clusters are opened only for rows
   * in which the head finds one likelier than every word of the shortlist. Errors: `E_SHAPE`, `E_DTYPE`.
   */
  predict(x: Tensor): Tensor {
    const rows = this.#rows("AdaptiveSoftmax.predict", x);
    const head = logSoftmax(this.head.forward(rows));
    const best = argmax(head);
    const open = rowsWhere(best, (entry) => entry >= this.shortlist);
    if (open.length > 0) {
      const index = Tensor.from(open);
      const words = argmax(this.#logProb(gatherRows(rows, index), gatherRows(head, index)));
      open.forEach((row, i) => (best[row] = words[i]));
    }
    return Tensor.from(best, x.shape.slice(0, -1));
  }

  /** The entry of the head that word belongs to: itself, or its cluster. */
  #headEntry(word: number): number {
    if (word < this.shortlist) return word;
    return this.shortlist - 1 + this.#bounds.findIndex((bound) => word < bound);
  }

  /** Log probabilities [R, V] of rows [R, I], given those of the head. */
  #logProb(rows: Tensor, head: Tensor): Tensor {
    const clusters = this.tail.map(([project, score], i) => {
      const local = logSoftmax(score.forward(project.forward(rows)));
      return add(local, slice(head, 1, this.shortlist + i, this.shortlist + i + 1));
    });
    return concat([slice(head, 1, 0, this.shortlist), ...clusters], 1);
  }

  #rows(who: string, x: Tensor): Tensor {
    const [, inputSize] = this.head.weight.shape;
    if (x.shape.at(-1) !== inputSize) throw shapeMismatch(who, ["..", inputSize], x.shape);
    return reshape(x, [x.size / inputSize, inputSize]);
  }
}

/** What the head's cross-entropy passes over; no word has this number. */
const IGNORED = -1;

function rowsWhere(values: Int32Array, holds: (value: number) => boolean): Int32Array {
  const rows: number[] = [];
  values.forEach((value, row) => {
    if (holds(value)) rows.push(row);
  });
  return Int32Array.from(rows);
}

/** The column of the largest element of each row [R, V], the first of several. */
function argmax(x: Tensor): Int32Array {
  const [rows, cols] = x.shape;
  const values = x.data();
  return Int32Array.from({ length: rows }, (_, r) => {
    let best = 0;
    for (let c = 1; c < cols; c++) if (values[r * cols + c] > values[r * cols + best]) best = c;
    return best;
  });
}
