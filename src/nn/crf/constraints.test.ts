import { expect, test } from "vitest";
import { type ConstraintScheme, spanConstraints } from "./constraints.js";

/** Whether the scheme lets this sentence of labels stand. */
function legal(scheme: ConstraintScheme, labels: readonly string[], sentence: string): boolean {
  const { start, end, transitions } = spanConstraints(labels, scheme);
  const tags = sentence.split(" ").map((label) => labels.indexOf(label));
  expect(tags).not.toContain(-1);
  return start[tags[0]] && end[tags.at(-1)!] && tags.every((to, i) => i === 0 || transitions[tags[i - 1]][to]);
}

const IOB = ["O", "B-X", "I-X", "B-Y", "I-Y"];
const IOBES = ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"];

test.each([
  ["iob2", IOB, "B-X I-X I-X O B-Y B-Y I-Y", true],
  ["iob2", IOB, "B-X I-Y", false],
  ["iob2", IOB, "O I-X", false],
  ["iob2", IOB, "I-X", false],
  ["iob1", IOB, "I-X I-X B-X I-X I-Y O", true],
  ["iob1", IOB, "B-X", false],
  ["iob1", IOB, "I-Y B-X", false],
  ["iobes", IOBES, "S-X B-Y I-Y E-Y B-X E-X O", true],
  ["iobes", IOBES, "B-X", false],
  ["iobes", IOBES, "B-X I-X O", false],
  ["iobes", IOBES, "B-X E-Y", false],
  ["iobes", IOBES, "I-X E-X", false],
  ["iobes", IOBES, "S-X E-X", false],
  ["iobes", IOBES, "B-X S-X", false],
] as const)("%s %s: %s is %s", (scheme, labels, sentence, expected) => {
  expect(legal(scheme, labels, sentence)).toBe(expected);
});

test("labels of another scheme are refused by name", () => {
  expect(() => spanConstraints(["O", "E-X"], "iob2")).toThrow(
    /"E-X" is no label of iob2: expected "O", or "B-X", "I-X"/u,
  );
  expect(() => spanConstraints(["NOUN"], "iobes")).toThrow(/"NOUN"/u);
  expect(() => spanConstraints(["B-"], "iob2")).toThrow(/"B-"/u);
  // @ts-expect-error no such scheme
  expect(() => spanConstraints(["O"], "BIO")).toThrow(/no scheme "BIO"/u);
});
