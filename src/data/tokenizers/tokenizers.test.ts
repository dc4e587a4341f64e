import { Tokenizer as Other } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BpeTokenizer, CharTokenizer, readTokenizer, WordTokenizer } from "../index.js";

const TEXT = `The quick brown fox doesn't jump over the lazy dogs; they've jumped, it'll be 42 or 3,141.
Der Fuchs springt über größere Zäune. Лиса прыгает, лиса бежит. 狐狸跳过 😀😀 the end  of   it.\n\n\tTabs\r\n`;
const TEXTS = [TEXT.repeat(3), "lower lowest newer newest wider widest ".repeat(8), "<eos> is written out"];

const STRINGS = [
  "",
  " ",
  "the lowest fox",
  "  leading and   inner spaces  ",
  "don't they'll we've I'm he'd DON'T",
  "naïve café ﬁne Ångström ŐŰ",
  "Лисица и狐狸 日本語テキスト 한국어",
  "😀👩‍👩‍👧 flags 🇩🇪 and \u200b zero\u00adwidth",
  "line\nbreaks\r\nand\ttabs \u00a0\u2003\u2028 ends\n",
  "combining e\u0301 and a\u030a",
  "3.14159 1234567890 ¼ ² Ⅷ",
  "\ufeffmark \ufffd \u0000 nul \u0085 next",
  "a lone \ud800 surrogate \udc00.",
  "<eos> and <eos><pad> and <eos",
  "x".repeat(300),
];

const oracle = (tokenizer: BpeTokenizer): Other =>
  new Other(JSON.parse(JSON.stringify(tokenizer)) as object, { clean_up_tokenization_spaces: false });

describe.each([
  ["bytes", { level: "bytes", size: 420, specials: ["<pad>", "<eos>"] }],
  ["bytes without specials", { level: "bytes", size: 300 }],
  ["words", { level: "words", size: 260, specials: ["<pad>", "<eos>"] }],
] as const)("BPE of %s", (_, options) => {
  const tokenizer = BpeTokenizer.train(TEXTS, options);
  const other = oracle(tokenizer);
  const again = BpeTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));

  const agree = (text: string): void => {
    const { ids, tokens } = tokenizer.encode(text);
    const theirs = other.encode(text);
    expect([...ids]).toEqual(theirs.ids);
    expect(tokens).toEqual(theirs.tokens);
    expect([...again.encode(text).ids]).toEqual([...ids]);
    if (ids.length > 0) expect(tokenizer.decode(ids)).toBe(other.decode([...ids]));
  };

  test("gives the ids, tokens and text of @huggingface/tokenizers", () => {
    for (const text of [...STRINGS, ...TEXTS]) agree(text);
    const words = fc.constantFrom(
      "low",
      "est",
      "er ",
      " ",
      "the",
      "é",
      "😀",
      "狐",
      "'ll",
      "\n",
      "7",
      "<eos>",
      "q",
      "\u0301",
      "-",
    );
    fc.assert(
      fc.property(fc.array(words), (parts) => agree(parts.join(""))),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), agree), { numRuns: 300 });
  });

  test("has learned something, and no token stands for two pieces", () => {
    expect(tokenizer.encode("lowest newest").ids.length).toBeLessThan(8);
    expect(new Set(tokenizer.tokens).size).toBe(tokenizer.size);
    expect(tokenizer.size).toBeLessThanOrEqual(options.size);
  });

  test("any decoding agrees, cut characters too", () => {
    const ids = fc.array(fc.nat(tokenizer.size - 1), { minLength: 1 });
    const written = (some: number[]): string => {
      const writer = tokenizer.writer();
      return some.map((id) => writer.write(id)).join("") + writer.end();
    };
    fc.assert(
      fc.property(ids, (some) => {
        const text = tokenizer.decode(some);
        expect(text).toBe(other.decode(some));
        expect(written(some).replace(/ $/, "")).toBe(text.replace(/ $/, ""));
      }),
      { numRuns: 300 },
    );
  });
});

