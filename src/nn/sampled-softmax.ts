/**
 * The sampled softmax: while training, a word competes against S drawn ones instead of the whole vocabulary.
 *
 *   l_w = W_w·x + b_w                                  — the score of word w
 *   loss = −log softmax([l_y − ln Q(y), l_s1 − ln Q(s1), …, l_sS − ln Q(sS)])[0]
 *
 * y is the target, s1 … sS are candidates shared by all rows of a batch, Q(w) the expected number of times w is among
 * them. Subtracting ln Q makes the expectation of the gradient approach that of the full softmax as S grows; it is biased
 * for a finite S. A candidate that happens to be the target of a row does not compete in that row.
 *
 * Sources: Jean, Cho, Memisevic, Bengio, "On using very large target vocabulary for neural machine translation", 2015;
 * tf.nn.sampled_softmax_loss.
 */
import { badNumber, shapeMismatch, shapesDoNotFit } from "../errors.js";
import { Rng } from "../runtime/index.js";
import {
  add,
  checkIndices,
  concat,
  crossEntropy,
  embedding,
  linear,
  mul,
  type Parameter,
  reshape,
  sameShape,
  slice,
  sum,
  Tensor,
} from "../tensor/index.js";
import {
  type Candidates,
  type CandidateSampler,
  drawCandidates,
  logExpectedCount,
  logUniform,
} from "./candidate-sampler.js";
import { Linear } from "./linear.js";
import { expectCall, expectOptions, expectTensor } from "./given.js";
import { Module } from "./module.js";

export interface SampledSoftmaxOptions {
  /** I: features in. */
  readonly inputSize: number;
  /** V: words. */
  readonly vocabularySize: number;
  /** S: candidates drawn per call, 1 … V. */
  readonly samples: number;
  /** Add a bias, default true. */
  readonly bias?: boolean;
  /** What candidates are drawn from, default `logUniform(V)`: words are then numbered by falling frequency. */
  readonly sampler?: CandidateSampler;
  readonly dtype?: "f32" | "f64";
}

export interface SampledSoftmaxInput {
  /** Where candidates come from: one generator, one set of candidates; split a new one per step. */
  readonly rng?: Rng;
  /** Candidates drawn elsewhere, instead of `rng`. */
  readonly candidates?: Candidates;
  /** A target that does not count, default −100. */
  readonly ignoreIndex?: number;
}

/** Added to the score of a candidate that is the row's target: e to this power is 0. */
const NEVER = -1e30;

/**
 * A linear layer with a loss of its own: see the top of this file for the formula.
 *
 * `weight` [V, I] and `bias` [V] are named and start as those of `Linear`, and can be exchanged with one.
 * Errors: `E_NUMBER` for sizes below 1, samples above V, or a sampler of another vocabulary.
 *
 * @example
 * const head = new SampledSoftmax({ inputSize: 200, vocabularySize: 10_000, samples: 512 });
 * head.forward(hidden, targets, { rng: rng.split(step) }).backward();   // training
 * head.forward(hidden, targets).item();                                 // evaluation: all words
 */
