/** What the letters of a word say about it: every distinct word of a batch is read once. */
import { badNumber, unknownOption, unknownValue } from "../errors.js";
import { Rng } from "../runtime/index.js";
import { concat, gatherRows, relu, reshape, Tensor } from "../tensor/index.js";
import { lstm } from "./cells/index.js";
import { Convolution } from "./convolution.js";
import { Embedding } from "./embedding.js";
import { Module } from "./module.js";
import { maxOverTime } from "./pool-steps.js";
import { Recurrent } from "./recurrent.js";

/** How letters are read. */
export type WordCharactersKind = "lstm" | "cnn";

/** The kinds in the order in which they are explained. */
export const WORD_CHARACTERS_KINDS: readonly WordCharactersKind[] = ["lstm", "cnn"];

export interface WordCharactersOptions {
  readonly kind: WordCharactersKind;
  /** V: characters. */
  readonly vocabularySize: number;
  /** E: numbers that stand for a character. */
  readonly embed: number;
  /** F: features of a word; for "lstm" even, half of them from each direction. */
  readonly size: number;
  /** K: characters that "cnn" sees at once, default 3. */
  readonly window?: number;
  readonly dtype?: "f32" | "f64";
}

/** The words of a batch, spelt out. */
export interface SpeltWords {
  /** [C, U] int32: the characters of U distinct words, one word a column. */
  readonly characters: Tensor;
  /** Characters of each of them. */
  readonly lengths: readonly number[];
  /** [T, B] int32: which of the words stands where; below 0: none. */
  readonly index: Tensor;
}

/**
 * Features of words from their letters: → [T, B, F], zeros where no word is.
 *
 * - lstm: the last states of an LSTM that reads the word forwards and of one that reads it backwards; parameters
 *   `embedding.weight` and those of a bidirectional layer under `recurrent.`
 * - cnn: max over time of relu of a convolution; `embedding.weight`, `convolution.weight`, `convolution.bias`
 *
 * Errors: `E_VALUE` for a kind that there is not, `E_OPTION`, `E_NUMBER` for sizes below 1 and an odd size of two directions.
 * Sources: Lample et al., "Neural architectures for named entity recognition", 2016; Ma, Hovy, "End-to-end sequence labeling
 * via bi-directional LSTM-CNNs-CRF", 2016.
 *
 * @example
 * const letters = new WordCharacters({ kind: "lstm", vocabularySize: 80, embed: 25, size: 50 });
 * const features = letters.forward(spelt);   // [T, B, 50]
 */
export class WordCharacters extends Module {
  readonly kind: WordCharactersKind;
  readonly size: number;
  readonly embedding: Embedding;
  readonly recurrent: Recurrent | null;
  readonly convolution: Convolution | null;

  constructor(options: WordCharactersOptions, rng: Rng = new Rng(0)) {
    super();
    const who = "WordCharacters";
    const known = ["kind", "vocabularySize", "embed", "size", "window", "dtype"];
    for (const key of Object.keys(options)) if (!known.includes(key)) throw unknownOption(who, key, known);
    const { kind, vocabularySize, embed, size, window = 3, dtype = "f32" } = options;
    if (!WORD_CHARACTERS_KINDS.includes(kind)) throw unknownValue(who, "kind", kind, WORD_CHARACTERS_KINDS);
    const even = kind === "lstm" ? "an even whole number ≥ 2" : "a whole number ≥ 1";
    if (!Number.isInteger(size) || size < 1 || (kind === "lstm" && size % 2 !== 0)) {
      throw badNumber(who, "size", even, size);
    }
    this.kind = kind;
    this.size = size;
    this.embedding = new Embedding({ vocabularySize, size: embed, dtype }, rng.split("embedding"));
    const layer = { inputSize: embed, hiddenSize: size / 2, bidirectional: true, dtype };
    const windows = { inputSize: embed, outputSize: size, window, dtype };
    this.recurrent = kind === "lstm" ? new Recurrent(lstm, layer, rng.split("recurrent")) : null;
    this.convolution = kind === "cnn" ? new Convolution(windows, rng.split("convolution")) : null;
  }

  /** The words of a batch → [T, B, F]. Errors: `E_INDEX`, `E_LENGTHS`, `E_SHAPE`. */
  forward({ characters, lengths, index }: SpeltWords): Tensor {
    const words = this.#words(this.embedding.forward(characters), lengths);
    return reshape(gatherRows(words, reshape(index, [index.size])), [...index.shape, this.size]);
  }

  /** x [C, U, E] → [U, F]. */
  #words(x: Tensor, lengths: readonly number[]): Tensor {
    if (this.convolution !== null) return maxOverTime(relu(this.convolution.forward(x, { lengths })), { lengths });
    const { state } = this.recurrent!.forward(x, { lengths });
    return concat(
      state.map(({ h }) => h),
      1,
    );
  }
}

/**
 * Spell the words of a batch: rows [B] of up to T words each, every distinct word once, in the order of its first place.
 *
 * @param encode the ids of a word's characters, one at least
 */
export function spellWords(
  rows: readonly (readonly string[])[],
  T: number,
  encode: (word: string) => ArrayLike<number>,
): SpeltWords {
  const B = rows.length;
  const index = new Int32Array(T * B).fill(-1);
  const places = new Map<string, number>();
  rows.forEach((words, b) => {
    words.forEach((word, t) => {
      let place = places.get(word);
      if (place === undefined) places.set(word, (place = places.size));
      index[t * B + b] = place;
    });
  });
  const spelt = Array.from(places.keys(), encode);
  const lengths = spelt.map(({ length }) => length);
  const U = spelt.length;
  const C = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const characters = new Int32Array(C * U);
  spelt.forEach((ids, u) => {
    for (let c = 0; c < ids.length; c++) characters[c * U + u] = ids[c];
  });
  return { characters: Tensor.from(characters, [C, U]), lengths, index: Tensor.from(index, [T, B]) };
}
