/** Sentences side by side, as numbers. */
import { type SpeltWords, spellWords } from "../nn/index.js";
import { Tensor } from "../tensor/index.js";
import type { TagVocabularies } from "./tag-vocabularies.js";

/** B sentences of up to T words. */
export interface TagBatch {
  /** [T, B] int32, 0 behind the end. */
  readonly words: Tensor;
  /** The letters of the words; null where nobody reads them. */
  readonly spelt: SpeltWords | null;
  /** Words of each sentence. */
  readonly lengths: readonly number[];
}

/** What stands for no label: behind the end, and where a label is not known. */
export const NO_LABEL = -1;

/** Sentences as a network reads them. */
export function tagBatch(
  sentences: readonly (readonly string[])[],
  vocabularies: TagVocabularies,
  withLetters: boolean,
): TagBatch {
  const lengths = sentences.map(({ length }) => length);
  const [T, B] = [Math.max(0, ...lengths), sentences.length];
  const words = placed(sentences, T, 0, (token) => vocabularies.word(token));
  const spelt = withLetters ? spellWords(sentences, T, (token) => vocabularies.spell(token)) : null;
  return { words: Tensor.from(words, [T, B]), spelt, lengths };
}

/** Labels as numbers: [T, B] int32, `NO_LABEL` behind the end. */
export function labelBatch(sentences: readonly (readonly string[])[], vocabularies: TagVocabularies): Tensor {
  const T = Math.max(0, ...sentences.map(({ length }) => length));
  const ids = placed(sentences, T, NO_LABEL, (label) => vocabularies.label(label));
  return Tensor.from(ids, [T, sentences.length]);
}

function placed<Item>(
  rows: readonly (readonly Item[])[],
  T: number,
  fill: number,
  number: (item: Item) => number,
): Int32Array {
  const B = rows.length;
  const all = new Int32Array(T * B).fill(fill);
  rows.forEach((row, b) => row.forEach((item, t) => (all[t * B + b] = number(item))));
  return all;
}
