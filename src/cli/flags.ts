/** From the text of a flag to its value, or an error that names the flag. */
import { invalidValue, refusedValue, unknownValue } from "../errors.js";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A parser of numbers for `flag`. Errors: `E_VALUE`. */
export function number(flag: string): (text: string) => number {
  return (text) => {
    if (!NUMBER.test(text)) throw invalidValue("hiddenstate", flag, "a number", `"${text}"`);
    return Number(text);
  };
}

/** A parser of whole numbers for `flag`. Errors: `E_VALUE`. */
export function whole(flag: string): (text: string) => number {
  return (text) => {
    const value = NUMBER.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value)) throw invalidValue("hiddenstate", flag, "a whole number", `"${text}"`);
    return value;
  };
}

/** A parser of one of the `known` words for `flag`. Errors: `E_VALUE`, listing them, or why a word is among the `refused`. */
export function oneOf<Word extends string>(
  flag: string,
  known: readonly Word[],
  refused: Readonly<Record<string, string>> = {},
): (text: string) => Word {
  return (text) => {
    if (Object.hasOwn(refused, text)) throw refusedValue("hiddenstate", flag, text, refused[text]);
    const word = known.find((candidate) => candidate === text);
    if (word === undefined) throw unknownValue("hiddenstate", flag, text, known);
    return word;
  };
}
