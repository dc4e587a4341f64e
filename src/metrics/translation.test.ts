/** BLEU and chrF beside the published test cases of sacreBLEU (test/test_bleu.py, test_sentence_bleu.py, test_chrf.py). */
import { describe, expect, test } from "vitest";
import { bleu, bleuOfRow, type BleuOptions, bleuRows, chrf, sentenceBleu } from "./index.js";

const hypotheses = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
const references = [
  ["The dog bit the man.", "The dog had bit the man."],
  ["It was not unexpected.", "No one was surprised."],
  ["The man bit him first.", "The man had bitten the dog."],
];

describe("BLEU", () => {
  test.each<[BleuOptions, number]>([
    [{}, 48.530827],
    [{ tokenizer: "none" }, 49.1919566],
    [{ tokenizer: "13a" }, 48.530827],
    [{ tokenizer: "intl" }, 43.91623493],
    [{ smooth: "none" }, 48.530827],
  ])("the README's texts, %j", (options, expected) => {
    expect(Math.abs(bleu(hypotheses, references, options).score - expected)).toBeLessThan(1e-7);
  });

  test("empty hypotheses count", () => {
    expect(bleu(["", "", ""], references).score).toBe(0);
    expect(bleu(["", hypotheses[0]], references.slice(0, 2)).brevityPenalty).toBeLessThan(1);
  });

  const hypothesis = "Producția de zahăr primă va fi exprimată în ceea ce privește zahărul alb;";
  const reference = "producţia de zahăr brut se exprimă în zahăr alb;";
  test.each<[BleuOptions, number]>([
    [{ smooth: "exp" }, 8.493],
    [{ smooth: "none" }, 0],
    [{ smooth: "floor" }, 4.51688],
    [{ smooth: "floor", smoothValue: 0.5 }, 10.1],
    [{ smooth: "add-k" }, 14.882],
    [{ smooth: "add-k", smoothValue: 2 }, 21.389],
    [{ tokenizer: "none" }, 7.347],
    [{ tokenizer: "intl" }, 8.493],
    [{ tokenizer: "char" }, 40.8759],
    [{ tokenizer: "char", lowercase: true }, 42.0267],
  ])("one sentence, %j", (options, expected) => {
    expect(Math.abs(sentenceBleu(hypothesis, reference, options).score - expected)).toBeLessThan(1e-3);
  });

  test.each(["exp", "floor", "add-k", "none"] as const)("no word in common is 0, smoothed by %s or not", (smooth) => {
    expect(sentenceBleu("this is a cat", "okay thanks", { smooth }).score).toBe(0);
  });

  test("counts that are given", () => {
    const options = { smooth: "floor", smoothValue: 0 } as const;
    expect(bleuOfRow([11, 11, 9, 7, 5, 3, 10, 8, 6, 4], options).score / 100).toBeCloseTo(0.8375922397, 9);
    for (const row of [
      [0, 1, 0, 0, 0, 0, 4, 4, 2, 1],
      [6, 6, 6, 5, 4, 0, 6, 5, 4, 3],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]) {
      expect(bleuOfRow(row, options).score).toBe(0);
    }
  });

  test("texts that are tokenised already", () => {
    const raw = (made: string[], wanted: string[]): number =>
      bleu(made, wanted, { tokenizer: "none", smooth: "floor", smoothValue: 0.01, effectiveOrder: true }).score / 100;
    expect(raw(["this is a test", "another test"], ["ref1", "ref2"])).toBe(0);
    expect(raw(["this is a test"], ["this is a test"])).toBeCloseTo(1, 12);
    expect(raw(["this is a fest"], ["this is a test"])).toBeCloseTo(0.223606797749979, 12);
  });

  test("effective order", () => {
    const raw = (text: string, other: string): number =>
      sentenceBleu(text, other, { tokenizer: "none", smooth: "floor", smoothValue: 0.01 }).score / 100;
    expect(raw("test", "a test")).toBeCloseTo(0.3678794411714425, 12);
    expect(raw("a test", "a test")).toBeCloseTo(1, 12);
    expect(raw("a little test", "a test")).toBeCloseTo(0.03218297948685433, 12);
  });

  test("a corpus is the sum of its texts", () => {
    const rows = bleuRows(hypotheses, references);
    const sum = rows[0].map((_, i) => rows.reduce((total, row) => total + row[i], 0));
    expect(bleuOfRow(sum).score).toBe(bleu(hypotheses, references).score);
  });

  test("the signature says what two figures must share", () => {
    expect(bleu(["a"], ["a"]).signature).toBe("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
    const options = { lowercase: true, smooth: "floor", tokenizer: "intl", maxOrder: 2 } as const;
    expect(bleu(["a", "b"], [["a"], ["a", "b"]], options).signature).toBe(
      "nrefs:var|case:lc|eff:no|tok:intl|smooth:floor[0.10]|order:2",
    );
  });

  test("13a: entities, numbers, dashes", () => {
    const same = (a: string, b: string): number => bleu([a], [b], { effectiveOrder: true }).counts[0];
    expect(same("&quot;1,000.5&quot;, it's", '" 1,000.5 " , it\'s')).toBe(5);
    expect(same("10-year well-known", "10 - year well-known")).toBe(4);
  });

  test("what cannot be computed is refused", () => {
    expect(() => bleu(["a"], [])).toThrow("1 predictions for 0 targets");
    expect(() => bleu([], [])).toThrow("there are no examples");
    expect(() => bleu(["a"], [[]])).toThrow("references of text 0");
    expect(() => bleu(["a"], ["a"], { smooth: "add" as "exp" })).toThrow("Known: exp, floor, add-k, none");
    expect(() => bleu(["a"], ["a"], { tokenizer: "zh" as "13a" })).toThrow("Known: 13a");
    expect(() => bleu(["a"], ["a"], { tokenize: "13a" } as BleuOptions)).toThrow('Did you mean "tokenizer"?');
  });
});

describe("chrF", () => {
  const risk = [
    " risk assessment must be made of those who are qualified and expertise in the sector - these are the scientists .",
    "risk assessment has to be undertaken by those who are qualified and expert in that area - that is the scientists .",
  ];
  const obama = [
    " Die    Beziehung zwischen  Obama und Netanjahu ist nicht gerade  freundlich. ",
    "Das Verhältnis zwischen Obama und Netanyahu ist nicht gerade freundschaftlich.",
  ];

  test.each([
    [["abcdefg"], ["hijklmnop"], 0],
    [[""], ["reference"], 0],
    [["aa"], ["ab"], 8.3333],
    [["a", "b"], ["a", "c"], 8.3333],
    [["a"], ["a"], 16.6667],
    [["a b c"], ["abc"], 50],
    [[risk[0]], [risk[1]], 63.36173],
    [[obama[0]], [obama[1]], 64.1302698],
  ])("epsilon smoothing, beta 3: %j %j", (made, wanted, expected) => {
    expect(Math.abs(chrf(made, wanted, { beta: 3, epsilonSmoothing: true }).score - expected)).toBeLessThan(1e-4);
  });

  test.each([
    [["a"], ["a"], 100],
    [[""], ["reference"], 0],
    [["a b c"], ["abc"], 100],
    [["a", "b"], ["a", "c"], 50],
    [["aa"], ["ab"], 25],
  ])("orders that are too long left out, beta 3: %j %j", (made, wanted, expected) => {
    expect(chrf(made, wanted, { beta: 3 }).score).toBeCloseTo(expected, 10);
  });

  test("with white space", () => {
    const [made, wanted] = [risk[0].trim(), risk[1]];
    expect(Math.abs(chrf([made], [wanted], { beta: 3, whitespace: true }).score - 65.2414427)).toBeLessThan(1e-4);
  });

  test("sentences, beta 2", () => {
    const score = (made: string, wanted: string): number => chrf([made], [wanted], { epsilonSmoothing: true }).score;
    expect(
      score(
        "Co nás nejvíc trápí, protože lékaři si vybírají, kdo bude žít a kdo zemře.",
        "Nejvíce smutní jsme z toho, že musíme rozhodovat o tom, kdo bude žít a kdo zemře.",
      ),
    ).toBeCloseTo(39.14078509, 6);
    expect(
      score(
        "Nebo prostě nemají vybavení, které by jim pomohlo, uvedli lékaři.",
        "A někdy nemáme ani potřebný materiál, abychom jim pomohli, popsali lékaři.",
      ),
    ).toBeCloseTo(31.22557079, 6);
    expect(
      score(
        "Lapali po dechu, jejich životy skončily dřív, než skutečně začaly.",
        "Lapali po dechu a pak jejich život skončil - dřív, než skutečně mohl začít, připomněli.",
      ),
    ).toBeCloseTo(57.15704367, 6);
  });

  test("the best of several references, and options that there are not", () => {
    expect(chrf(["a b c"], [["x", "abc"]]).score).toBe(100);
    expect(chrf(["a b c"], ["abc"], { wordOrder: 2 }).signature).toBe("nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no");
    expect(() => chrf(["a"], ["a"], { order: 6 } as object)).toThrow('no option "order"');
  });
});