export class SampledSoftmax extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly samples: number;
  readonly sampler: CandidateSampler;

  constructor(options: SampledSoftmaxOptions, rng: Rng = new Rng(0)) {
    super();
    const names = ["inputSize", "vocabularySize", "samples", "bias", "sampler", "dtype"];
    expectOptions("SampledSoftmax", options, names);
    const { inputSize, vocabularySize, samples, bias = true, dtype = "f32" } = options;
    const who = "SampledSoftmax";
    for (const [name, value] of Object.entries({ inputSize, vocabularySize })) {
      if (!Number.isInteger(value) || value < 1) throw badNumber(who, name, "a whole number ≥ 1", value);
    }
    if (!Number.isInteger(samples) || samples < 1 || samples > vocabularySize) {
      throw badNumber(who, "samples", `a whole number, 1 … ${vocabularySize}`, samples);
    }
    const sampler = options.sampler ?? logUniform(vocabularySize);
    if (sampler.vocabularySize !== vocabularySize) {
      throw badNumber(who, "sampler.vocabularySize", `${vocabularySize}`, sampler.vocabularySize);
    }
    const whole = new Linear({ inputSize, outputSize: vocabularySize, bias, dtype }, rng);
    this.weight = whole.weight;
    this.bias = whole.bias;
    this.samples = samples;
    this.sampler = sampler;
  }

  /**
   * Mean loss in nats: over candidates with `rng` or `candidates`, over the whole vocabulary without.
   *
   * x [.., I], targets [..] int32 in 0 … V − 1 or `ignoreIndex` → []. Losses over candidates are smaller than over the
   * whole vocabulary and mean nothing by themselves: evaluate without `rng`.
   * Errors: `E_SHAPE`, `E_DTYPE`, `E_INDEX`; `E_EMPTY` when every target is ignored.
   */
  forward(x: Tensor, targets: Tensor, input: SampledSoftmaxInput = {}): Tensor {
    const who = "SampledSoftmax.forward";
    expectCall(who, x, input, ["rng", "candidates", "ignoreIndex"]);
    expectTensor(who, "targets", targets);
    const { rng, candidates, ignoreIndex = -100 } = input;
    const [vocabularySize, inputSize] = this.weight.shape;
    if (x.shape.at(-1) !== inputSize) throw shapeMismatch(who, ["..", inputSize], x.shape);
    if (!sameShape(x.shape.slice(0, -1), targets.shape)) {
      throw shapesDoNotFit(who, x.shape, targets.shape, "x [.., I] needs targets [..]");
    }
    if (rng === undefined && candidates === undefined) return crossEntropy(this.logits(x), targets, { ignoreIndex });
    checkIndices(who, targets, 0, vocabularySize, ignoreIndex);
    const { words, tries } = candidates ?? drawCandidates(this.sampler, this.samples, rng!);
    const logCount = (word: number): number => logExpectedCount(this.sampler, tries, word);

    const given = Int32Array.from(targets.data());
    const n = given.length;
    const s = words.length;
    const rows = reshape(x, [n, inputSize]);
    // One lookup for both, so that the table gets one gradient. An ignored target borrows word 0 and counts for nothing.
    const asked = new Int32Array(n + s);
    given.forEach((word, r) => (asked[r] = word === ignoreIndex ? 0 : word));
    asked.set(words, n);
    const index = Tensor.from(asked);
    checkIndices(`${who}: candidates`, index, 0, vocabularySize);
    const weights = embedding(index, this.weight);
    const correction = Tensor.from(
      Float64Array.from(asked, (word) => -logCount(word)),
      [n + s, 1],
      { dtype: x.dtype },
    );
    const offsets =
      this.bias === null ? correction : add(embedding(index, reshape(this.bias, [vocabularySize, 1])), correction);

    const own = sum(mul(rows, slice(weights, 0, 0, n)), { axis: 1, keepDim: true });
    const theirs = linear(rows, slice(weights, 0, n), reshape(slice(offsets, 0, n), [s]));
    const scores = concat([add(own, slice(offsets, 0, 0, n)), add(theirs, hits(x, asked, n, s))], 1);
    const first = Tensor.from(given.map((word) => (word === ignoreIndex ? IGNORED : 0)));
    return crossEntropy(scores, first, { ignoreIndex: IGNORED });
  }

  /** The score of every word: x [.., I] → [.., V]. Errors: `E_SHAPE`, `E_DTYPE`. */
  logits(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

/** What the loss over candidates passes over: its only target is 0. */
const IGNORED = -1;

/** [n, s]: `NEVER` where candidate s is the target of row n, else 0; `asked` holds n targets, then s candidates. */
function hits(like: Tensor, asked: Int32Array, n: number, s: number): Tensor {
  const out = Tensor.zeros([n, s], like.dtype);
  const columns = new Map<number, number[]>();
  for (let c = 0; c < s; c++) {
    const same = columns.get(asked[n + c]);
    if (same === undefined) columns.set(asked[n + c], [c]);
    else same.push(c);
  }
  const values = out.data();
  for (let r = 0; r < n; r++) for (const c of columns.get(asked[r]) ?? []) values[r * s + c] = NEVER;
  return out;
}
