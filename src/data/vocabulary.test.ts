import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Vocabulary } from "./index.js";

const specials = { pad: "<pad>", unk: "<unk>", bos: "<s>", eos: "</s>" };

describe("Vocabulary", () => {
  test("specials, then by count, equals by code point", () => {
    const vocabulary = Vocabulary.fromTokens(["b", "\uffee", "a", "😀", "c", "c", "<unk>"], { specials });
    expect(vocabulary.tokens).toEqual(["<pad>", "<unk>", "<s>", "</s>", "c", "a", "b", "\uffee", "😀"]);
    expect([vocabulary.pad, vocabulary.unk, vocabulary.bos, vocabulary.eos]).toEqual([0, 1, 2, 3]);
    expect([...vocabulary.encode(["c", "z", "</s>"])]).toEqual([4, 1, 3]);
    expect(vocabulary.decode([8, 0])).toEqual(["😀", "<pad>"]);
    expect([vocabulary.has("c"), vocabulary.has("z")]).toEqual([true, false]);
  });

  test("rare tokens are cut, and the size is bounded", () => {
    const tokens = ["a", "a", "a", "b", "b", "c", "d"];
    expect(Vocabulary.fromTokens(tokens, { minCount: 2 }).tokens).toEqual(["a", "b"]);
    expect(Vocabulary.fromTokens(tokens, { specials: { unk: "?" }, maxSize: 3 }).tokens).toEqual(["?", "a", "b"]);
    expect(() => Vocabulary.fromTokens(tokens, { minCount: 0 })).toThrow("minCount must be");
    expect(() => Vocabulary.fromTokens(tokens, { specials, maxSize: 3 })).toThrow(
      "maxSize must be a whole number from 4",
    );
  });

  test("without a token for unknowns, what is not known is named", () => {
    const labels = Vocabulary.fromTokens(["yes", "no"]);
    expect(() => labels.encode(["maybe"])).toThrow('"maybe" is not among its 2 tokens');
    expect(() => labels.decode([2])).toThrow("id 2 is outside 0…1");
    expect(labels.unk).toBeNull();
  });

  test("survives JSON, names like those of objects too", () => {
    const tokens = fc.array(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString")));
    fc.assert(
      fc.property(tokens, (all) => {
        const vocabulary = Vocabulary.fromTokens(all, { specials: { unk: "<unk>" } });
        const again = Vocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
        expect(again.tokens).toEqual(vocabulary.tokens);
        expect(again.decode(again.encode(all))).toEqual(all);
        expect(again.unk).toBe(0);
      }),
    );
    expect(Vocabulary.of(["x", "a"]).tokens).toEqual(["x", "a"]);
  });

  const stored = { format: "hiddenstate.vocabulary", version: 1, kind: "tokens" };
  test.each([
    [null, "format must be hiddenstate.vocabulary"],
    [{ ...stored, version: 2 }, "version must be 1"],
    [{ ...stored, kind: "char" }, "kind must be tokens, received char"],
    [{ ...stored, tokens: "ab" }, "tokens must be an array"],
    [{ ...stored, tokens: [1] }, "tokens[0] must be a string"],
    [{ ...stored, tokens: ["a", "a"] }, "tokens[1] must be a token that is not there yet"],
    [{ ...stored, tokens: ["a"], specials: { unk: "b" } }, "specials.unk must be one of the tokens"],
  ])("refuses %j", (json, words) => {
    expect(() => Vocabulary.fromJSON(json)).toThrow(words);
  });
});
