import { badTokenizer } from "../../errors.js";
import { Vocabulary, type VocabularyJson, type VocabularyOptions } from "../vocabulary.js";
import type { Encoded, Tokenizer } from "./tokenizer.js";

/** The stored form of a `CharTokenizer`. */
export interface CharTokenizerJson {
  readonly format: "hiddenstate.tokenizer";
  readonly version: 1;
  readonly kind: "char";
  readonly vocabulary: VocabularyJson;
}

/**
 * Characters and their numbers, one per Unicode code point; rare ones may be cut, and unknown ones have a token.
 *
 * @example
 * const characters = CharTokenizer.train(["hello"], { specials: { unk: "<unk>" } });
 * characters.encode("hold").tokens; // ["h", "o", "l", "d"]
 */
export class CharTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** The characters that occur in texts. Errors: those of `Vocabulary.fromTokens`. */
  static train(texts: Iterable<string>, options: VocabularyOptions = {}): CharTokenizer {
    const counts = new Map<string, number>();
    for (const text of texts) for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    return new CharTokenizer(Vocabulary.fromCounts(counts, options));
  }

  /** Read the stored form. Errors: `E_TOKENIZER`, `E_VOCABULARY`. */
  static fromJSON(json: unknown): CharTokenizer {
    const { format, version, kind, vocabulary } = (json ?? {}) as Partial<CharTokenizerJson>;
    if (format !== "hiddenstate.tokenizer") throw badTokenizer("format", "hiddenstate.tokenizer", format);
    if (version !== 1) throw badTokenizer("version", "1", version);
    if (kind !== "char") throw badTokenizer("kind", "char", kind);
    return new CharTokenizer(Vocabulary.fromJSON(vocabulary));
  }

  get size(): number {
    return this.vocabulary.size;
  }

  encode(text: string): Encoded {
    const tokens = Array.from(text);
    return { ids: this.vocabulary.encode(tokens), tokens };
  }

  /** The text of ids; specials as they are named. */
  decode(ids: Iterable<number>): string {
    return this.vocabulary.decode(ids).join("");
  }

  toJSON(): CharTokenizerJson {
    const named = { format: "hiddenstate.tokenizer", version: 1, kind: "char" } as const;
    return { ...named, vocabulary: this.vocabulary.toJSON() };
  }
}
