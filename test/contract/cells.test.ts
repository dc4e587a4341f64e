// The contract on every cell of the library: float32 runs emitted code, float64 the interpreter.
import { describe, expect, it } from "vitest";
import { CELLS, gruResetBeforeWith, gruWith, lstmWith, mogrifierLstm } from "../../src/nn/index.js";
import { runtime, startSync } from "../../src/runtime/index.js";
import { registerContract } from "./register.js";

startSync({ threads: 1 });

describe("cellContract, emitted", () => {
  it("runs emitted code", () => {
    expect(runtime().canLoad).toBe(true);
  });
  for (const cell of Object.values(CELLS)) registerContract(cell);
  registerContract(
    gruWith({ reset: "hardSigmoidOnnx", update: "hardSigmoidKeras3", candidate: "softsign", clipGates: 0.3 }),
  );
  registerContract(gruResetBeforeWith({ reset: "softsign", update: "sigmoid", candidate: "identity" }));
  registerContract(mogrifierLstm(2, { rank: 3 }));
  registerContract(gruWith({ biases: "inputAndCandidate" }));
  registerContract(lstmWith({ peepholes: true, inputForget: true, clipGates: 0.3 }));
  registerContract(lstmWith({ input: "hardSigmoidKeras2", candidate: "softsign", clipGates: 0.3, clipCell: 0.2 }));
});
