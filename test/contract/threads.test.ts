// One, two and three threads compute the same bits: outputs, final states and all gradients.
import { expect, it } from "vitest";
import { full } from "./register.js";
import { runWithThreads } from "./thread-run.js";

it("any number of threads gives the same bits", { timeout: 120_000 }, async () => {
  const one = await runWithThreads(1);
  expect(one.forked).toBe(0);
  for (const threads of full ? [2, 3, 4, 7] : [2, 3]) {
    const many = await runWithThreads(threads);
    expect(many.forked, `cases that forked on ${threads} threads`).toBe(many.cases);
    expect([...many.numbers.keys()]).toEqual([...one.numbers.keys()]);
    const differing = [...one.numbers].filter(([name, value]) => !sameBits(value, many.numbers.get(name)!));
    expect(differing.map(([name]) => name)).toEqual([]);
  }
  const values = [...one.numbers.values()];
  expect(values.every((value) => value.every(Number.isFinite))).toBe(true);
});

function sameBits(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
