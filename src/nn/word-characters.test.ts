import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/index.js";
import { gradcheck } from "../testing/index.js";
import { scope } from "../tensor/index.js";
import { spellWords, WordCharacters, WORD_CHARACTERS_KINDS } from "./word-characters.js";

const ROWS = [["the", "cat", "the"], ["a"], [], ["cathedral", "the"]];
const encode = (word: string): number[] => Array.from(word, (letter) => letter.charCodeAt(0) - 97);

test("every distinct word is spelt once", () => {
  const { characters, lengths, index } = spellWords(ROWS, 3, encode);
  expect(lengths).toEqual([3, 3, 1, 9]);
  expect(characters.shape).toEqual([9, 4]);
  expect(index.toArray()).toEqual([0, 2, -1, 3, 1, -1, -1, 0, 0, -1, -1, -1]);
  expect(characters.toArray().slice(0, 4)).toEqual([19, 2, 0, 2]);
});

describe.each(WORD_CHARACTERS_KINDS)("%s", (kind) => {
  const letters = new WordCharacters({ kind, vocabularySize: 26, embed: 3, size: 4, dtype: "f64" }, new Rng(5));

  test("a word has the same features wherever and beside whatever it stands", () => {
    scope(() => {
      const all = letters.forward(spellWords(ROWS, 3, encode));
      expect(all.shape).toEqual([3, 4, 4]);
      const values = all.toArray();
      const at = (t: number, b: number): number[] => values.slice((t * 4 + b) * 4, (t * 4 + b + 1) * 4);
      const alone = letters.forward(spellWords([["the"]], 1, encode)).toArray();
      expect(at(0, 0)).toEqual(alone);
      expect(at(2, 0)).toEqual(alone);
      expect(at(1, 3)).toEqual(alone);
      expect(at(0, 3)).not.toEqual(at(1, 0));
      expect(at(2, 1)).toEqual([0, 0, 0, 0]);
    });
  });

  test("gradients", () => {
    gradcheck(() => letters.forward(spellWords(ROWS, 3, encode)), letters.parameters());
  });
});

test("refusals", () => {
  const sizes = { vocabularySize: 26, embed: 3, size: 3 };
  expect(() => new WordCharacters({ kind: "lstm", ...sizes })).toThrow(/size must be an even/u);
  // @ts-expect-error no such kind
  expect(() => new WordCharacters({ kind: "gru", ...sizes })).toThrow(/kind cannot be "gru"/u);
  // @ts-expect-error no such option
  expect(() => new WordCharacters({ kind: "cnn", ...sizes, layers: 2 })).toThrow(/no option "layers"/u);
});
