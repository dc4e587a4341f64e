import { invalidValue, tokenizerSize, unknownId, unknownOption, unknownValue } from "../../errors.js";
import { compareCodePoints } from "../vocabulary.js";
import { type BpeJson, type BpeParts, readBpeJson, writeBpeJson } from "./bpe-json.js";
import { MergeTable } from "./bpe-merge.js";
import { type CountedWord, trainMerges } from "./bpe-train.js";
import { BYTE_ALPHABET, ByteCharacterReader, fromByteCharacters, toByteCharacters } from "./byte-characters.js";
import type { Encoded, Tokenizer } from "./tokenizer.js";

/** How a `BpeTokenizer` is trained. */
export interface BpeOptions {
  /** Tokens in all: specials, alphabet and merges; default 8000. */
  readonly size?: number;
  /**
   * "bytes" (default): words keep the space before them, and pieces are of their bytes, as in GPT-2; nothing is unknown and any
   * text comes back as it was. "words": words are what stands between white space, and pieces are of their characters, the last
   * one marked `</w>`; white space comes back as one space, and characters that training did not see as `<unk>`.
   */
  readonly level?: "bytes" | "words";
  /** Join only pairs that occur so often; default 2. */
  readonly minCount?: number;
  /** Tokens with a meaning of their own, in front of all others; where one stands in a text, it is that token. Default none. */
  readonly specials?: readonly string[];
}

/** What `level: "words"` reads characters as that it has not seen. */
const UNKNOWN = "<unk>";
const END_OF_WORD = "</w>";
/** GPT-2's words. What is a letter or a digit is Unicode's word on it, so new letters may differ between engines. */
const GPT2_WORDS = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const PLAIN_WORDS = /\S+/g;
/** Training looks at longer words in parts: a line without spaces must not make every merge walk all of it. */
const LONGEST = 200;
/** Words whose pieces are remembered. */
const CACHE = 20_000;

/**
 * Pieces of words, learned from text: byte-pair encoding. Its stored form is a `tokenizer.json` that Hugging Face's libraries read.
 *
 * @example
 * const tokenizer = BpeTokenizer.train([text], { size: 2000 });
 * tokenizer.encode("lower and lower").tokens; // ["low", "er", "Ġand", "Ġlow", "er"]
 */
export class BpeTokenizer implements Tokenizer {
  /** Tokens by id; those of level "bytes" in GPT-2's alphabet, where "Ġ" is a space. */
  readonly tokens: readonly string[];
  readonly level: "bytes" | "words";
  readonly #parts: BpeParts;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #merges: MergeTable;
  readonly #special: ReadonlySet<string>;
  readonly #specials: RegExp | null;
  readonly #cache = new Map<string, readonly number[]>();

