/** Dropping words: on their way into the table of vectors, or the vectors that come out of it. */
import { badNumber, outOfRange, shapesDoNotFit, unknownValue } from "../../errors.js";
import type { Rng } from "../../runtime/index.js";
import { expectDraws, expectTensor } from "../given.js";
import { checkIndices, dropout, kernelsOf, mul, reshape, sameShape, Tensor } from "../../tensor/index.js";

export interface EmbeddingDropoutOptions {
  /** Probability of a word to be dropped, 0 … 1. */
  readonly p: number;
  /** Where the mask comes from: one generator, one mask; without it the expectation, the vectors themselves. */
  readonly rng?: Rng;
}

/**
 * Embedding dropout: the vectors of a word are all zero with probability p, wherever in the batch it stands, else multiplied
 * by 1/(1 − p): the same as dropping rows of the table.
 *
 * x [.., E], the vectors of index [..] int32 ≥ 0 → [.., E]. Errors: `E_VALUE`, `E_INDEX`, `E_SHAPE`, `E_DTYPE`.
 * Source: Gal & Ghahramani 2016; Merity et al. 2018.
 *
 * @example embeddingDropout(embedding.forward(index), index, { p: 0.1, rng: rng.split("words").split(step) });
 */
export function embeddingDropout(x: Tensor, index: Tensor, options: EmbeddingDropoutOptions): Tensor {
  expectDraws("embeddingDropout", options, ["p", "rng"]);
  expectTensor("embeddingDropout", "x", x);
  expectTensor("embeddingDropout", "index", index);
  const { p, rng } = options;
  kernelsOf("embeddingDropout", x);
  checkIndices("embeddingDropout", index, 0, Infinity);
  if (!sameShape(x.shape.slice(0, -1), index.shape)) {
    throw shapesDoNotFit("embeddingDropout", x.shape, index.shape, "x [.., E] needs its index [..]");
  }
  const ones = Tensor.ones([index.size, 1], x.dtype);
  const mask = dropout(ones, { p, rng, rows: reshape(index, [index.size]) });
  return mask === ones ? x : mul(x, reshape(mask, [...index.shape, 1]));
}

export interface WordDropoutOptions extends EmbeddingDropoutOptions {
  /** The word that stands in for dropped ones. */
  readonly unknown: number;
  /** Drop each occurrence by itself (default), or all occurrences of a word together. */
  readonly per?: "occurrence" | "word";
}

/**
 * Word dropout: words are replaced by the unknown one with probability p. index [..] int32 ≥ 0 → [..] int32.
 *
 * Errors: `E_VALUE`, `E_NUMBER`, `E_INDEX`, `E_DTYPE`. Source: Iyyer et al. 2015; Bowman et al. 2016.
 */
export function wordDropout(index: Tensor, options: WordDropoutOptions): Tensor {
  const who = "wordDropout";
  expectDraws(who, options, ["p", "rng", "unknown", "per"]);
  expectTensor(who, "index", index);
  const { p, rng, unknown, per = "occurrence" } = options;
  checkIndices(who, index, 0, Infinity);
  if (!(p >= 0 && p <= 1)) throw outOfRange(who, "p", p, "a probability, 0 … 1");
  if (!Number.isInteger(unknown) || unknown < 0) throw badNumber(who, "unknown", "the number of a word, ≥ 0", unknown);
  if (per !== "occurrence" && per !== "word") throw unknownValue(who, "per", per, ["occurrence", "word"]);
  if (rng === undefined || p === 0) return index;
  const rows = per === "word" ? reshape(index, [index.size]) : undefined;
  const kept = dropout(Tensor.ones([index.size, 1]), { p, rng, rows }).data();
  return Tensor.from(
    Int32Array.from(index.data(), (word, i) => (kept[i] === 0 ? unknown : word)),
    index.shape,
  );
}
