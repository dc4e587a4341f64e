// The regularisers inside the recurrence on every cell of the library; FULL=1: the contract of every rewritten cell too.
import { describe, expect, it } from "vitest";
import { CELLS, gru, lstm } from "../../src/nn/index.js";
import { inputDropout, recurrentDropout, zoneout } from "../../src/cell/index.js";
import { runtime, startSync } from "../../src/runtime/index.js";
import { regulariserContract } from "../../src/testing/index.js";
import { full, registerContract } from "./register.js";

startSync({ threads: 1 });

// The driver's equalities in float64 are those of the product, at all of its points.
const DRIVER_IN_FLOAT64 = /: (?!plan|gradients|second derivatives).* \(f64\)$/;

describe("regulariserContract, emitted", () => {
  it("runs emitted code", () => {
    expect(runtime().canLoad).toBe(true);
  });
  for (const cell of Object.values(CELLS)) {
    describe(cell.name, () => {
      for (const { name, run } of regulariserContract(cell, { full })) {
        if (!DRIVER_IN_FLOAT64.test(name)) it(name, run, full ? 600_000 : 30_000);
      }
    });
  }
});

describe("cellContract of rewritten cells", () => {
  registerContract(zoneout(recurrentDropout(lstm), ["h", "c"]));
  registerContract(inputDropout(gru, "perGate"));
});
