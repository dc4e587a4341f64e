/** What a step of a text can be, as options of tasks name it, and the tokenizers that make it so. */
import { BpeTokenizer, CharTokenizer, type Tokenizer, WordTokenizer } from "../data/index.js";

/** Words; what stands between white space; characters; learned pieces of words. */
export const TEXT_UNITS = ["word", "space", "char", "piece"] as const;

/** One of them. */
export type TextUnit = (typeof TEXT_UNITS)[number];

/** How many units are told apart. */
export interface TextUnitLimits {
  /** Units that occur less often are unknown. */
  readonly minCount: number;
  /** Most units. */
  readonly vocabulary: number;
}

/** What stands for a unit that is not known. */
export const UNKNOWN = "<unk>";

const specials = { unk: UNKNOWN };

const TRAINERS: Readonly<Record<TextUnit, (texts: Iterable<string>, limits: TextUnitLimits) => Tokenizer>> = {
  word: (texts, { minCount, vocabulary: maxSize }) => WordTokenizer.train(texts, { specials, minCount, maxSize }),
  space: (texts, { minCount, vocabulary: maxSize }) => {
    return WordTokenizer.train(texts, { specials, minCount, maxSize, rule: "spaces" });
  },
  char: (texts, { minCount, vocabulary: maxSize }) => CharTokenizer.train(texts, { specials, minCount, maxSize }),
  piece: (texts, { minCount, vocabulary: size }) => BpeTokenizer.train(texts, { size, minCount, specials: [UNKNOWN] }),
};

/** A tokenizer for texts. Errors: those of the tokenizer, `E_VALUE` for a vocabulary too small for pieces. */
export function trainTokenizer(unit: TextUnit, texts: Iterable<string>, limits: TextUnitLimits): Tokenizer {
  return TRAINERS[unit](texts, limits);
}
