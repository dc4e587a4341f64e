/** Text, vocabularies and batches. */
import { HiddenstateError } from "./letter.js";

/** A character that the vocabulary has not seen. */
export function unknownCharacter(character: string, position: number, size: number): HiddenstateError {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return new HiddenstateError(
    "E_CHARACTER",
    `CharVocabulary.encode: the character ${JSON.stringify(character)} (U+${code}) at position ${position} is not among ` +
      `the ${size} of this vocabulary. Remove or replace it, or train on text that contains it.`,
  );
}

/** An id outside the vocabulary. */
export function unknownToken(id: number, position: number, size: number): HiddenstateError {
  return new HiddenstateError(
    "E_TOKEN",
    `CharVocabulary.decode: id ${id} at position ${position} is outside 0…${size - 1}. ` +
      "Use the vocabulary that the model was trained with.",
  );
}

/** A stored vocabulary that is none, or of a kind or version that this program does not read. */
export function vocabularyFormat(
  field: "format" | "version" | "kind" | "characters",
  received: unknown,
  expected: string,
): HiddenstateError {
  return new HiddenstateError(
    "E_VOCABULARY",
    `CharVocabulary.fromJSON: ${field} must be ${expected}, received ${String(received)}. ` +
      "Use the vocabulary.json that was saved with the model.",
  );
}

/** A stored vocabulary whose characters are not single and ascending. */
export function vocabularyOrder(place: number): HiddenstateError {
  return new HiddenstateError(
    "E_VOCABULARY",
    `CharVocabulary.fromJSON: characters[${place}] is not a single character above the one before it. ` +
      "Use the vocabulary.json that was saved with the model.",
  );
}

/** Text shorter than one window for every row. */
export function textTooShort(tokens: number, batch: number, window: number): HiddenstateError {
  return new HiddenstateError(
    "E_TEXT_SHORT",
    `ContiguousBatches: ${batch} rows of ${window} tokens and their targets need at least ${batch * window + 1} tokens, ` +
      `the text has ${tokens}. Give more text, or lower the batch or the window.`,
  );
}

/** A stream too short to predict anything. */
export function streamTooShort(tokens: number): HiddenstateError {
  return new HiddenstateError(
    "E_TEXT_SHORT",
    `evaluation: a stream needs at least 2 tokens (one to read, one to predict), this one has ${tokens}. Give more text.`,
  );
}

/** A data file or folder that does not exist. */
export function dataMissing(path: string): HiddenstateError {
  return new HiddenstateError("E_DATA_MISSING", `data: there is no file or folder "${path}". Check the path.`);
}

/** A data file without a character, or a folder without text. */
export function dataEmpty(path: string, isFolder: boolean): HiddenstateError {
  const what = isFolder ? "the folder holds no text file with content" : "the file is empty";
  return new HiddenstateError("E_DATA_EMPTY", `data: ${what}: "${path}". Give UTF-8 text.`);
}

/** A data file that is not text. */
export function dataBinary(path: string, at: number): HiddenstateError {
  return new HiddenstateError(
    "E_DATA_BINARY",
    `data: "${path}" is not UTF-8 text (byte ${at} cannot stand in text). Convert it to UTF-8, or name a text file.`,
  );
}

/** A data file that the system refuses to read. */
export function dataUnreadable(path: string, cause: unknown): HiddenstateError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HiddenstateError(
    "E_DATA_UNREADABLE",
    `data: "${path}" cannot be read: ${reason}. Check its permissions and size.`,
    { cause },
  );
}

/** Bytes that are no IDX array. */
export function badIdx(expected: string, received: string): HiddenstateError {
  return new HiddenstateError(
    "E_IDX",
    `readIdx: a file needs ${expected}, received ${received}. Give a decompressed IDX file of bytes, as MNIST's.`,
  );
}

/** Batches without a size. */
export function batchSize(): HiddenstateError {
  return new HiddenstateError(
    "E_VALUE",
    "bucketedBatches: nothing bounds a batch. Give `batch` (examples), `tokens` (with padding), or both.",
  );
}

/** An example whose length is no number of tokens. */
export function exampleLength(place: number, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_LENGTH",
    `bucketedBatches: the length of example ${place} must be a whole number from 0, received ${String(received)}. ` +
      "Let `length` count the tokens of an example.",
  );
}

/** A word, label or other token that a vocabulary does not hold, where nothing stands for unknowns. */
export function unknownWord(token: string, size: number): HiddenstateError {
  return new HiddenstateError(
    "E_WORD",
    `Vocabulary: ${JSON.stringify(token)} is not among its ${size} tokens, and it has no token for unknowns. ` +
      "Use data with the tokens it was made from, or make it with `specials: { unk }`.",
  );
}

/** An id that a vocabulary does not have. */
export function unknownId(id: number, size: number): HiddenstateError {
  return new HiddenstateError(
    "E_TOKEN",
    `Vocabulary: id ${id} is outside 0…${size - 1}. Use the vocabulary that the model was trained with.`,
  );
}

/** A stored vocabulary that is none, or that contradicts itself. */
export function storedVocabulary(field: string, expected: string, received: unknown): HiddenstateError {
  return new HiddenstateError(
    "E_VOCABULARY",
    `Vocabulary.fromJSON: ${field} must be ${expected}, received ${String(received)}. ` +
      "Use the file that was saved with the model.",
  );
}

/** A stored tokenizer that is none, or of a kind that this program does not read. */
export function badTokenizer(field: string, expected: string, received: unknown): HiddenstateError {
  const where = field === "" ? "the file" : field;
  return new HiddenstateError(
    "E_TOKENIZER",
    `tokenizer: ${where} must be ${expected}, received ${String(received)}. Use the file that was saved with the model.`,
  );
}

/** A vocabulary of pieces too small for its alphabet. */
export function tokenizerSize(size: number, least: number): HiddenstateError {
  return new HiddenstateError(
    "E_VALUE",
    `BpeTokenizer.train: ${size} tokens are too few: specials and alphabet alone are ${least}. Give a greater size.`,
  );
}
