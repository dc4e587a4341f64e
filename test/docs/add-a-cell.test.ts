/** The guide to cells names all that the language offers, and every error that it can answer with. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as cell from "../../src/cell/index.js";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/add-a-cell.md"), "utf8");

/** What the room exports for those who run cells, not for those who write them. */
const MACHINERY = new Set([
  "Expression",
  "explain",
  "MemorySymbol",
  "ownStates",
  "packRows",
  "planCell",
  "POSITIONS",
  "predictedBytes",
  "runLayer",
  "reversedRows",
  "tangentCell",
  "tangentName",
  "widthsOf",
  // Rewrites of whole cells: docs/regularisation.md, docs/layers.md.
  "columnMeans",
  "givenColumnMeans",
  "shownColumnMeans",
  "hasBias",
  "withoutBias",
  "inputDropout",
  "recurrentDropout",
  "updateDropout",
  "zoneout",
  "zoneoutExpectation",
]);

it("names every word", () => {
  const words = Object.keys(cell).filter((name) => !MACHINERY.has(name));
  expect(words.length).toBeGreaterThan(15);
  const missing = words.filter((word) => !page.includes(`${word}(`));
  expect(
    missing,
    "words of the language without a place on the page, or machinery that this test does not know",
  ).toEqual([]);
});

it("names every method of a value", () => {
  const methods = Object.getOwnPropertyNames(cell.Expression.prototype).filter((name) => {
    return name !== "constructor" && name !== "unary";
  });
  expect(methods.length).toBeGreaterThan(5);
  expect(methods.filter((method) => !page.includes(`a.${method}(`))).toEqual([]);
});

it("shows every letter that a definition can be answered with", () => {
  const errors = readFileSync(join(root, "src/errors/cell.ts"), "utf8");
  const letters = new Set(Array.from(errors.matchAll(/"(E_\w+)"/g), ([, letter]) => letter));
  // Mistakes of the library, not of a definition.
  for (const own of ["E_PLAN", "E_EMIT"]) expect(letters.delete(own)).toBe(true);
  expect([...letters].filter((letter) => !page.includes(`\n${letter} `))).toEqual([]);
});
