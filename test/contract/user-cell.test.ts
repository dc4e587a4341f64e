// The contract on cells that the library has never seen.
import { describe } from "vitest";
import { startSync } from "../../src/runtime/index.js";
import { registerContract } from "./register.js";
import { USER_CELLS } from "./user-cells.js";

startSync({ threads: 1 });

describe("cellContract, cells of users", () => {
  for (const cell of USER_CELLS) registerContract(cell);
});
