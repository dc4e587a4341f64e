import { badTokenizer, unknownValue } from "../../errors.js";
import { Vocabulary, type VocabularyJson, type VocabularyOptions } from "../vocabulary.js";
import type { Encoded, Tokenizer } from "./tokenizer.js";
import { WORD_RULES, wordsOf } from "./word-rules.js";

/** How text is cut into words. */
export interface WordRule {
  /**
   * "words" (default): runs of letters and digits, with `'`, `’`, `.`, `,` and `-` between them, and every other mark by itself.
   * "spaces": what stands between white space, for text that is tokenised already.
   */
  readonly rule?: "words" | "spaces";
  /** Whether case is dropped; default false. */
  readonly lowercase?: boolean;
}

/** The stored form of a `WordTokenizer`. */
export interface WordTokenizerJson extends Required<WordRule> {
  readonly format: "hiddenstate.tokenizer";
  readonly version: 1;
  readonly kind: "word";
  readonly vocabulary: VocabularyJson;
}

/**
 * Words and their numbers. What white space stood between them is not kept: `decode` puts one space.
 *
 * @example
 * const words = WordTokenizer.train(["Don't panic, Arthur."], { lowercase: true, specials: { unk: "<unk>" } });
 * words.encode("Don't, Ford!").tokens; // ["don't", ",", "ford", "!"]
 */
export class WordTokenizer implements Tokenizer {
  readonly vocabulary: Vocabulary;
  readonly rule: "words" | "spaces";
  readonly lowercase: boolean;

  /** @throws E_VALUE for an unknown rule */
  constructor(vocabulary: Vocabulary, { rule = "words", lowercase = false }: WordRule = {}) {
    if (!WORD_RULES.includes(rule)) throw unknownValue("WordTokenizer", "rule", rule, WORD_RULES);
    this.vocabulary = vocabulary;
    this.rule = rule;
    this.lowercase = lowercase;
  }

  /** The words that occur in texts. Errors: those of `Vocabulary.fromTokens`. */
  static train(
    texts: Iterable<string>,
    { rule, lowercase, ...options }: VocabularyOptions & WordRule = {},
  ): WordTokenizer {
    const cutter = new WordTokenizer(Vocabulary.of([]), { rule, lowercase });
    const counts = new Map<string, number>();
    for (const text of texts) for (const word of cutter.words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return new WordTokenizer(Vocabulary.fromCounts(counts, options), cutter);
  }

  /** Read the stored form. Errors: `E_TOKENIZER`, `E_VOCABULARY`. */
  static fromJSON(json: unknown): WordTokenizer {
    const { format, version, kind, rule, lowercase, vocabulary } = (json ?? {}) as Partial<WordTokenizerJson>;
    if (format !== "hiddenstate.tokenizer") throw badTokenizer("format", "hiddenstate.tokenizer", format);
    if (version !== 1) throw badTokenizer("version", "1", version);
    if (kind !== "word") throw badTokenizer("kind", "word", kind);
    if (rule === undefined || !WORD_RULES.includes(rule)) throw badTokenizer("rule", WORD_RULES.join(" or "), rule);
    if (typeof lowercase !== "boolean") throw badTokenizer("lowercase", "true or false", lowercase);
    return new WordTokenizer(Vocabulary.fromJSON(vocabulary), { rule, lowercase });
  }

  get size(): number {
    return this.vocabulary.size;
  }

  /** The words of a text, known or not. */
  words(text: string): string[] {
    return wordsOf(this.lowercase ? text.toLowerCase() : text, this.rule);
  }

  encode(text: string): Encoded {
    const tokens = this.words(text);
    return { ids: this.vocabulary.encode(tokens), tokens };
  }

  decode(ids: Iterable<number>): string {
    return this.vocabulary.decode(ids).join(" ");
  }

  toJSON(): WordTokenizerJson {
    const { rule, lowercase, vocabulary } = this;
    const named = { format: "hiddenstate.tokenizer", version: 1, kind: "word" } as const;
    return { ...named, rule, lowercase, vocabulary: vocabulary.toJSON() };
  }
}
