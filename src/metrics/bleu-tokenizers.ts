import { words } from "./words.js";

/** Ways to cut a text before its n-grams are compared; figures of different ones cannot be compared. */
export type BleuTokenizer = "13a" | "intl" | "char" | "none";

/** Each gives the words of one text. */
export const BLEU_TOKENIZERS: Readonly<Record<BleuTokenizer, (text: string) => string[]>> = {
  "13a": mteval13a,
  intl: (text) => words(separate(text, INTERNATIONAL)),
  char: (text) => Array.from(text).filter((character) => words(character).length > 0),
  none: words,
};

const ENTITIES = [
  ["&quot;", '"'],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
] as const;

/** All ASCII punctuation but , - . and ' stands alone; , and . unless between digits; - after a digit. */
const LATIN: readonly (readonly [RegExp, string])[] = [
  [/[!-&(-+/:-@[-`{-~]/g, " $& "],
  [/([^0-9])([.,])/gu, "$1 $2 "],
  [/([.,])([^0-9])/gu, " $1 $2"],
  [/([0-9])(-)/g, "$1 $2 "],
];

/** Punctuation of every script stands alone unless between digits; symbols do anyway. */
const INTERNATIONAL: readonly (readonly [RegExp, string])[] = [
  [/(\P{N})(\p{P})/gu, "$1 $2 "],
  [/(\p{P})(\P{N})/gu, " $1 $2"],
  [/(\p{S})/gu, " $1 "],
];

/** NIST's mteval-v13a, the tokenisation of WMT's published figures. */
function mteval13a(text: string): string[] {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  for (const [entity, character] of ENTITIES) line = line.replaceAll(entity, character);
  return words(separate(` ${line} `, LATIN));
}

function separate(text: string, rules: readonly (readonly [RegExp, string])[]): string {
  let line = text;
  for (const [pattern, replacement] of rules) line = line.replace(pattern, replacement);
  return line;
}
