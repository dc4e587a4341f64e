/** Word and character error rates beside jiwer's published test cases (test_measures.py, test_cer.py, test_empty_ref.py). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { alignment, characterErrorRate, editCounts, errorRate, wordErrorRate } from "./index.js";

test.each([
  ["This is a test", "This is a test", 0, 0, 0],
  ["This is a test", "", 1, 1, 1],
  ["This is a test", "This test", 0.5, 0.5, 0.5],
  ["i am a short ground truth", "i am a considerably longer and very much incorrect hypothesis", 7 / 6, 0.7, 0.85],
  // The examples of Morris, Maier, Green 2004
  ["X", "X", 0, 0, 0],
  ["X", "X X Y Y", 3, 0.75, 0.75],
  ["X Y X", "X Z", 2 / 3, 2 / 3, 5 / 6],
  ["X", "Y", 1, 1, 1],
  ["X", "Y Z", 2, 1, 1],
  ["", "", 0, 0, 0],
  ["", "hello", 1, 1, 1],
  ["", "0 1 2", 3, 1, 1],
  ["hello", "", 1, 1, 1],
])("words: %j heard as %j", (reference, hypothesis, rate, matchErrorRate, informationLost) => {
  const found = wordErrorRate([hypothesis], [reference]);
  expect(found.rate).toBeCloseTo(rate, 14);
  expect(found.matchErrorRate).toBeCloseTo(matchErrorRate, 14);
  expect(found.informationLost).toBeCloseTo(informationLost, 14);
});

test.each([
  ["This is a test", "This test", 5 / 14],
  ["X", "X X Y Y", 6],
  ["X Y X", "X Z", 3 / 5],
  ["", "abd", 3],
  ["abc", "", 1],
])("characters: %j heard as %j", (reference, hypothesis, rate) => {
  expect(characterErrorRate([hypothesis], [reference]).rate).toBeCloseTo(rate, 14);
});

test("texts are counted together", () => {
  expect(characterErrorRate(["i am", "y good"], ["i", "am i good"])).toMatchObject({
    rate: 0.7,
    hits: 6,
    substitutions: 1,
    deletions: 3,
    insertions: 3,
  });
  const several = wordErrorRate(["hello world", "done"], ["hello world", ""]);
  expect(several).toMatchObject({ rate: 0.5, insertions: 1 });
  expect(several.informationLost).toBeCloseTo(1 / 3, 14);
  expect(() => wordErrorRate(["a"], [])).toThrow("1 predictions for 0 targets");
});

test("sequences of anything", () => {
  expect(errorRate([[1, 2, 4]], [[1, 3, 4, 5]]).rate).toBe(0.5);
});

// jiwer's test_alignment.py shows these as text
test.each([
  ["this is a test of skill", "this was a messy test", "HSHIHDD"],
  ["this test will have a high word error rate", "no it will not", "SSHSDDDDD"],
  ["this sentence could be split", "this sentence will be split by ai", "HHSHHII"],
])("alignment of %j", (reference, hypothesis, expected) => {
  const steps = alignment(hypothesis.split(" "), reference.split(" "));
  expect(steps.map(({ kind }) => kind[0].toUpperCase()).join("")).toBe(expected);
});

test("an alignment spells both sides, at the cost that recursion finds", () => {
  const side = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 });
  const cost = (a: readonly number[], b: readonly number[]): number => {
    if (a.length === 0 || b.length === 0) return a.length + b.length;
    const [restA, restB] = [a.slice(1), b.slice(1)];
    return Math.min(cost(restA, b) + 1, cost(a, restB) + 1, cost(restA, restB) + (a[0] === b[0] ? 0 : 1));
  };
  fc.assert(
    fc.property(side, side, (hypothesis, reference) => {
      const steps = alignment(hypothesis, reference);
      expect(steps.flatMap((step) => step.reference ?? [])).toEqual([...reference.keys()]);
      expect(steps.flatMap((step) => step.hypothesis ?? [])).toEqual([...hypothesis.keys()]);
      const { hits, substitutions, deletions, insertions } = editCounts(hypothesis, reference);
      expect(substitutions + deletions + insertions).toBe(cost(hypothesis, reference));
      expect(hits).toBe(steps.filter(({ kind }) => kind === "hit").length);
      for (const step of steps) {
        if (step.kind === "hit") expect(hypothesis[step.hypothesis!]).toBe(reference[step.reference!]);
      }
    }),
  );
});

test("long texts take the memory of a row", () => {
  const text = "abcdefghij".repeat(150);
  expect(characterErrorRate([`x${text.slice(0, -1)}x`], [`y${text}`]).rate).toBeCloseTo(2 / 1501, 12);
});