describe("BpeTokenizer", () => {
  test("merges by hand: the most frequent pair, equals by lower ids", () => {
    // ab ×2 and cd ×2 come equally often: a, b have the lower ids. Then (ab) c does not reach two.
    const tokenizer = BpeTokenizer.train(["ab cd", "cd ab", "x"], { level: "words", size: 100 });
    expect(tokenizer.toJSON().model.merges).toEqual(["a b</w>", "c d</w>"]);
    expect(tokenizer.tokens).toEqual(["<unk>", "a", "b</w>", "c", "d</w>", "x</w>", "ab</w>", "cd</w>"]);
    expect(tokenizer.encode("ab abc zx").tokens).toEqual(["ab</w>", "a", "<unk>", "<unk>", "<unk>", "x</w>"]);
    expect(tokenizer.decode(tokenizer.encode("ab  cd\n").ids)).toBe("ab cd");
  });

  test("overlapping pairs go from left to right", () => {
    const tokenizer = BpeTokenizer.train(["aaaaa aaa"], { level: "words", size: 5 });
    expect(tokenizer.encode("aaaaaa").tokens.join(" ")).toBe(oracle(tokenizer).encode("aaaaaa").tokens.join(" "));
    expect(tokenizer.toJSON().model.merges).toEqual(["a a", "aa a</w>"]);
  });

  test("a plain recount of all pairs at every step learns the same merges", () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c", " "), minLength: 3, maxLength: 40 }));
    fc.assert(
      fc.property(texts, (all) => {
        const size = 24;
        const learned = BpeTokenizer.train(all, { level: "words", size, minCount: 1 });
        const alphabet = learned.tokens.filter((token) => /^.(<\/w>)?$/u.test(token));
        expect(learned.toJSON().model.merges).toEqual(slowMerges(all, ["<unk>", ...alphabet], size));
      }),
      { numRuns: 200 },
    );
  });

  test("byte level: any text comes back", () => {
    const tokenizer = BpeTokenizer.train(TEXTS, { size: 400 });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(Buffer.from(text).toString());
      }),
    );
    expect(tokenizer.encode("").ids.length).toBe(0);
    expect(tokenizer.id("Ġthe")).toBeTypeOf("number");
    expect(tokenizer.id("nowhere")).toBeNull();
    expect(() => tokenizer.decode([400])).toThrow("id 400 is outside 0…399");
  });

  test.each(["bytes", "words"] as const)(
    "a line of 300,000 letters is learned from and read in seconds: %s",
    (level) => {
      let seed = 1;
      const letter = () => "etaoinshr"[(seed = (Math.imul(seed, 48271) % 0x7fffffff) >>> 0) % 9];
      const text = Array.from({ length: 300_000 }, letter).join("");
      const tokenizer = BpeTokenizer.train([text], { size: 1000, level });
      expect(tokenizer.size).toBe(1000);
      expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text);
    },
    60_000,
  );

  test("senseless options are refused", () => {
    expect(() => BpeTokenizer.train(TEXTS, { size: 100 })).toThrow(
      "100 tokens are too few: specials and alphabet alone are 256",
    );
    expect(() => BpeTokenizer.train(TEXTS, { size: 0 })).toThrow("size must be a whole number from 1");
    expect(() => BpeTokenizer.train(TEXTS, { minCount: 1.5 })).toThrow("minCount");
    expect(() => BpeTokenizer.train(TEXTS, { level: "chars" as "words" })).toThrow('level cannot be "chars"');
    expect(() => BpeTokenizer.train(TEXTS, { vocab: 3 } as object)).toThrow('no option "vocab"');
    expect(() => BpeTokenizer.train(TEXTS, { specials: [""] })).toThrow("specials");
  });

  const good = () => structuredClone(BpeTokenizer.train(["ab ab"], { level: "words", size: 10 }).toJSON());
  const model = (change: object) => ({ ...good(), model: { ...good().model, ...change } });
  test.each([
    ["nothing", null, "the file must be an object"],
    ["another model", model({ type: "Unigram" }), 'model.type must be "BPE"'],
    ["a normaliser", { ...good(), normalizer: { type: "NFC" } }, "normalizer must be null"],
    ["other words", { ...good(), pre_tokenizer: { type: "Metaspace" } }, "pre_tokenizer.type"],
    ["a merge of unknowns", model({ merges: ["q x"] }), "model.merges[0]"],
    ["an id twice", model({ vocab: { a: 0, b: 0 } }), "an id of its own"],
    ["a gap", model({ vocab: { "<unk>": 0, b: 2 } }), "a token for every id below 3"],
    ["an id beyond all", model({ vocab: { a: 0, b: 1e9 } }), "an id from 0 to 2"],
    ["no unknown", model({ unk_token: "?" }), "model.unk_token"],
  ])("refuses %s", (_, json, words) => {
    expect(() => BpeTokenizer.fromJSON(json)).toThrow(words);
  });

  test("reads the newer form of merges", () => {
    const merges = (good().model.merges as string[]).map((merge) => merge.split(" "));
    expect(BpeTokenizer.fromJSON(model({ merges })).encode("ab").tokens).toEqual(["ab</w>"]);
  });
});

