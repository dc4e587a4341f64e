/** What a tokenizer makes of a text. */
export interface Encoded {
  /** One id per token. Shape [N]. */
  readonly ids: Int32Array;
  /** The tokens themselves, as people may read them. */
  readonly tokens: readonly string[];
}

/** Text to numbers and back: characters, words or learned pieces of words. */
export interface Tokenizer {
  /** Ids are 0 … size−1. */
  readonly size: number;
  /** Cut a text into tokens. Errors: `E_CHARACTER`, `E_WORD` where something is not known and nothing stands for unknowns. */
  encode(text: string): Encoded;
  /** The text that ids stand for; whether it is the very text that was encoded depends on the tokenizer. Errors: `E_TOKEN`. */
  decode(ids: Iterable<number>): string;
  /** The stored form; `JSON.stringify` calls it. */
  toJSON(): unknown;
}