  private constructor(parts: BpeParts) {
    this.#parts = parts;
    this.tokens = parts.tokens;
    this.level = parts.level;
    const ids = new Map(parts.tokens.map((token, id) => [token, id]));
    this.#ids = ids;
    this.#merges = new MergeTable(
      parts.merges.map(([left, right], rank) => [
        ids.get(left)!,
        ids.get(right)!,
        { rank, id: ids.get(left + right)! },
      ]),
    );
    this.#special = new Set(parts.specials);
    // The longest first: of two that begin alike, the longer is meant.
    const patterns = [...parts.specials].sort((a, b) => b.length - a.length).map(escaped);
    this.#specials = patterns.length === 0 ? null : new RegExp(`(${patterns.join("|")})`);
  }

  /**
   * Learn pieces from texts. The same texts and options give the same tokenizer: of pairs that occur equally often the one whose
   * tokens have lower ids is joined first (left, then right); the alphabet is in order of code points. Words of more than 200 characters or bytes are learned from in parts.
   *
   * @throws E_OPTION, E_VALUE for options; E_VALUE for a size too small for specials and alphabet
   */
  static train(texts: Iterable<string>, options: BpeOptions = {}): BpeTokenizer {
    const known = ["size", "level", "minCount", "specials"];
    for (const name of Object.keys(options)) {
      if (!known.includes(name)) throw unknownOption("BpeTokenizer.train", name, known);
    }
    const { size = 8000, level = "bytes", minCount = 2, specials = [] } = options;
    for (const [name, value] of Object.entries({ size, minCount })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw invalidValue("BpeTokenizer.train", name, "a whole number from 1", value);
      }
    }
    if (!["bytes", "words"].includes(level))
      throw unknownValue("BpeTokenizer.train", "level", level, ["bytes", "words"]);
    if (specials.includes(""))
      throw invalidValue("BpeTokenizer.train", "specials", "tokens of a character or more", '""');
    const first = [...new Set(level === "words" ? [UNKNOWN, ...specials] : specials)];
    // As the finished tokenizer will read them: what is special is no part of a word.
    const reader = new BpeTokenizer({ level, tokens: first, merges: [], specials: first, unknown: null });
    const counts = new Map<string, number>();
    for (const text of texts) {
      for (const word of reader.#words(text)) {
        if (word.special === false) counts.set(word.text, (counts.get(word.text) ?? 0) + 1);
      }
    }
    const split = level === "bytes" ? (word: string) => Array.from(toByteCharacters(word)) : markedCharacters;
    const words = [...counts].flatMap(([word, count]) => cut(split(word)).map((parts) => ({ parts, count })));
    const seen = new Set(words.flatMap(({ parts }) => parts));
    const alphabet = level === "bytes" ? BYTE_ALPHABET : [...seen].sort(compareCodePoints);
    const tokens = [...first, ...alphabet.filter((token) => !first.includes(token))];
    if (tokens.length > size) throw tokenizerSize(size, tokens.length);
    const ids = new Map(tokens.map((token, id) => [token, id]));
    const counted = words.map(({ parts, count }): CountedWord => ({
      symbols: parts.map((part) => ids.get(part)!),
      count,
    }));
    const merges = trainMerges(counted, tokens, { size, minCount });
    const pairs = merges.map(({ left, right }) => [tokens[left], tokens[right]] as const);
    const unknown = level === "words" ? UNKNOWN : null;
    return new BpeTokenizer({ level, tokens, merges: pairs, specials: first, unknown });
  }

  /**
   * Read a `tokenizer.json`, as `JSON.parse` gives it: one of `toJSON`, or another of byte-level BPE in GPT-2's way.
   *
   * @throws E_TOKENIZER for anything else, naming what
   */
  static fromJSON(json: unknown): BpeTokenizer {
    return new BpeTokenizer(readBpeJson(json));
  }

  /** Number of tokens V; ids are 0 … V−1. */
  get size(): number {
    return this.tokens.length;
  }

  /** Id of a token; null if it is none. */
  id(token: string): number | null {
    return this.#ids.get(token) ?? null;
  }

  encode(text: string): Encoded {
    const ids: number[] = [];
    for (const word of this.#words(text)) {
      if (word.special) ids.push(this.#ids.get(word.text)!);
      // One by one: a word may have more pieces than a call takes arguments.
      else for (const id of this.#pieces(word.text)) ids.push(id);
    }
    return { ids: Int32Array.from(ids), tokens: ids.map((id) => this.tokens[id]) };
  }

  decode(ids: Iterable<number>): string {
    const parts: string[] = [];
    let bytes = "";
    const flush = (): void => {
      if (bytes !== "") parts.push(fromByteCharacters(bytes));
      bytes = "";
    };
    for (const id of ids) {
      const token = this.tokens[id];
      if (token === undefined) throw unknownId(id, this.size);
      if (this.level === "bytes" && !this.#special.has(token)) bytes += token;
      else {
        flush();
        parts.push(token);
      }
    }
    flush();
    if (this.level === "bytes") return parts.join("");
    return parts.map((part, i) => part.replaceAll(END_OF_WORD, i === parts.length - 1 ? "" : " ")).join("");
  }

  /**
   * Decode tokens one at a time, for text that is shown as it comes: `write` gives what is certain after one more token, `end`
   * what is left. Together it is the text of `decode`, with level "words" but for a space at its end.
   */
  writer(): { write(id: number): string; end(): string } {
    const reader = new ByteCharacterReader();
    return {
      write: (id) => {
        const token = this.tokens[id];
        if (token === undefined) throw unknownId(id, this.size);
        if (this.level === "words") return token.replaceAll(END_OF_WORD, " ");
        return this.#special.has(token) ? reader.end() + token : reader.read(token);
      },
      end: () => reader.end(),
    };
  }

  /** A `tokenizer.json` of Hugging Face's form. */
  toJSON(): BpeJson {
    return writeBpeJson(this.#parts);
  }

  *#words(text: string): Generator<{ readonly text: string; readonly special: boolean }, void, undefined> {
    const pattern = this.level === "bytes" ? GPT2_WORDS : PLAIN_WORDS;
    // A split by a pattern with a group has what matched at odd places.
    for (const [i, section] of (this.#specials === null ? [text] : text.split(this.#specials)).entries()) {
      if (i % 2 === 1) yield { text: section, special: true };
      else for (const [word] of section.matchAll(pattern)) yield { text: word, special: false };
    }
  }

  #pieces(word: string): readonly number[] {
    const known = this.#cache.get(word);
    if (known !== undefined) return known;
    const parts = this.level === "bytes" ? Array.from(toByteCharacters(word)) : markedCharacters(word);
    const merged = this.#merges.apply(parts.map((part) => this.#ids.get(part) ?? -1));
    const { unknown } = this.#parts;
    const unknownIds = unknown === null ? [] : [this.#ids.get(unknown)!];
    const pieces = merged.flatMap((id) => (id < 0 ? unknownIds : id));
    if (word.length <= 64) {
      if (this.#cache.size >= CACHE) this.#cache.clear();
      this.#cache.set(word, pieces);
    }
    return pieces;
  }
}

function cut(parts: readonly string[]): (readonly string[])[] {
  if (parts.length <= LONGEST) return [parts];
  const pieces = Array.from({ length: Math.ceil(parts.length / LONGEST) }, (_, i) => i * LONGEST);
  return pieces.map((start) => parts.slice(start, start + LONGEST));
}

/** Characters of a word, the last one marked. */
function markedCharacters(word: string): string[] {
  const characters = Array.from(word);
  characters[characters.length - 1] += END_OF_WORD;
  return characters;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
