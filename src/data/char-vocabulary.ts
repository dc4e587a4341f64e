import { unknownCharacter, unknownToken, vocabularyFormat, vocabularyOrder } from "../errors.js";

/** The stored form of a `CharVocabulary`. */
export interface CharVocabularyJson {
  readonly format: "hiddenstate.vocabulary";
  readonly version: 1;
  readonly kind: "char";
  /** One code point each, ascending; a character's id is its place. */
  readonly characters: readonly string[];
}

/**
 * The characters of a text and their numbers: one id per Unicode code point, in ascending order of code points.
 *
 * @example
 * const vocabulary = CharVocabulary.fromText("hello");
 * vocabulary.encode("hole"); // Int32Array [1, 3, 2, 0]
 */
export class CharVocabulary {
  /** Characters by id. */
  readonly characters: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(characters: readonly string[]) {
    this.characters = characters;
    this.#ids = new Map(characters.map((character, id) => [character, id]));
  }

  /** The vocabulary of every character that occurs in `text`. */
  static fromText(text: string): CharVocabulary {
    return new CharVocabulary([...new Set(text)].sort(byCodePoint));
  }

  /**
   * Read the stored form, as `JSON.parse` gives it.
   *
   * @throws E_VOCABULARY for another format, kind or version, and for characters that are not single, ascending code points
   */
  static fromJSON(json: unknown): CharVocabulary {
    const { format, version, kind, characters } = (json ?? {}) as Partial<CharVocabularyJson>;
    if (format !== "hiddenstate.vocabulary") throw vocabularyFormat("format", format, "hiddenstate.vocabulary");
    if (version !== 1) throw vocabularyFormat("version", version, "1");
    if (kind !== "char") throw vocabularyFormat("kind", kind, "char");
    if (!Array.isArray(characters)) throw vocabularyFormat("characters", characters, "an array");
    let last = -1;
    for (const [id, character] of characters.entries()) {
      const code = typeof character === "string" ? (character.codePointAt(0) ?? -1) : -1;
      if (code <= last || String.fromCodePoint(code) !== character) {
        throw vocabularyOrder(id);
      }
      last = code;
    }
    return new CharVocabulary([...(characters as string[])]);
  }

  /** Number of characters V; ids are 0 … V−1. */
  get size(): number {
    return this.characters.length;
  }

  /**
   * Ids of the characters of `text`, one per code point.
   *
   * @throws E_CHARACTER naming the first character that is not known, and its position in code points
   */
  encode(text: string): Int32Array<ArrayBuffer> {
    const ids = new Int32Array(text.length);
    let n = 0;
    for (const character of text) {
      const id = this.#ids.get(character);
      if (id === undefined) throw unknownCharacter(character, n, this.size);
      ids[n++] = id;
    }
    return n === ids.length ? ids : ids.slice(0, n);
  }

  /**
   * The text that `ids` stand for.
   *
   * @throws E_TOKEN for an id outside 0 … V−1
   */
  decode(ids: Iterable<number>): string {
    const parts: string[] = [];
    for (const id of ids) {
      const character = this.characters[id];
      if (character === undefined) throw unknownToken(id, parts.length, this.size);
      parts.push(character);
    }
    return parts.join("");
  }

  /** The stored form; `JSON.stringify` calls it. */
  toJSON(): CharVocabularyJson {
    return { format: "hiddenstate.vocabulary", version: 1, kind: "char", characters: this.characters };
  }
}

function byCodePoint(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
