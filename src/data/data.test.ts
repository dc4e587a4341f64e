import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CharVocabulary, ContiguousBatches, contiguousStream, splitText } from "./index.js";

describe("CharVocabulary", () => {
  test("ids follow code points, not UTF-16 units", () => {
    const vocabulary = CharVocabulary.fromText("b😀a\uffeeb");
    expect(vocabulary.characters).toEqual(["a", "b", "\uffee", "😀"]);
    expect([...vocabulary.encode("😀a")]).toEqual([3, 0]);
  });

  test("any text survives encode and decode, also through stored JSON", () => {
    const texts = fc.array(fc.nat(0x10ffff)).map((codes) => String.fromCodePoint(...codes));
    fc.assert(
      fc.property(texts, (text) => {
        const stored = JSON.parse(JSON.stringify(CharVocabulary.fromText(text)));
        const vocabulary = CharVocabulary.fromJSON(stored);
        expect(vocabulary.decode(vocabulary.encode(text))).toBe(text);
      }),
    );
  });

  test("an unknown character is named with its position in characters", () => {
    const vocabulary = CharVocabulary.fromText("😀ab");
    expect(() => vocabulary.encode("😀aé")).toThrow('"é" (U+00E9) at position 2 is not among the 3');
  });

  test("an unknown id is named", () => {
    expect(() => CharVocabulary.fromText("ab").decode([0, 2])).toThrow("id 2 at position 1 is outside 0…1");
    expect(() => CharVocabulary.fromText("ab").decode([-1])).toThrow("id -1");
  });

  test.each([
    [null, "format must be hiddenstate.vocabulary, received undefined"],
    [{ format: "x" }, "received x"],
    [{ format: "hiddenstate.vocabulary", version: 2 }, "version must be 1, received 2"],
    [{ format: "hiddenstate.vocabulary", version: 1, kind: "bpe" }, "kind must be char, received bpe"],
    [{ format: "hiddenstate.vocabulary", version: 1, kind: "char", characters: "ab" }, "characters must be an array"],
    [{ format: "hiddenstate.vocabulary", version: 1, kind: "char", characters: ["b", "a"] }, "characters[1]"],
    [{ format: "hiddenstate.vocabulary", version: 1, kind: "char", characters: ["ab"] }, "characters[0]"],
    [{ format: "hiddenstate.vocabulary", version: 1, kind: "char", characters: [""] }, "characters[0]"],
    [{ format: "hiddenstate.vocabulary", version: 1, kind: "char", characters: [7] }, "characters[0]"],
  ])("refuses %j", (json, words) => {
    expect(() => CharVocabulary.fromJSON(json)).toThrow(words);
  });
});

const count = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

describe("ContiguousBatches", () => {
  test("windows of a small text, by hand", () => {
    // 14 tokens, 2 rows, windows of 3: two windows per epoch, rows 0…5 and 6…11, tokens 12 and 13 dropped.
    const batches = new ContiguousBatches(count(14), { batch: 2, window: 3 });
    expect(batches.windowsPerEpoch).toBe(2);
    expect(batches.dropped).toBe(2);
    const first = batches.next();
    expect([...first.inputs]).toEqual([0, 6, 1, 7, 2, 8]);
    expect([...first.targets]).toEqual([1, 7, 2, 8, 3, 9]);
    const second = batches.next();
    expect([...second.inputs]).toEqual([3, 9, 4, 10, 5, 11]);
    expect([...second.targets]).toEqual([4, 10, 5, 11, 6, 12]);
    expect([second.epoch, second.index]).toEqual([0, 1]);
    const third = batches.next();
    expect([third.epoch, third.index]).toEqual([1, 0]);
    expect(third.inputs).toEqual(first.inputs);
  });

  test("each row continues where its last window ended, and one epoch reads every kept token once", () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 }), fc.nat(200));
    fc.assert(
      fc.property(sizes, ([batch, window, extra]) => {
        const n = batch * window + 1 + extra;
        const batches = new ContiguousBatches(count(n), { batch, window });
        const seen: number[] = [];
        let last: Int32Array | undefined;
        for (let i = 0; i < batches.windowsPerEpoch; i++) {
          const { inputs, targets } = batches.next();
          expect(targets).toEqual(inputs.map((id) => id + 1));
          if (last) expect(inputs.subarray(0, batch)).toEqual(last.subarray(-batch));
          last = targets;
          seen.push(...inputs);
        }
        expect(seen.sort((a, b) => a - b)).toEqual([...count(n - batches.dropped)]);
        expect(batches.dropped).toBeLessThanOrEqual(batch * window);
      }),
    );
  });

  test("a saved position resumes", () => {
    const one = new ContiguousBatches(count(50), { batch: 3, window: 4 });
    for (let i = 0; i < 6; i++) one.next();
    const two = new ContiguousBatches(count(50), { batch: 3, window: 4 });
    two.position = JSON.parse(JSON.stringify(one.position));
    expect(two.next()).toEqual(one.next());
  });

  test("too little text and senseless sizes are refused", () => {
    expect(() => new ContiguousBatches(count(6), { batch: 2, window: 3 })).toThrow("at least 7 tokens, the text has 6");
    expect(() => new ContiguousBatches(count(0), { batch: 1, window: 1 })).toThrow("the text has 0");
    expect(new ContiguousBatches(count(7), { batch: 2, window: 3 }).windowsPerEpoch).toBe(1);
    expect(() => new ContiguousBatches(count(9), { batch: 0, window: 3 })).toThrow("batch must be a positive integer");
    expect(() => new ContiguousBatches(count(9), { batch: 1, window: 1.5 })).toThrow("window must be");
    expect(() => {
      new ContiguousBatches(count(9), { batch: 1, window: 1 }).position = -1;
    }).toThrow("position");
  });
});

describe("evaluation and split", () => {
  test("one stream predicts every token but the first, once and in order", () => {
    const windows = [...contiguousStream(count(8), 3)];
    expect(windows.map(({ inputs }) => [...inputs])).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(windows.flatMap(({ targets }) => [...targets])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(windows.map(({ start }) => start)).toEqual([0, 3, 6]);
    expect(() => [...contiguousStream(count(1), 3)]).toThrow("at least 2 tokens");
    expect(() => [...contiguousStream(count(5), 0)]).toThrow("window");
  });

  test("the first part trains, the last validates, nothing is lost", () => {
    const { train, valid } = splitText(count(1_115_394), 0.1);
    expect(train.length).toBe(1_003_854);
    expect(valid[0]).toBe(1_003_854);
    expect(train.length + valid.length).toBe(1_115_394);
    expect(splitText(count(3), 0).valid.length).toBe(0);
    for (const share of [1, -0.1, NaN]) expect(() => splitText(count(3), share)).toThrow("valid must be");
  });
});
