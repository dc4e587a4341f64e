import { expect, test } from "vitest";
import { accuracy, bitsPerCharacter, perplexity } from "./index.js";

test("a fair choice among four is two bits and a perplexity of four", () => {
  expect(bitsPerCharacter(2 * Math.LN2)).toBe(2);
  expect(perplexity(2 * Math.LN2)).toBeCloseTo(4, 14);
});

test("accuracy counts what counts", () => {
  expect(accuracy([1, 2, 3, 4], new Int32Array([1, 0, 3, 4]))).toBe(0.75);
  expect(accuracy([1, 2, 3], [1, -1, 0], -1)).toBe(0.5);
  expect(accuracy([1], [-1], -1)).toBeNaN();
  expect(() => accuracy([1], [1, 2])).toThrow("1 predictions for 2 targets");
});
