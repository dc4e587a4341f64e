import { describe, expect, test } from "vitest";
import { type LanguageText, languageTextFor, openLanguageText, textFrom } from "./language-text.js";

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
    const cut = languageTextFor(TEXT, { ...SETTINGS, level: "word", minCount: 2 });
    expect([...cut.encode("the cat sat")]).toEqual([2, 0, 3, 1]);
  });

  test("a token stands for characters of the text, where it says them", () => {
    // Spaces count as they are, <unk> only where the text says so.
    const { ids, characters } = words.read(TEXT);
    expect(ids).toEqual(words.encode(TEXT));
    expect(characters(0, ids.length)).toBe(TEXT.length);
    expect(Array.from(ids, (_, i) => characters(i, i + 1))).toEqual([3, 4, 4, 2, 4, 4, 6, 4, 1, 1, 3, 4, 0]);
    const other = words.read("the cow sat\n the  the");
    expect(other.characters(0, 2)).toBeNull();
    expect(other.characters(2, 7)).toBe(" sat\n the  the".length);
    expect(words.read("the <eos> cat").characters(0, 3)).toBeNull();
    // Whether "end." or "end ." stood there cannot be seen.
    const marks = languageTextFor("the end. the end .", { ...SETTINGS, level: "word", rule: "words" });
    const read = marks.read("the end. the end .\n");
    expect([read.characters(0, 2), read.characters(0, 3), read.characters(3, 7)]).toEqual([7, null, 11]);
    const part = textFrom(read, 3);
    expect([part.ids, part.characters(0, 4)]).toEqual([read.ids.slice(3), 11]);
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
  const read = text.read("größer 😀");
  expect(read.characters(0, read.ids.length)).toBe(8);
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
