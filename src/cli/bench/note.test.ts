import { describe, expect, it } from "vitest";
import type { RuntimeReport } from "../../runtime/index.js";
import { noteOf, streamNote } from "./note.js";

const plain: RuntimeReport = {
  kernels: "wasm strict",
  threads: 1,
  precision: "strict",
  host: "Node 20.20.2",
  reasons: [],
};
const FELL_BACK = 'precision "fast" was asked for; this engine has no relaxed SIMD, so strict kernels run.';

describe("the note of a bench line", () => {
  it("is the facts alone where there is no more to say", () => {
    expect(noteOf(plain)).toBe("wasm strict kernels on 1 thread (Node 20.20.2)");
  });

  it("has a sentence for each reason and remark", () => {
    const report: RuntimeReport = { ...plain, threads: 2, precision: "fast", reasons: [FELL_BACK] };
    expect(noteOf(report, ["numbers as PyTorch's"])).toBe(
      "wasm strict kernels on 2 threads (Node 20.20.2). " +
        'Precision "fast" was asked for; this engine has no relaxed SIMD, so strict kernels run. ' +
        "Numbers as PyTorch's.",
    );
  });

  it("says of a stream what runs it, not what runs the rest", () => {
    expect(streamNote(plain, ["numbers as PyTorch's"])).toBe(
      "wasm strict kernels on 1 thread (Node 20.20.2). Numbers as PyTorch's.",
    );
    const report: RuntimeReport = { ...plain, kernels: "wasm relaxed", threads: 2, precision: "fast" };
    expect(streamNote({ ...report, reasons: [FELL_BACK] })).toBe(
      'wasm strict kernels on 1 thread (Node 20.20.2). 2 threads and precision "fast" asked for, ' +
        "but streams run strict kernels on one thread.",
    );
  });
});
