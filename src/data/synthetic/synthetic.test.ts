import { describe, expect, test } from "vitest";
import { Rng } from "../../runtime/index.js";
import { ADDING_BASELINE, addingProblem, copyBaseline, copyMemory, countingStrings, parity } from "./index.js";

/** Column b of a time-major array of `batch` columns. */
const column = (values: ArrayLike<number>, batch: number, b: number): number[] =>
  Array.from({ length: values.length / batch }, (_, t) => values[t * batch + b]);

describe("adding problem", () => {
  const [steps, batch] = [7, 400];
  const { inputs, targets } = addingProblem({ steps, batch }, new Rng(1));

  test("one number of each half is marked, and the answer is their sum", () => {
    const places = new Set<number>();
    for (let b = 0; b < batch; b++) {
      const rows = Array.from({ length: steps }, (_, t) => [
        ...inputs.subarray(2 * (t * batch + b), 2 * (t * batch + b + 1)),
      ]);
      const marked = rows.flatMap(([, mark], t) => (mark === 1 ? [t] : []));
      expect(rows.every(([value, mark]) => value >= 0 && value < 1 && (mark === 0 || mark === 1))).toBe(true);
      expect(marked).toHaveLength(2);
      expect(marked[0]).toBeLessThan(3);
      expect(marked[1]).toBeGreaterThanOrEqual(3);
      expect(targets[b]).toBeCloseTo(rows[marked[0]][0] + rows[marked[1]][0], 6);
      for (const t of marked) places.add(t);
    }
    expect(places.size).toBe(steps);
  });

  test("the baseline is the variance of the answers", () => {
    const answers = addingProblem({ steps: 2, batch: 20_000 }, new Rng(2)).targets;
    const squares = answers.reduce((sum, y) => sum + (y - 1) * (y - 1), 0) / answers.length;
    // Standard error of the mean of (y − 1)², whose variance is 1/15 − 1/36: 0.0014.
    expect(Math.abs(squares - ADDING_BASELINE)).toBeLessThan(0.0056);
  });

  test("the seed decides all, and a generator draws on", () => {
    const rng = new Rng(1);
    expect(addingProblem({ steps, batch }, rng).inputs).toEqual(inputs);
    expect(addingProblem({ steps, batch }, rng).inputs).not.toEqual(inputs);
  });
});

describe("copy memory", () => {
  test("symbols, blanks, the mark, blanks; the answer repeats the symbols at the end", () => {
    const { inputs, targets } = copyMemory({ delay: 5, batch: 3 }, new Rng(1));
    const blanks = Array.from({ length: 15 }, () => 8);
    expect(inputs).toHaveLength(25 * 3);
    for (let b = 0; b < 3; b++) {
      const [x, y] = [column(inputs, 3, b), column(targets, 3, b)];
      expect(x.slice(0, 10).every((symbol) => symbol >= 0 && symbol < 8)).toBe(true);
      expect(x.slice(10)).toEqual([8, 8, 8, 8, 9, ...blanks.slice(5)]);
      expect(y).toEqual([...blanks, ...x.slice(0, 10)]);
    }
    expect(new Set(inputs).size).toBe(10);
  });

  test("the baseline is the published formula", () => {
    expect(copyBaseline({ delay: 1000 })).toBeCloseTo((10 * Math.log(8)) / 1020, 14);
    expect(copyBaseline({ delay: 1, length: 2, symbols: 4 })).toBeCloseTo((2 * Math.log(4)) / 5, 14);
  });
});

test("parity counts ones, in every prefix and in the whole", () => {
  const { inputs, lengths, targets, prefixes } = parity({ lengths: [2, 9], batch: 200 }, new Rng(1));
  expect(new Set(lengths)).toEqual(new Set([2, 3, 4, 5, 6, 7, 8, 9]));
  expect(inputs).toHaveLength(9 * 200);
  lengths.forEach((length, b) => {
    const [x, y] = [column(inputs, 200, b), column(prefixes, 200, b)];
    for (let t = 0; t < 9; t++) {
      const ones = x.slice(0, t + 1).reduce((sum, bit) => sum + bit, 0);
      expect(y[t]).toBe(t < length ? ones % 2 : -100);
      if (t >= length) expect(x[t]).toBe(0);
    }
    expect(targets[b]).toBe(y[length - 1]);
  });
  const share = targets.reduce((sum, y) => sum + y, 0) / 200;
  expect(Math.abs(share - 0.5)).toBeLessThan(4 * 0.0354);
});

test("counting strings: the whole string is the target, and what follows from the count is determined", () => {
  const { inputs, targets, determined, lengths } = countingStrings({ counts: [2, 1] });
  expect(lengths).toEqual([7, 4]);
  expect(column(inputs, 2, 0)).toEqual([3, 0, 0, 1, 1, 2, 2]);
  expect(column(targets, 2, 0)).toEqual([0, 0, 1, 1, 2, 2, 3]);
  expect(column(determined, 2, 0)).toEqual([-100, -100, -100, 1, 2, 2, 3]);
  expect(column(inputs, 2, 1)).toEqual([3, 0, 1, 2, 3, 3, 3]);
  expect(column(targets, 2, 1)).toEqual([0, 1, 2, 3, -100, -100, -100]);
  expect(column(determined, 2, 1)).toEqual([-100, -100, 2, 3, -100, -100, -100]);
  expect(column(countingStrings({ counts: [3], blocks: 2 }).targets, 1, 0)).toEqual([0, 0, 0, 1, 1, 1, 2]);
});

test.each([
  [() => addingProblem({ steps: 1, batch: 1 }, new Rng(1)), "steps"],
  [() => addingProblem({ steps: 2, batch: 1.5 }, new Rng(1)), "batch"],
  [() => copyMemory({ delay: 0, batch: 1 }, new Rng(1)), "delay"],
  [() => parity({ lengths: [0, 3], batch: 1 }, new Rng(1)), "lengths[0]"],
  [() => parity({ lengths: [4, 3], batch: 1 }, new Rng(1)), "lengths[1]"],
  [() => countingStrings({ counts: [] }), "number of counts"],
  [() => countingStrings({ counts: [3, 0] }), "counts[1]"],
  [() => countingStrings({ counts: [3], blocks: 1 }), "blocks"],
])("sizes out of range are named: %#", (make, name) => {
  expect(make).toThrow(
    expect.objectContaining({ code: "E_VALUE", message: expect.stringContaining(`: ${name} must be`) }),
  );
});
