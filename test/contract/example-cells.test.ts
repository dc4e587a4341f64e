// The contract on cells that the examples define.
import { describe } from "vitest";
import { modReluRnn } from "../../examples/memory/modrelu-rnn.mjs";
import { startSync } from "../../src/runtime/index.js";
import { full, registerContract } from "./register.js";

startSync({ threads: 1 });

// As for cells of users: plans and gradients are judged in float64 always.
const EQUALITIES_IN_FLOAT64 = /^(?!plan|gradients|second derivatives).*\(f64\)$/;

describe("cellContract, cells of examples", () =>
  registerContract(modReluRnn, full ? undefined : EQUALITIES_IN_FLOAT64));
