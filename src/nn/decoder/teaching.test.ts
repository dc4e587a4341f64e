import { expect, test } from "vitest";
import { Tensor } from "../../tensor/index.js";
import { coverageLoss, exponentialTeacher, inverseSigmoidTeacher, linearTeacher } from "./index.js";

test("schedules of the teacher", () => {
  const linear = linearTeacher({ start: 0.9, end: 0.4, steps: 10 });
  expect([0, 5, 10, 99].map(linear)).toEqual([0.9, 0.65, 0.4, 0.4]);
  const exponential = exponentialTeacher({ k: 0.5 });
  expect([0, 1, 3].map(exponential)).toEqual([1, 0.5, 0.125]);
  const sigmoid = inverseSigmoidTeacher({ k: 10 });
  expect(sigmoid(0)).toBe(10 / 11);
  expect(sigmoid(10 * 2.302585092994046)).toBeCloseTo(0.5, 12);
  expect(() => exponentialTeacher({ k: 1 })).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  expect(() => linearTeacher({ steps: 0 })).toThrow(/steps/);
});

test("coverage loss is the overlap of what is looked at with what was", () => {
  const attention = Tensor.from([0.2, 0.8, 0.5, 0.5, 1, 0], [3, 1, 2], { dtype: "f64" });
  const coverage = Tensor.from([0.2, 0.8, 0.7, 1.3, 1.7, 1.3], [3, 1, 2], { dtype: "f64" });
  // Step 0: nothing; step 1: min(0.5, 0.2) + min(0.5, 0.8); step 2: min(1, 0.7) + 0.
  expect(coverageLoss(attention, coverage).item()).toBeCloseTo(0.7 + 0.7, 12);
});
