import { expect, test } from "vitest";
import { type SpanScheme, spanConstraints } from "./constraints.js";

/** Whether the scheme lets this sentence of labels stand. */
function legal(scheme: SpanScheme, labels: readonly string[], sentence: string): boolean {
  const { start, end, transitions } = spanConstraints(labels, scheme);
  const tags = sentence.split(" ").map((label) => labels.indexOf(label));
  expect(tags).not.toContain(-1);
  return start[tags[0]] && end[tags.at(-1)!] && tags.every((to, i) => i === 0 || transitions[tags[i - 1]][to]);
}

const IOB = ["O", "B-X", "I-X", "B-Y", "I-Y"];
const IOBES = ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"];

test.each([
  ["IOB2", IOB, "B-X I-X I-X O B-Y B-Y I-Y", true],
  ["IOB2", IOB, "B-X I-Y", false],
  ["IOB2", IOB, "O I-X", false],
  ["IOB2", IOB, "I-X", false],
  ["IOB1", IOB, "I-X I-X B-X I-X I-Y O", true],
  ["IOB1", IOB, "B-X", false],
  ["IOB1", IOB, "I-Y B-X", false],
  ["IOBES", IOBES, "S-X B-Y I-Y E-Y B-X E-X O", true],
  ["IOBES", IOBES, "B-X", false],
  ["IOBES", IOBES, "B-X I-X O", false],
  ["IOBES", IOBES, "B-X E-Y", false],
  ["IOBES", IOBES, "I-X E-X", false],
  ["IOBES", IOBES, "S-X E-X", false],
  ["IOBES", IOBES, "B-X S-X", false],
] as const)("%s %s: %s is %s", (scheme, labels, sentence, expected) => {
  expect(legal(scheme, labels, sentence)).toBe(expected);
});

test("labels of another scheme are refused by name", () => {
  expect(() => spanConstraints(["O", "E-X"], "IOB2")).toThrow(
    /"E-X" is no label of IOB2: expected "O", or "B-X", "I-X"/u,
  );
  expect(() => spanConstraints(["NOUN"], "IOBES")).toThrow(/"NOUN"/u);
  expect(() => spanConstraints(["B-"], "IOB2")).toThrow(/"B-"/u);
  // @ts-expect-error no such scheme
  expect(() => spanConstraints(["O"], "BIO")).toThrow(/no scheme "BIO"/u);
});
