// The contract on cells that the library has never seen.
import { describe } from "vitest";
import { startSync } from "../../src/runtime/index.js";
import { full, registerContract } from "./register.js";
import { USER_CELLS } from "./user-cells.js";

startSync({ threads: 1 });

// Every day the driver is held to its equalities in float32 alone; plans and gradients are judged in float64 always.
const EQUALITIES_IN_FLOAT64 = /^(?!plan|gradients|second derivatives).*\(f64\)$/;

describe("cellContract, cells of users", () => {
  for (const cell of USER_CELLS) registerContract(cell, full ? undefined : EQUALITIES_IN_FLOAT64);
});
