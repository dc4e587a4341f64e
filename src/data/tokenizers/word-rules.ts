/**
 * What is a word, by fixed lists of code points: the same in every engine, whatever version of Unicode it knows. Scripts that put no
 * space between words come out as long words: characters or learned pieces suit them better.
 */

/** White space, as the language has defined it since 2015: the whole of `\s`. */
const SPACE = String.raw`\s`;
/** ASCII and Latin-1 punctuation, general punctuation, arrows to dingbats, CJK and full-width punctuation. */
const MARKS = String.raw`!-/:-@\[-\x60\{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2010-\u2027\u2030-\u205e\u2190-\u2bff\u3001-\u3003\u3008-\u3020\u3030\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65`;
const LETTER = `[^${SPACE}${MARKS}]`;
/** A word may hold apostrophes, hyphens, full stops and commas between letters or digits: "don't", "3.14", "e-mail". */
const WORD = `${LETTER}+(?:['\\u2019.,\\-]${LETTER}+)*`;

const PATTERNS = {
  /** Words, and each mark by itself. */
  words: new RegExp(`${WORD}|[${MARKS}]`, "gu"),
  /** What stands between white space: right for text that is tokenised already. */
  spaces: /\S+/g,
} as const;

/** Names of the rules. */
export const WORD_RULES = Object.keys(PATTERNS) as (keyof typeof PATTERNS)[];

/** The words of a text. */
export function wordsOf(text: string, rule: keyof typeof PATTERNS): string[] {
  return text.match(PATTERNS[rule]) ?? [];
}