/** The definition, without any index: count every pair of every word, join the best, begin again. */
function slowMerges(texts: readonly string[], tokens: string[], size: number): string[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  let words = texts
    .flatMap((text) => text.match(/\S+/g) ?? [])
    .map((word) => [...Array.from(word.slice(0, -1)), `${word.at(-1)}</w>`]);
  const merges: string[] = [];
  while (ids.size < size) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const order = (pair: string): [number, number] =>
      pair.split(" ").map((token) => ids.get(token)!) as [number, number];
    const [best] = [...counts].sort(
      ([a, m], [b, n]) => n - m || order(a)[0] - order(b)[0] || order(a)[1] - order(b)[1],
    );
    if (best === undefined) break;
    const [left, right] = best[0].split(" ");
    merges.push(best[0]);
    if (!ids.has(left + right)) ids.set(left + right, ids.size);
    words = words.map((word) => {
      const joined: string[] = [];
      for (let i = 0; i < word.length; i++) {
        const here = word[i] === left && word[i + 1] === right;
        joined.push(here ? left + right : word[i]);
        if (here) i++;
      }
      return joined;
    });
  }
  return merges;
}

describe("WordTokenizer", () => {
  const cut = (text: string): string[] => WordTokenizer.train([text], { specials: { unk: "<unk>" } }).words(text);

  test("words, marks, and what may stand within a word", () => {
    expect(cut('Don\'t "panic", e-mail 3.14 or 1,000 (it’s U.S.)!')).toEqual([
      "Don't",
      '"',
      "panic",
      '"',
      ",",
      "e-mail",
      "3.14",
      "or",
      "1,000",
      "(",
      "it’s",
      "U.S",
      ".",
      ")",
      "!",
    ]);
    expect(cut("«größer» – schön…\n¿qué? 漢字。次 😀 a_b C++")).toEqual([
      "«",
      "größer",
      "»",
      "–",
      "schön",
      "…",
      "¿",
      "qué",
      "?",
      "漢字",
      "。",
      "次",
      "😀",
      "a",
      "_",
      "b",
      "C",
      "+",
      "+",
    ]);
    expect(cut(" \u2028\u00a0\t\n")).toEqual([]);
    expect(cut("``quoted'' -- {x} [y] ~z|")).toEqual([
      "`",
      "`",
      "quoted",
      "'",
      "'",
      "-",
      "-",
      "{",
      "x",
      "}",
      "[",
      "y",
      "]",
      "~",
      "z",
      "|",
    ]);
  });

  test("every character but white space is in one token", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(cut(text).join("")).toBe(text.replace(/\s+/g, ""));
      }),
    );
  });

  test("unknowns, case, text that is tokenised already", () => {
    const words = WordTokenizer.train(["The cat . the dog"], { lowercase: true, specials: { unk: "<unk>" } });
    expect(words.vocabulary.tokens).toEqual(["<unk>", "the", ".", "cat", "dog"]);
    expect([...words.encode("THE bird.").ids]).toEqual([1, 0, 2]);
    expect(words.decode([1, 3])).toBe("the cat");
    const spaces = WordTokenizer.train(["U.S. <unk> N"], { rule: "spaces", specials: { unk: "<unk>" } });
    expect(spaces.words(" U.S.  <unk>\tN ")).toEqual(["U.S.", "<unk>", "N"]);
    expect(() => WordTokenizer.train([], { rule: "icu" as "words" })).toThrow('rule cannot be "icu"');
  });
});

describe("stored tokenizers", () => {
  const specials = { unk: "<unk>" };
  test.each([
    ["char", CharTokenizer.train(["hello 😀"], { specials })],
    ["word", WordTokenizer.train(["hello, you"], { specials, lowercase: true })],
    ["BPE", BpeTokenizer.train(TEXTS, { size: 300 })],
  ])("%s", (_, tokenizer) => {
    const again = readTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    for (const text of STRINGS) expect(again.encode(text)).toEqual(tokenizer.encode(text));
    expect(again.size).toBe(tokenizer.size);
    expect(JSON.stringify(again)).toBe(JSON.stringify(tokenizer));
  });

  test("what is none", () => {
    expect(() => readTokenizer(null)).toThrow("format must be hiddenstate.tokenizer");
    expect(() => readTokenizer({ format: "hiddenstate.tokenizer", kind: "x" })).toThrow("kind must be char or word");
    expect(() => readTokenizer({ format: "hiddenstate.tokenizer", kind: "char", version: 2 })).toThrow(
      "version must be 1",
    );
    const word = { format: "hiddenstate.tokenizer", version: 1, kind: "word" };
    expect(() => readTokenizer({ ...word, rule: "icu" })).toThrow("rule must be words or spaces");
    expect(() => readTokenizer({ ...word, rule: "words" })).toThrow("lowercase must be");
    expect(() => readTokenizer({ ...word, rule: "words", lowercase: true })).toThrow("Vocabulary.fromJSON");
  });
});
