// The contract without WebAssembly: float32 is interpreted too.
import { describe, expect, it } from "vitest";
import { CELLS } from "../../src/nn/index.js";
import { runtime, startSync } from "../../src/runtime/index.js";
import { full, registerContract } from "./register.js";

startSync({ wasm: false });

describe("cellContract, interpreted", () => {
  it("interprets", () => {
    expect(runtime().canLoad).toBe(false);
  });
  // Emitted or not, the plans are the same: one cell of one stage and one of two say what there is to say every day.
  // float64 is interpreted with WebAssembly too: all of it is checked there.
  for (const cell of full ? Object.values(CELLS) : [CELLS.lstm, CELLS.gruResetBefore]) registerContract(cell, /f64/);
});
