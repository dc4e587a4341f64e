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
  /** A whole text, and which of its characters each token stands for. Errors: as `encode`. */
  read(text: string): ReadText;
  /** Tokens to text as they come, behind a prompt. */
  writer(prompt: string): TokenWriter;
}

/** A text as its tokens. */
export interface ReadText {
  /** [N] */
  readonly ids: Int32Array;
  /**
   * Characters of the text, by code points, that the tokens from `from` to before `to` stand for, white space with them; null where
   * those tokens do not say what the text says: a word was unknown, or whether a space stood between two words cannot be seen.
   */
  characters(from: number, to: number): number | null;
}

/** The end of a text, from a token on. */
export function textFrom({ ids, characters }: ReadText, start: number): ReadText {
  return { ids: ids.subarray(start), characters: (from, to) => characters(start + from, start + to) };
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
    read: (text) => ({ ids: vocabulary.encode(text), characters: (from, to) => to - from }),
    prompt: (text) => (text === "" ? start : vocabulary.encode(text)),
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
  return {
    level: "word",
    lineEnd: eos,
    unknown: vocabulary.unk,
    unit: "words",
    size: vocabulary.size,
    document: { name: "tokenizer.json", json: tokenizer },
    encode: (text) => Int32Array.from(encode(text)),
    read(text) {
      const ids: number[] = [];
      // Of the tokens before each: their characters, and how many of them do not say what the text says.
      const [characters, lost] = [[0], [0]];
      const add = (id: number, width: number, told: boolean): void => {
        ids.push(id);
        characters.push(characters[characters.length - 1] + width);
        lost.push(lost[lost.length - 1] + (told ? 0 : 1));
      };
      const lines = linesOf(text);
      for (const [place, line] of lines.entries()) {
        let end = 0;
        for (const word of tokenizer.words(line)) {
          const [at, id] = [line.indexOf(word, end), vocabulary.id(word)];
          const told = (end === 0 || at > end) && vocabulary.has(word) && id !== eos;
          add(id, at - end + Array.from(word).length, told);
          end = at + word.length;
        }
        const broken = place + 1 < lines.length || text.endsWith("\n");
        add(eos, line.length - end + (broken ? 1 : 0), true);
      }
      return {
        ids: Int32Array.from(ids),
        characters: (from, to) => (lost[to] > lost[from] ? null : characters[to] - characters[from]),
      };
    },
    prompt(text) {
      // A line that has not ended has no end of line, and every line begins after one.
      const ids = encode(text);
      return [eos, ...(text.endsWith("\n") ? ids : ids.slice(0, -1))];
    },
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
    read(text) {
      const ids = encode(text);
      return { ids, characters: (from, to) => Array.from(tokenizer.decode(ids.subarray(from, to))).length };
    },
    prompt: (text) => encode(text === "" ? "\n" : text),
    writer: () => tokenizer.writer(),
  };
}

/** Lines without their ends; a line break at the end of the text begins none. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
