/** What a language model reads and writes: characters, words or pieces of words. */
import { BpeTokenizer, CharVocabulary, WordTokenizer } from "../data/index.js";
import type { DocumentReader } from "./define-task.js";

/** Levels at which a text is read. */
export const LANGUAGE_LEVELS = ["char", "word", "bpe"] as const;

/** One of them. */
export type LanguageLevel = (typeof LANGUAGE_LEVELS)[number];

/** Text to tokens and back, one at a time. */
export interface LanguageText {
  readonly level: LanguageLevel;
  /** Tokens V; ids are 0 … V−1. */
  readonly size: number;
  /** What a token is, in the plural. */
  readonly unit: "characters" | "words" | "pieces";
  /** Token that ends a line; null where no text had a second line. */
  readonly lineEnd: number | null;
  /** Token for what is not known, which is never written; null if there is none. */
  readonly unknown: number | null;
  /** The document of a run that holds it. */
  readonly document: { readonly name: string; readonly json: object };
  /** A whole text. Errors: `E_CHARACTER` at level char. */
  encode(text: string): Int32Array;
  /** What is read before writing goes on from a prompt; from none, the end of a line. Errors: as `encode`. */
  prompt(text: string): ArrayLike<number>;
  /** Characters that tokens stand for. */
  characters(ids: Int32Array): number;
  /** Tokens to text as they come, behind a prompt. */
  writer(prompt: string): TokenWriter;
}

/** Turns tokens into text, each as soon as its text is known. */
export interface TokenWriter {
  /** The text of one more token; empty while it ends within a character. */
  write(id: number): string;
  /** What is left when no token follows. */
  end(): string;
}

/** How a text is read, of the options of the task. */
export interface LanguageTextOptions {
  readonly level: LanguageLevel;
  /** Most tokens, at levels word and bpe. */
  readonly vocabulary: number;
  /** Words that occur less often are unknown, at level word. */
  readonly minCount: number;
  /** What a word is, at level word. */
  readonly rule: "words" | "spaces";
}

/** Tokens made for a text. Errors: `E_VALUE` for a vocabulary too small for level bpe. */
export function languageTextFor(
  text: string,
  { level, vocabulary, minCount, rule }: LanguageTextOptions,
): LanguageText {
  if (level === "char") return characters(CharVocabulary.fromText(text));
  if (level === "bpe") return pieces(BpeTokenizer.train([text], { size: vocabulary }));
  const specials = { unk: "<unk>", eos: "<eos>" };
  return words(WordTokenizer.train(linesOf(text), { rule, minCount, maxSize: vocabulary, specials }));
}

/** The tokens of a run. Errors: `E_VOCABULARY`, `E_TOKENIZER`; what reading a run throws. */
export async function openLanguageText(read: DocumentReader, level: LanguageLevel): Promise<LanguageText> {
  if (level === "char") return characters(CharVocabulary.fromJSON(await read("vocabulary.json")));
  const json = await read("tokenizer.json");
  return level === "bpe" ? pieces(BpeTokenizer.fromJSON(json)) : words(WordTokenizer.fromJSON(json));
}

/** One id per code point. */
function characters(vocabulary: CharVocabulary): LanguageText {
  const newline = vocabulary.characters.indexOf("\n");
  const start = [Math.max(0, newline)];
  return {
    level: "char",
    lineEnd: newline < 0 ? null : newline,
    unknown: null,
    unit: "characters",
    size: vocabulary.size,
    document: { name: "vocabulary.json", json: vocabulary },
    encode: (text) => vocabulary.encode(text),
    prompt: (text) => (text === "" ? start : vocabulary.encode(text)),
    characters: (ids) => ids.length,
    writer: () => ({ write: (id) => vocabulary.characters[id], end: () => "" }),
  };
}

/** Words, and `<eos>` at the end of each line, which stands for the line break. */
function words(tokenizer: WordTokenizer): LanguageText {
  const { vocabulary } = tokenizer;
  const eos = vocabulary.eos!;
  const encode = (text: string): number[] => {
    const ids: number[] = [];
    for (const line of linesOf(text)) {
      for (const word of tokenizer.words(line)) ids.push(vocabulary.id(word));
      ids.push(eos);
    }
    return ids;
  };
  const length = (id: number): number => (id === eos ? 1 : Array.from(vocabulary.token(id)).length + 1);
  return {
    level: "word",
    lineEnd: eos,
    unknown: vocabulary.unk,
    unit: "words",
    size: vocabulary.size,
    document: { name: "tokenizer.json", json: tokenizer },
    encode: (text) => Int32Array.from(encode(text)),
    prompt(text) {
      // A line that has not ended has no end of line, and every line begins after one.
      const ids = encode(text);
      return [eos, ...(text.endsWith("\n") ? ids : ids.slice(0, -1))];
    },
    characters: (ids) => ids.reduce((sum, id) => sum + length(id), 0),
    writer(prompt) {
      let begins = prompt === "" || prompt.endsWith("\n");
      return {
        write(id) {
          const text = id === eos ? "\n" : `${begins ? "" : " "}${vocabulary.token(id)}`;
          begins = id === eos;
          return text;
        },
        end: () => "",
      };
    },
  };
}

/** Pieces of words, line breaks among them. */
function pieces(tokenizer: BpeTokenizer): LanguageText {
  const encode = (text: string): Int32Array => tokenizer.encode(text).ids;
  return {
    level: "bpe",
    lineEnd: tokenizer.encode("\n").ids[0],
    unknown: null,
    unit: "pieces",
    size: tokenizer.size,
    document: { name: "tokenizer.json", json: tokenizer },
    encode,
    prompt: (text) => encode(text === "" ? "\n" : text),
    characters: (ids) => Array.from(tokenizer.decode(ids)).length,
    writer: () => tokenizer.writer(),
  };
}

/** Lines without their ends; a line break at the end of the text begins none. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
