import { describe, expect, test } from "vitest";
import { type SpanScheme, spanScores, spans } from "./index.js";

const found = (tags: string, scheme?: SpanScheme): string =>
  spans(tags.split(" "), scheme)
    .map(({ type, start, end }) => `${type} ${start} ${end}`)
    .join(", ");

describe("strict schemes decide as seqeval's test_scheme.py says", () => {
  // Tags=spans
  test.each<[SpanScheme, string]>([
    [
      "iob1",
      "B-PER=;I-PER=PER 0 1;O=;O I-PER=PER 1 2;O B-PER=;I-PER O=PER 0 1;I-PER I-PER=PER 0 2;I-PER I-ORG=PER 0 1, ORG 1 2;I-PER B-PER=PER 0 1, PER 1 2;I-PER B-ORG=PER 0 1;B-PER O=;B-PER I-PER=PER 1 2;B-PER I-ORG=ORG 1 2;B-PER B-PER=PER 1 2;B-PER B-ORG=;I=_ 0 1;I B=_ 0 1, _ 1 2;B I=_ 1 2;B B=_ 1 2",
    ],
    [
      "iob2",
      "B-PER=PER 0 1;I-PER=;O=;O I-PER=;O B-PER=PER 1 2;I-PER O=;I-PER I-PER=;I-PER I-ORG=;I-PER B-PER=PER 1 2;I-PER B-ORG=ORG 1 2;B-PER O=PER 0 1;B-PER I-PER=PER 0 2;B-PER I-ORG=PER 0 1;B-PER B-PER=PER 0 1, PER 1 2;B-PER B-ORG=PER 0 1, ORG 1 2;B=_ 0 1;B I=_ 0 2;I B=_ 1 2",
    ],
    [
      "ioe1",
      "E-PER=;I-PER=PER 0 1;O=;O I-PER=PER 1 2;O E-PER=;I-PER O=PER 0 1;I-PER I-PER=PER 0 2;I-PER I-ORG=PER 0 1, ORG 1 2;I-PER E-ORG=PER 0 1;E-PER O=;E-PER I-PER=PER 1 2;E-PER I-ORG=ORG 1 2;E-PER E-PER=;E-PER E-ORG=;E I=_ 1 2",
    ],
    [
      "ioe2",
      "E-PER=PER 0 1;I-PER=;O=;O I-PER=;O E-PER=PER 1 2;I-PER O=;I-PER I-PER=;I-PER I-ORG=;I-PER E-PER=PER 0 2;I-PER E-ORG=ORG 1 2;E-PER O=PER 0 1;E-PER I-PER=PER 0 1;E-PER I-ORG=PER 0 1;E-PER E-PER=PER 0 1, PER 1 2;E-PER E-ORG=PER 0 1, ORG 1 2;I E=_ 0 2;E E=_ 0 1, _ 1 2",
    ],
    [
      "iobes",
      "O=;I-PER=;B-PER=;E-PER=;S-PER=PER 0 1;O S-PER=PER 1 2;I-PER B-PER=;I-PER E-PER=;I-PER E-ORG=;I-PER S-PER=PER 1 2;B-PER O=;B-PER I-PER=;B-PER I-ORG=;B-PER B-PER=;B-PER E-PER=PER 0 2;B-PER E-ORG=;B-PER S-PER=PER 1 2;E-PER E-PER=;E-PER S-PER=PER 1 2;S-PER O=PER 0 1;S-PER I-PER=PER 0 1;S-PER B-PER=PER 0 1;S-PER E-PER=PER 0 1;S-PER S-PER=PER 0 1, PER 1 2;B E=_ 0 2;B I I E=_ 0 4",
    ],
    [
      "bilou",
      "O=;I-PER=;B-PER=;L-PER=;U-PER=PER 0 1;O U-PER=PER 1 2;I-PER L-PER=;I-PER U-PER=PER 1 2;B-PER O=;B-PER I-PER=;B-PER B-PER=;B-PER L-PER=PER 0 2;B-PER L-ORG=;B-PER U-PER=PER 1 2;L-PER U-PER=PER 1 2;U-PER I-PER=PER 0 1;U-PER B-PER=PER 0 1;U-PER L-PER=PER 0 1;U-PER U-PER=PER 0 1, PER 1 2;B L=_ 0 2;B I L=_ 0 3",
    ],
  ])("%s", (scheme, cases) => {
    for (const line of cases.split(";")) {
      const [tags, expected] = line.split("=");
      expect(`${tags}=${found(tags, scheme)}`).toBe(`${tags}=${expected}`);
    }
  });

  test("a tag of another scheme is refused, with its place", () => {
    expect(() => spans(["B-PER", "E-PER"], "iob2", 7)).toThrow(
      'tag "E-PER" (sequence 7, place 1) is none of the scheme iob2 (B I O)',
    );
    expect(() => spans(["B"], "bio" as SpanScheme)).toThrow("Known: iob1, iob2");
  });
});

