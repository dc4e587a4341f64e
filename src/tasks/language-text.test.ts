import { describe, expect, test } from "vitest";
import { type LanguageText, languageTextFor, openLanguageText } from "./language-text.js";

const SETTINGS = { vocabulary: 300, minCount: 1, rule: "spaces" } as const;
const TEXT = "the cat sat \n the dog <unk> sat\n\nthe end";

const written = (text: LanguageText, ids: Iterable<number>, prompt = ""): string => {
  const writer = text.writer(prompt);
  return [...ids].map((id) => writer.write(id)).join("") + writer.end();
};

describe("words", () => {
  const words = languageTextFor(TEXT, { ...SETTINGS, level: "word" });

  test("every line ends in <eos>; what is rare or new is <unk>", () => {
    expect(words.document.name).toBe("tokenizer.json");
    // <unk>, <eos>, then by count and code point: the ×3, sat ×2, cat, dog, end.
    expect(words.size).toBe(7);
    expect([...words.encode(TEXT)]).toEqual([2, 4, 3, 1, 2, 5, 0, 3, 1, 1, 2, 6, 1]);
    expect([...words.encode("a dog\n")]).toEqual([0, 5, 1]);
    expect(words.encode("").length).toBe(0);
    expect(words.characters(words.encode("the dog\n"))).toBe(9);
    const cut = languageTextFor(TEXT, { ...SETTINGS, level: "word", minCount: 2 });
    expect([...cut.encode("the cat sat")]).toEqual([2, 0, 3, 1]);
  });

  test("a prompt begins a line, and what follows goes on from it", () => {
    expect(Array.from(words.prompt(""))).toEqual([1]);
    expect(Array.from(words.prompt("the cat"))).toEqual([1, 2, 4]);
    expect(Array.from(words.prompt("the cat\n"))).toEqual([1, 2, 4, 1]);
    expect(written(words, [2, 4, 1, 2])).toBe("the cat\nthe");
    expect(written(words, [4, 1, 2, 5], "the")).toBe(" cat\nthe dog");
    expect(written(words, [2], "the\n")).toBe("the");
  });
});

test("pieces: any text is read and written as it is, a character when it is whole", () => {
  const text = languageTextFor("größer, größer, größer 😀 the the\n".repeat(5), { ...SETTINGS, level: "bpe" });
  const new1 = "größte 狐狸 😀\nthe";
  expect(written(text, text.encode(new1))).toBe(new1);
  expect(text.characters(text.encode("größer 😀"))).toBe(8);
  const ids = text.encode("狐");
  const writer = text.writer("");
  expect([...ids].map((id) => writer.write(id))).toEqual(["", "", "狐"]);
  expect(written(text, ids.slice(0, 2))).toBe("\ufffd");
  expect(text.prompt("").length).toBe(1);
});

test.each(["char", "word", "bpe"] as const)("level %s comes back from a run", async (level) => {
  const text = languageTextFor(TEXT, { ...SETTINGS, level });
  const { name, json } = text.document;
  const stored: Record<string, unknown> = JSON.parse(JSON.stringify(json));
  const again = await openLanguageText(async (asked) => (asked === name ? stored : {}), level);
  expect(again.size).toBe(text.size);
  expect(again.encode(TEXT)).toEqual(text.encode(TEXT));
});
