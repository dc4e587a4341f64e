import { expect, it } from "vitest";
import { elmanPlan } from "./emit/example-plans.js";
import { bufferWord, dimWord, FRAME, frameWords, weightWord, writeFrame } from "./frame.js";

it("writes a frame where its words say, and its tables behind them", () => {
  const heap = new ArrayBuffer(4096);
  const words = frameWords(elmanPlan, 3);
  const at = 1024;
  const view = new Int32Array(heap, at, words);
  writeFrame(
    elmanPlan,
    {
      steps: 3,
      batch: 4,
      rows: 7,
      active: Int32Array.of(4, 2, 1, 99),
      offsets: Int32Array.of(0, 4, 6, 99),
      dims: { hidden: 5 },
      buffers: [16, 32, 48],
      weights: [64],
    },
    view,
  );
  expect([view[FRAME.steps], view[FRAME.batch], view[FRAME.rows], view[dimWord(0)]]).toEqual([3, 4, 7, 5]);
  expect([0, 1, 2].map((i) => view[bufferWord(elmanPlan, i)])).toEqual([16, 32, 48]);
  expect(view[weightWord(elmanPlan, 0)]).toBe(64);
  expect([...new Int32Array(heap, view[FRAME.active], 3)]).toEqual([4, 2, 1]);
  expect([...new Int32Array(heap, view[FRAME.offsets], 3)]).toEqual([0, 4, 6]);
  expect(view[FRAME.offsets] + 4 * 3).toBe(at + 4 * words);
});
