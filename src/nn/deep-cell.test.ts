import { describe, expect, test } from "vitest";
import { Rng } from "../runtime/index.js";
import { scope, Tensor } from "../tensor/index.js";
import { cellContract } from "../testing/index.js";
import { withLuong } from "./attention/index.js";
import { elman, gru, lstm, mogrifierLstm, projectedLstm, quasiRnn } from "./cells/index.js";
import { deepCell } from "./deep-cell.js";
import { Recurrent } from "./recurrent.js";

describe.each([deepCell(gru, 2), withLuong(deepCell(elman, 3)), deepCell(quasiRnn(3), 2)])("$name", (cell) => {
  for (const { name, run } of cellContract(cell)) test(name, run);
});

test.each([lstm, gru, projectedLstm, quasiRnn(3), mogrifierLstm(2)])(
  "two layers of $name at once are two layers, one after the other",
  (cell) => {
    scope(() => {
      const sizes = { inputSize: 3, hiddenSize: 4, ...("output" in cell.extraDims ? { outputSize: 5 } : {}) };
      const stack = new Recurrent(cell, { ...sizes, layers: 2, dtype: "f64" }, new Rng(1));
      const deep = new Recurrent(deepCell(cell, 2), { ...sizes, dtype: "f64" }, new Rng(2));
      const values = Object.entries(stack.stateDict()).map(([name, value]): [string, number[]] => {
        const [, role, layer] = /^(\w+)_l(\d)$/.exec(name)!;
        return [layer === "0" ? name : `l1_${role}_l0`, value.toArray()];
      });
      deep.loadStateDict(Object.fromEntries(values));
      const rng = new Rng(3);
      const x = Tensor.from(
        Float64Array.from({ length: 5 * 3 * 3 }, () => rng.normal()),
        [5, 3, 3],
        { dtype: "f64" },
      );
      const [a, b] = [stack, deep].map((net) => net.forward(x, { lengths: [5, 2, 4] }));
      expect(b.output.toArray()).toEqual(a.output.toArray());
      const first = cell.states[0].name;
      expect(b.state[0][`l1_${first}`].toArray()).toEqual(a.state[1][first].toArray());
    });
  },
);

test("one layer is the cell itself, and what cannot be stacked is told", () => {
  expect(deepCell(lstm, 1)).toBe(lstm);
  expect(deepCell(lstm, 2)).toBe(deepCell(lstm, 2));
  expect(() => deepCell(lstm, 0)).toThrow(expect.objectContaining({ code: "E_NUMBER" }));
  expect(() => deepCell(withLuong(lstm), 2)).toThrow(expect.objectContaining({ code: "E_CELL" }));
});