describe("without a scheme", () => {
  test("any of them is read, and what breaks the rules makes the most obvious span", () => {
    expect(found("O O O B-MISC I-MISC I-MISC O B-PER I-PER")).toBe("MISC 3 6, PER 7 9");
    expect(found("I-PER I-PER I-ORG B-ORG")).toBe("PER 0 2, ORG 2 3, ORG 3 4");
    expect(found("B-PER E-PER S-PER I-LOC O E-LOC")).toBe("PER 0 2, PER 2 3, LOC 3 4, LOC 5 6");
    expect(found("B-PER L-PER U-PER")).toBe("PER 0 2, PER 2 3");
    expect(found("B-ORG-COMPANY I-ORG-COMPANY I-組織")).toBe("ORG-COMPANY 0 2, 組織 2 3");
    expect(found("I B")).toBe("_ 0 1, _ 1 2");
    expect(spans([])).toEqual([]);
  });

  test.each(["", "X-PER", "BPER", "O-PER", "b-PER"])("%j is no tag", (tag) => {
    expect(() => spans(["O", tag])).toThrow(`tag ${JSON.stringify(tag)} (sequence 0, place 1)`);
  });
});

describe("seqeval's published figures", () => {
  // README and docstrings of https://github.com/chakki-works/seqeval
  const gold = [
    ["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"],
    ["B-PER", "I-PER", "O"],
  ];
  const guessed = [
    ["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"],
    ["B-PER", "I-PER", "O"],
  ];

  test.each([undefined, "iob2" as const])("the README's example, scheme %s", (scheme) => {
    const scores = spanScores(guessed, gold, { scheme });
    expect(scores.accuracy).toBe(0.8);
    expect(scores.perType).toEqual({
      MISC: { precision: 0, recall: 0, f1: 0, support: 1 },
      PER: { precision: 1, recall: 1, f1: 1, support: 1 },
    });
    for (const kind of ["micro", "macro", "weighted"] as const) {
      expect(scores[kind]).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, support: 2 });
    }
  });

  test("test_v1.py's averages", () => {
    const scores = spanScores([["O", "B-B", "B-C", "B-A"]], [["B-A", "B-B", "O", "B-A"]], { scheme: "iob2" });
    const [third, two] = [1 / 3, 2 / 3];
    expect(scores.perType["A"]).toEqual({ precision: 1, recall: 0.5, f1: two, support: 2 });
    expect(scores.perType["C"]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
    expect(scores.micro).toEqual({ precision: two, recall: two, f1: two, support: 3 });
    expect(scores.macro.f1).toBeCloseTo((two + 1) * third, 14);
    expect(scores.weighted).toEqual({ precision: 1, recall: two, f1: expect.closeTo(7 / 9, 14), support: 3 });
  });
});

test("nothing there and nothing found: the rule says what it is", () => {
  expect(spanScores([["O"]], [["O"]]).micro).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  expect(spanScores([["O"]], [["O"]], { zeroDivision: 1 }).weighted.f1).toBe(1);
});

test("sequences and tags must pair up", () => {
  expect(() => spanScores([["O"]], [])).toThrow("1 predictions for 0 targets");
  expect(() => spanScores([["O"]], [["O", "O"]])).toThrow("1 predictions for 2 targets");
});
